//! What is not as somebody may think: targets that are not governed, and limits that cannot hold.

use super::html::Html;
use crate::model::snapshot::{Snapshot, Ungoverned};

pub(super) fn sections(html: &mut Html, snapshot: &Snapshot) {
    html.element("div", &[("class", &"pair")], |html| {
        html.element("section", &[("aria-labelledby", &"ungoverned")], |html| {
            html.with_text("h2", &[("id", &"ungoverned")], "Targets that are not governed");
            targets(html, snapshot);
        });
        html.element("section", &[("aria-labelledby", &"limits")], |html| {
            html.with_text("h2", &[("id", &"limits")], "Limits that do not hold");
            limits(html, snapshot);
        });
    });
}

fn targets(html: &mut Html, snapshot: &Snapshot) {
    let counts: Vec<_> = snapshot.ungoverned.iter().filter(|(_, count)| **count > 0).collect();
    if counts.is_empty() {
        html.with_text("p", &[("class", &"none")], "None: every target that runs is governed.");
        return;
    }
    html.element("table", &[], |html| {
        html.with_text("caption", &[], "Targets that run and are not governed, by the reason");
        html.element("tbody", &[], |html| {
            for (reason, count) in counts {
                html.element("tr", &[], |html| {
                    html.with_text("th", &[("scope", &"row")], meaning(*reason));
                    html.with_text("td", &[("class", &"number")], count);
                });
            }
        });
    });
    html.with_text("p", &[("class", &"none")], "ffrtmp explain PID tells more of each.");
}

fn limits(html: &mut Html, snapshot: &Snapshot) {
    if snapshot.not_holding.is_empty() {
        html.with_text("p", &[("class", &"none")], "None.");
        return;
    }
    html.element("table", &[], |html| {
        html.with_text("caption", &[], "Limits that this host cannot hold, with the cause");
        html.element("tbody", &[], |html| {
            for (limit, cause) in &snapshot.not_holding {
                html.element("tr", &[], |html| {
                    html.with_text("th", &[("scope", &"row")], limit);
                    html.with_text("td", &[], cause);
                });
            }
        });
    });
}

fn meaning(reason: Ungoverned) -> &'static str {
    match reason {
        Ungoverned::Filter => "A filter keeps it out",
        Ungoverned::MinRuntime => "Younger than min_runtime",
        Ungoverned::Foreign => "Governed by others: a container, a delegated group",
        Ungoverned::Attaching => "Being attached",
        Ungoverned::Retrying => "An attempt failed, the next one comes",
        Ungoverned::Paused => "Attaching is paused",
        Ungoverned::DeadLetter => "Given up",
        Ungoverned::Observed => "Only observed",
        Ungoverned::Released => "Released by an operator",
        Ungoverned::MovedOut => "Moved out of its job by somebody else, and left there",
    }
}
