//! A snapshot as json: for `status` and for `ps`. Numbers are in seconds and bytes, times as RFC 3339, and what is not
//! known is null.

use crate::model::Mono;
use crate::model::failure::Tried;
use crate::model::limits::Limits;
use crate::model::record::ShedCause;
use crate::model::snapshot::{
    EventCounts, GovernanceView, JobState, JobView, ScannerView, Snapshot, SourceView,
};
use crate::model::usage::{Reading, Usage};
use serde_json::{Value, json};
use std::time::Duration;

pub fn status(snapshot: &Snapshot) -> Value {
    let waiting = |job: &&JobView| matches!(job.state, JobState::Retrying { .. } | JobState::Paused);
    let ungoverned =
        snapshot.ungoverned.iter().map(|(reason, count)| (reason.name().to_owned(), json!(count)));
    let not_holding =
        snapshot.not_holding.iter().map(|(limit, cause)| json!({ "limit": limit.name(), "cause": cause }));
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
        "limits_not_holding": not_holding.collect::<Vec<_>>(),
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
        "main_alive": view.main_alive,
        "age": view.age.as_secs_f64(),
        "limits": limits(&view.limits),
        "set": !view.set.is_empty(),
        "policy_limits": view.policy_limits.as_ref().map(limits),
        "discovered_at": view.discovered_at.exact().to_string(),
        "attached_at": view.attached_at.map(|at| at.exact().to_string()),
        "origin": view.origin,
        "tries": view.tries,
        "retry_in": retry_in,
        "failure": view.last_failure.as_ref().map(failure),
        "usage": view.usage.map(|reading| usage(now, &reading)),
    })
}

/// What is not counted here is null.
fn usage(now: Mono, reading: &Reading) -> Value {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let Usage { cpu, throttled, memory, memory_peak, oom_kills, pressure, .. } = reading.usage;
    json!({
        "age": (now - reading.at).as_secs_f64(),
        "cpu_seconds": seconds(cpu),
        "cpu_rate": reading.cpu_rate,
        "throttled_seconds": seconds(throttled),
        "throttled_periods": reading.usage.throttled_periods,
        "memory": memory,
        "memory_peak": memory_peak,
        "oom_kills": oom_kills,
        "io_read_bytes": reading.usage.read_bytes,
        "io_written_bytes": reading.usage.written_bytes,
        "pressure": {
            "cpu_some": seconds(pressure.cpu_some),
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
    json!({
        "cpu_quota": limits.cpu_quota,
        "cpu_weight": limits.cpu_weight,
        "memory_limit": limits.memory_limit,
    })
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
