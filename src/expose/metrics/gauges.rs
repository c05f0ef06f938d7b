//! How the service stands, written from a snapshot for one scrape: a process that is gone leaves nothing behind.

use super::sheet::{About, Sheet, about, seconds};
use crate::model::health::Health;
use crate::model::record::HostCause;
use crate::model::snapshot::{DriftCounts, EventCounts, GovernanceView, Snapshot, SourceView, Ungoverned};
use std::fmt::Result;

pub(super) fn write(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    discovery(snapshot, sheet)?;
    events(snapshot, sheet)?;
    governance(snapshot, sheet)?;
    attaching(snapshot, sheet)?;
    health(snapshot, sheet)
}

fn discovery(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    sheet.info(&about("build", "What runs here."), &[("version", env!("CARGO_PKG_VERSION"))])?;
    let processes = snapshot.processes as u64;
    sheet.gauge(&about("discovery_processes_found", "Processes on the host."), Some(processes))?;
    let governed = snapshot.governed as u64;
    sheet.gauge(&about("discovery_tracked_processes", "Targets that are governed now."), Some(governed))?;
    let last = snapshot.last_scan.map(|at| at.0 as f64 / 1e9);
    sheet.gauge(&seconds("discovery_last_scan_timestamp", "When the last scan ended, since 1970."), last)
}

fn events(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    let EventCounts { fork, exec, exit, uid, comm, other } = snapshot.events;
    let kinds =
        [("fork", fork), ("exec", exec), ("exit", exit), ("uid", uid), ("comm", comm), ("other", other)];
    sheet.counters(
        &about("events_received", "Process events of the kernel that were received."),
        kinds.map(|(kind, count)| ([("kind", kind)], count)),
    )?;
    let overruns = about("events_overruns", "Times that the kernel dropped events, an unknown number each.");
    sheet.counter(&overruns, Some(snapshot.overruns))?;
    let resyncs = about("events_resyncs", "Full scans that made good for events that were lost.");
    sheet.counter(&resyncs, Some(snapshot.resyncs))?;
    let is = match snapshot.source {
        SourceView::Connecting => "connecting",
        SourceView::Live { .. } => "live",
        SourceView::Polling { .. } => "polling",
    };
    one_of(
        sheet,
        &about("events_source_state", "How processes are found: 1 for the state that is so."),
        "state",
        ["connecting", "live", "polling"].map(|state| (state, state == is)),
    )
}

fn governance(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    let ready = u64::from(matches!(snapshot.governance, GovernanceView::Ready { .. }));
    sheet.gauge(&about("governance_available", "Whether processes can be governed here."), Some(ready))?;
    sheet.gauges(
        &about("targets_ungoverned", "Targets that are not governed, by the reason."),
        snapshot.ungoverned.iter().map(|(reason, count)| ([("reason", reason.name())], *count as u64)),
    )?;
    let not_holding = snapshot.not_holding.iter();
    sheet.gauges(
        &about(
            "limits_not_holding",
            "Limits that are asked for and cannot hold on this host, each with its cause.",
        ),
        not_holding.map(|(limit, cause)| ([("limit", limit.name()), ("cause", cause)], 1u64)),
    )?;
    let DriftCounts { limit, moved, note } = snapshot.drifts;
    sheet.counters(
        &about("drifts", "Changes that somebody else made to jobs."),
        [("limit", limit), ("moved", moved), ("note", note)].map(|(what, count)| ([("what", what)], count)),
    )
}

fn attaching(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    let health = &snapshot.health;
    sheet.gauges(
        &about("consecutive_failures", "Failures since the last success."),
        [("scan", health.scan_failures), ("attach", health.attach_failures)]
            .map(|(of, count)| ([("of", of)], u64::from(count))),
    )?;
    let waiting = [Ungoverned::Retrying, Ungoverned::Paused];
    let waiting: usize = waiting.iter().filter_map(|reason| snapshot.ungoverned.get(reason)).sum();
    let about_queue = about("retry_queue_length", "Targets whose attachment waits for its next try.");
    sheet.gauge(&about_queue, Some(waiting as u64))?;
    let letters = about("retry_dead_letters", "Targets that were given up.");
    sheet.gauge(&letters, Some(snapshot.dead_letters as u64))?;
    one_of(
        sheet,
        &about("breaker_open", "Causes for which attaching is paused."),
        "cause",
        HostCause::ALL.map(|cause| (cause.name(), snapshot.paused.contains(&cause))),
    )
}

fn health(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    let health = &snapshot.health;
    one_of(
        sheet,
        &about("health_state", "Health of the service: 1 for the state that is so."),
        "state",
        Health::ALL.map(|state| (state.name(), state == health.level)),
    )?;
    let lasted = seconds("health_state_duration", "How long health has been what it is.");
    sheet.gauge(&lasted, Some(health.lasted.as_secs_f64()))
}

fn one_of<const N: usize>(
    sheet: &mut Sheet<'_>,
    about: &About,
    label: &'static str,
    states: [(&'static str, bool); N],
) -> Result {
    sheet.gauges(about, states.map(|(state, so)| ([(label, state)], u64::from(so))))
}
