//! The latest records, as the sentences that the log has.

use super::frame::clock;
use super::html::Html;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::vec_deque::Iter;

/// As much of a line of the history as is shown.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    level: Cow<'a, str>,
    #[serde(borrow)]
    msg: Cow<'a, str>,
}

pub(super) fn section(html: &mut Html, lines: Iter<'_, Vec<u8>>) {
    let said = lines.rev().filter_map(|line| serde_json::from_slice::<Said<'_>>(line).ok());
    html.element("section", &[("aria-labelledby", &"recent")], |html| {
        html.with_text("h2", &[("id", &"recent")], "What happened last");
        html.element("ol", &[("class", &"records"), ("reversed", &"reversed")], |html| {
            for line in said {
                html.element("li", &[("class", &line.level)], |html| item(html, &line));
            }
        });
    });
}

fn item(html: &mut Html, line: &Said<'_>) {
    html.with_text("time", &[("datetime", &line.time)], clock(&line.time));
    html.with_text("span", &[], line.msg.trim_start_matches("[watch] "));
}
