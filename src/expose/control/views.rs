//! A snapshot as json: for `status` and for `ps`. Numbers are in seconds and bytes, times as RFC 3339, and what is not
//! known is null.

use crate::expose::log::Named;
use crate::model::failure::Tried;
use crate::model::foreign::Bond;
use crate::model::limits::{Amount, LimitKey, Limits};
use crate::model::record::{ShedCause, Strain};
use crate::model::snapshot::{
    EventCounts, Family, GovernanceView, JobState, JobView, Kin, ScannerView, Snapshot, SourceView, Suffered,
};
use crate::model::text::Escaped;
use crate::model::usage::{Reading, Usage};
use crate::model::{Maker, Mono};
use serde_json::{Map, Value, json};
use std::time::Duration;

pub fn status(snapshot: &Snapshot) -> Value {
    let waiting = |job: &&JobView| matches!(job.state, JobState::Retrying { .. } | JobState::Paused);
    let ungoverned =
        snapshot.ungoverned.iter().map(|(reason, count)| (reason.name().to_owned(), json!(count)));
    json!({
        "program": env!("CARGO_PKG_VERSION"),
        "time": snapshot.now.wall.exact().to_string(),
        "boot_id": snapshot.boot_id,
        "phase": snapshot.phase.name(),
        "health": health(snapshot),
        "source": source(&snapshot.source),
        "governance": governance(&snapshot.governance),
        "targets": snapshot.targets.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "processes": snapshot.processes,
        "governed": snapshot.governed,
        "waiting": snapshot.jobs.iter().filter(waiting).count(),
        "dead_letters": snapshot.dead_letters,
        "ungoverned": Value::Object(ungoverned.collect()),
        "total_limits": limits(&snapshot.total_limits),
        "limits_not_holding": not_holding(&snapshot.not_holding),
        "paused": snapshot.paused.iter().map(|cause| cause.name()).collect::<Vec<_>>(),
        "last_scan": snapshot.last_scan.map(|at| at.exact().to_string()),
        "drifts": snapshot.drifts.total(),
        "overruns": snapshot.overruns,
        "events": events(&snapshot.events),
        "scanner": snapshot.scanner.as_ref().map(scanner),
    })
}

pub fn jobs(snapshot: &Snapshot) -> Value {
    snapshot.jobs.iter().map(|view| job(snapshot.now.mono, view)).collect()
}

pub(super) fn job(now: Mono, view: &JobView) -> Value {
    let retry_in = match view.state {
        JobState::Retrying { at } => Some((at - now).as_secs_f64()),
        _ => None,
    };
    json!({
        "job": view.id.as_str(),
        "pid": view.main.pid.0,
        "start_time": view.main.start.0,
        "command": &*view.command,
        "rule": view.rule.name(),
        "state": view.state.name(),
        "uid": view.uid,
        "user": view.user.as_deref(),
        "ppid": view.ppid.0,
        "processes": view.members,
        "members": view.family.as_ref().map(members),
        "members_left_out": view.family.as_ref().map(|family| family.left_out),
        "tree": view.tree.name(),
        "main_alive": view.main_alive,
        "age": view.age.as_secs_f64(),
        "limits": limits(&view.limits),
        "limits_not_holding": not_holding(&view.unheld),
        "set": !view.set.is_empty(),
        "made_by": view.made.map(Maker::name),
        "policy_limits": view.policy_limits.as_ref().map(limits),
        "discovered_at": view.discovered_at.exact().to_string(),
        "attached_at": view.attached_at.map(|at| at.exact().to_string()),
        "origin": view.origin,
        "foreign": view.bond.as_ref().map(Bond::name),
        "unit": view.bond.as_ref().and_then(Bond::unit),
        "place": view.bond.as_ref().and_then(Bond::place),
        "tries": view.tries,
        "retry_in": retry_in,
        "failure": view.last_failure.as_ref().map(failure),
        "suffered": suffered(&view.suffered),
        "usage": view.usage.map(|reading| usage(now, &reading)),
    })
}

fn not_holding(limits: &[(LimitKey, String)]) -> Value {
    limits.iter().map(|(limit, cause)| json!({ "limit": limit.name(), "cause": cause })).collect()
}

fn members(family: &Family) -> Value {
    let member = |Kin { pid, parent, name, inside }: &Kin| json!({ "pid": pid.0, "parent": parent.map(|parent| parent.0), "command": Escaped(name.as_bytes()).to_string(), "inside": inside });
    family.kin.iter().map(member).collect()
}

/// A strain is null while it is not there.
fn suffered(suffered: &Suffered) -> Value {
    let Suffered { oom_kills, last_kill, forks_refused, strains } = suffered;
    let goes_on = |strain: Strain| {
        let over = strains.iter().find(|(of, ..)| *of == strain).map(|(_, over, _)| over.as_secs_f64());
        (strain.name().to_owned(), json!(over))
    };
    json!({
        "oom_kills": oom_kills,
        "last_oom_kill": last_kill.as_ref().map(|killed| killed.at.exact().to_string()),
        "last_victims": last_kill.as_ref().map(|killed| Named(&killed.victims).to_string()),
        "forks_refused": forks_refused,
        "strains": Strain::ALL.into_iter().map(goes_on).collect::<Map<_, _>>(),
    })
}

/// What is not counted here is null.
fn usage(now: Mono, reading: &Reading) -> Value {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let Usage { cpu, throttled, memory, memory_peak, counts, pressure, .. } = reading.usage;
    json!({
        "age": (now - reading.at).as_secs_f64(),
        "cpu_seconds": seconds(cpu),
        "cpu_rate": reading.cpu_rate,
        "throttled_seconds": seconds(throttled),
        "throttled_periods": reading.usage.throttled_periods,
        "periods": reading.usage.periods,
        "memory": memory,
        "memory_peak": memory_peak,
        "oom_kills": counts.oom_kills,
        "io_read_bytes": reading.usage.read_bytes,
        "io_written_bytes": reading.usage.written_bytes,
        "pressure": {
            "cpu_some": seconds(pressure.cpu_some),
            "cpu_full": seconds(pressure.cpu_full),
            "memory_some": seconds(pressure.memory_some),
            "memory_full": seconds(pressure.memory_full),
            "io_some": seconds(pressure.io_some),
            "io_full": seconds(pressure.io_full),
        },
    })
}

pub(super) fn failure(tried: &Tried) -> Value {
    let failure = &tried.failure;
    json!({
        "time": tried.at.exact().to_string(),
        "step": failure.step.name(),
        "errno": failure.errno,
        "path": failure.path,
        "detail": failure.detail,
        "class": tried.class.name(),
    })
}

fn limits(limits: &Limits) -> Value {
    let value = |key| match limits.get(key) {
        Some(Amount::Number(number)) if key == LimitKey::OomGroup => json!(*number > 0),
        Some(Amount::Number(number)) => json!(number),
        Some(Amount::Words(words)) => json!(**words),
        None => Value::Null,
    };
    LimitKey::ALL.into_iter().map(|key| (key.name().to_owned(), value(key))).collect::<Map<_, _>>().into()
}

fn health(snapshot: &Snapshot) -> Value {
    let health = &snapshot.health;
    let reasons =
        health.reasons.iter().map(|reason| json!({ "reason": reason.name(), "text": reason.to_string() }));
    json!({
        "level": health.level.name(),
        "lasted": health.lasted.as_secs_f64(),
        "reasons": reasons.collect::<Vec<_>>(),
        "scan_failures": health.scan_failures,
        "attach_failures": health.attach_failures,
    })
}

fn source(source: &SourceView) -> Value {
    match source {
        SourceView::Connecting => json!({ "state": "connecting" }),
        SourceView::Live { buffer, resync } => json!({ "state": "live", "buffer": buffer, "resync": resync }),
        SourceView::Polling { why, lost } => json!({ "state": "polling", "why": why, "lost": lost }),
    }
}

fn governance(governance: &GovernanceView) -> Value {
    match governance {
        GovernanceView::Pending => json!({ "state": "pending" }),
        GovernanceView::Ready { root } => json!({ "state": "ready", "root": root }),
        GovernanceView::Unavailable { why } => json!({ "state": "unavailable", "why": why }),
        GovernanceView::DryRun => json!({ "state": "dry-run" }),
    }
}

fn events(events: &EventCounts) -> Value {
    let EventCounts { fork, exec, exit, uid, comm, other } = events;
    json!({ "fork": fork, "exec": exec, "exit": exit, "uid": uid, "comm": comm, "other": other })
}

fn scanner(view: &ScannerView) -> Value {
    json!({
        "interval": view.interval.as_secs_f64(),
        "asked_interval": view.asked.as_secs_f64(),
        "shed": view.shed.map(ShedCause::name),
        "rounds": view.rounds,
        "cpu_seconds": view.spent.as_secs_f64(),
        "processes": view.processes,
        "left_out": view.left_out,
        "own_cores": view.own_cores,
    })
}
