//! The table of jobs. Those that are not governed yet come first, so that none of them is among those left out.

use super::amounts::{or_unknown, percent};
use super::frame::rough;
use super::html::Html;
use super::table::{self, Column, number};
use super::{MOST_JOBS, limits};
use crate::expose::log::phrase::Cause;
use crate::model::Bytes;
use crate::model::snapshot::{JobState, JobView, Snapshot};

const COLUMNS: [Column; 10] = [
    ("Job", ""),
    ("PID", "number"),
    ("Command", ""),
    ("User", ""),
    ("State", ""),
    ("Age", "number"),
    ("Processes", "number"),
    ("CPU", "number"),
    ("Memory", "number"),
    ("Limits", ""),
];

pub(super) fn section(html: &mut Html, snapshot: &Snapshot) {
    let mut jobs: Vec<&JobView> = snapshot.jobs.iter().collect();
    jobs.sort_by_key(|job| matches!(job.state, JobState::Governed { .. }));
    html.element("section", &[("aria-labelledby", &"jobs")], |html| {
        html.with_text("h2", &[("id", &"jobs")], "Jobs");
        if jobs.is_empty() {
            html.with_text("p", &[("class", &"none")], "No target runs.");
            return;
        }
        let about = "Targets that are governed, or are to be, with what they use and may use";
        table::wide(html, "Table of jobs", about, &COLUMNS, |html| {
            for job in jobs.iter().take(MOST_JOBS) {
                html.element("tr", &[], |html| row(html, snapshot, job));
            }
        });
        table::more(html, jobs.len().saturating_sub(MOST_JOBS), "ffrtmp ps");
    });
}

fn row(html: &mut Html, snapshot: &Snapshot, job: &JobView) {
    html.with_text("th", &[("scope", &"row")], &job.id);
    number(html, job.main.pid);
    html.with_text("td", &[], &*job.command);
    table::user(html, job.user.as_deref(), job.uid);
    html.element("td", &[], |html| state(html, snapshot, job));
    number(html, rough(job.age));
    number(html, job.members);
    html.element("td", &[("class", &"number")], |html| {
        let throttled = job.usage.and_then(|used| used.usage.throttled);
        html.text(or_unknown(job.usage.and_then(|used| used.cpu_rate).map(percent)));
        if let Some(time) = throttled.filter(|time| !time.is_zero()) {
            html.with_text("small", &[], format_args!("throttled {}", rough(time)));
        }
    });
    number(html, or_unknown(job.usage.and_then(|used| used.usage.memory).map(Bytes)));
    html.element("td", &[], |html| {
        limits::show(html, &job.limits, |key| job.unheld.iter().all(|(unheld, _)| *unheld != key));
    });
}

fn state(html: &mut Html, snapshot: &Snapshot, job: &JobView) {
    let class = match job.state {
        JobState::Governed { .. } => "good",
        JobState::Retrying { .. } | JobState::Paused => "warn",
        JobState::Attaching | JobState::Observed | JobState::Releasing | JobState::Ending => "",
    };
    html.with_text("span", &[("class", &class)], job.state.name());
    if let JobState::Retrying { at } = job.state {
        html.text(format_args!(" in {}, {} failed", rough(at - snapshot.now.mono), job.tries));
    }
    if let (JobState::Retrying { .. } | JobState::Paused, Some(tried)) = (job.state, &job.last_failure) {
        html.with_text("small", &[("class", &"why")], Cause(&tried.failure));
    }
}
