//! The figures of the whole service.

use super::frame::{clock, governance, governed};
use super::html::Html;
use crate::model::snapshot::{JobState, Snapshot, SourceView};
use std::fmt::Display;

pub(super) fn section(html: &mut Html, snapshot: &Snapshot) {
    let waiting = |state| matches!(state, JobState::Attaching | JobState::Retrying { .. } | JobState::Paused);
    let waiting = snapshot.jobs.iter().filter(|job| waiting(job.state)).count();
    let inside: usize = snapshot.jobs.iter().map(|job| job.members).sum();
    html.element("section", &[("aria-label", &"Overview")], |html| {
        html.element("dl", &[("class", &"figures")], |html| {
            figure(html, "Governed jobs", governed(snapshot));
            figure(html, "Processes in jobs", inside);
            figure(html, "Waiting", waiting);
            figure(html, "Given up", snapshot.dead_letters);
            figure(html, "Processes on the host", snapshot.processes);
            figure(html, "Changed by others", snapshot.drifts.total());
        });
        html.element("dl", &[("class", &"facts")], |html| {
            figure(html, "Targets", snapshot.targets.join(", "));
            figure(html, "Found by", source(snapshot));
            let scanned = snapshot.last_scan.map(|at| at.millis().to_string());
            figure(html, "Last scan", scanned.as_deref().map_or("none yet", clock));
            figure(html, "Governed below", governance(snapshot));
        });
    });
}

fn figure(html: &mut Html, name: &str, value: impl Display) {
    html.element("div", &[], |html| {
        html.with_text("dt", &[], name);
        html.with_text("dd", &[], value);
    });
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
