//! The figures of the whole service.

use super::amounts::{or_unknown, percent};
use super::frame::{clock, governance};
use super::html::Html;
use super::limits;
use crate::model::Bytes;
use crate::model::snapshot::{JobState, Snapshot, SourceView};
use std::fmt::Display;

pub(super) fn section(html: &mut Html, snapshot: &Snapshot) {
    let waits = |state| matches!(state, JobState::Attaching | JobState::Retrying { .. } | JobState::Paused);
    let held = snapshot.jobs.iter().filter(|job| matches!(job.state, JobState::Governed { .. }));
    html.element("section", &[("aria-label", &"Overview")], |html| {
        html.element("dl", &[("class", &"figures")], |html| {
            figure(html, "Governed jobs", snapshot.governed);
            figure(html, "Processes in them", held.map(|job| job.members).sum::<usize>());
            figure(html, "Their CPU", or_unknown(snapshot.usage.and_then(|used| used.cpu_rate).map(percent)));
            figure(
                html,
                "Their memory",
                or_unknown(snapshot.usage.and_then(|used| used.usage.memory).map(Bytes)),
            );
            figure(html, "Waiting", snapshot.jobs.iter().filter(|job| waits(job.state)).count());
            figure(html, "Given up", snapshot.dead_letters);
            figure(html, "Changed by others", snapshot.drifts.total());
        });
        html.element("dl", &[("class", &"facts")], |html| {
            figure(html, "Targets", snapshot.targets.join(", "));
            figure(html, "Found by", source(snapshot));
            figure(html, "Last scan", scan(snapshot));
            figure(html, "Governed below", governance(snapshot));
            if !snapshot.total_limits.is_empty() {
                html.element("div", &[], |html| {
                    html.with_text("dt", &[], "All jobs together");
                    html.element("dd", &[], |html| {
                        limits::show(html, &snapshot.total_limits, |key| {
                            !snapshot.total_unheld.contains(&key)
                        });
                    });
                });
            }
        });
    });
}

pub(super) fn figure(html: &mut Html, name: &str, value: impl Display) {
    html.element("div", &[], |html| {
        html.with_text("dt", &[], name);
        html.with_text("dd", &[], value);
    });
}

fn scan(snapshot: &Snapshot) -> String {
    let Some(at) = snapshot.last_scan else { return "none yet".to_owned() };
    format!("{}, {} processes on the host", clock(&at.millis().to_string()), snapshot.processes)
}

fn source(snapshot: &Snapshot) -> String {
    let lost = match snapshot.overruns {
        0 => String::new(),
        times => format!("; lost some {times} time(s), made good by scans"),
    };
    match &snapshot.source {
        SourceView::Connecting => "nothing yet: connecting to the kernel".to_owned(),
        SourceView::Live { resync: false, .. } => format!("events of the kernel{lost}"),
        SourceView::Live { resync: true, .. } => {
            "events of the kernel; a scan makes good for lost ones".to_owned()
        }
        SourceView::Polling { why, .. } => format!("scans alone: {why}"),
    }
}
