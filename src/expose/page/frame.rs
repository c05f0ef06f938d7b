//! What stands around the content: the head of the document, whose service it is and how it fares, and where to read on.

use super::View;
use super::html::Html;
use crate::model::Human;
use crate::model::health::Health;
use crate::model::snapshot::{GovernanceView, Phase, Snapshot};
use std::fmt::Display;
use std::time::Duration;

pub(super) const STYLE: &str = include_str!("style.css");

/// After so many seconds a browser asks again.
const RENEWED: u8 = 10;

pub(super) fn around(html: &mut Html, view: &View<'_>, content: impl FnOnce(&mut Html)) {
    html.verbatim("<!DOCTYPE html>\n");
    html.element("html", &[("lang", &"en"), ("xmlns", &"http://www.w3.org/1999/xhtml")], |html| {
        html.element("head", &[], |html| head(html, view.snapshot, view.renewed));
        html.element("body", &[], |html| {
            html.element("header", &[], |html| header(html, view.snapshot));
            html.element("main", &[], content);
            html.element("footer", &[], |html| footer(html, view.renewed));
        });
    });
}

/// How it fares in one word, and the class that colours it.
fn standing(snapshot: &Snapshot) -> (&'static str, &'static str) {
    let class = match snapshot.health.level {
        Health::Healthy => "good",
        Health::Degraded => "warn",
        Health::Unhealthy => "bad",
    };
    match snapshot.phase {
        Phase::Starting => ("starting", "warn"),
        Phase::Running => (snapshot.health.level.name(), class),
        Phase::Stopping => ("stopping", "warn"),
    }
}

fn head(html: &mut Html, snapshot: &Snapshot, renewed: bool) {
    html.void("meta", &[("charset", &"utf-8")]);
    html.void("meta", &[("name", &"viewport"), ("content", &"width=device-width, initial-scale=1")]);
    html.void("meta", &[("name", &"color-scheme"), ("content", &"light dark")]);
    if renewed {
        html.void("meta", &[("http-equiv", &"refresh"), ("content", &RENEWED)]);
    }
    let title =
        format_args!("{} – {} governed – ffrtmp", standing(snapshot).0, snapshot.governed).to_string();
    html.with_text("title", &[], title);
    html.element("style", &[], |html| html.verbatim(STYLE));
}

fn header(html: &mut Html, snapshot: &Snapshot) {
    html.with_text("h1", &[], "ffrtmp");
    let (word, class) = standing(snapshot);
    html.element("p", &[("class", &"health"), ("role", &"status")], |html| {
        html.with_text("strong", &[("class", &class)], word);
        html.text(format_args!(" for {}", rough(snapshot.health.lasted)));
    });
    html.element("p", &[("class", &"about")], |html| {
        html.text(format_args!("version {}, up {}", env!("CARGO_PKG_VERSION"), rough(snapshot.uptime)));
        let now = snapshot.now.wall.millis().to_string();
        html.element("time", &[("datetime", &now)], |html| html.text(clock(&now)));
    });
}

fn footer(html: &mut Html, renewed: bool) {
    let links = [("/metrics", "/metrics"), ("/healthz", "/healthz"), ("/readyz", "/readyz")];
    let other = if renewed { ("/still", "Hold still") } else { ("/", "Renew again") };
    html.element("nav", &[("aria-label", &"Other forms of this")], |html| {
        for (path, name) in links.into_iter().chain([other]) {
            html.with_text("a", &[("href", &path)], name);
        }
    });
    html.element("p", &[], |html| {
        html.text("Times are UTC. Nothing can be changed here.");
        if renewed {
            html.text(format_args!(" Renewed every {RENEWED} s."));
        }
    });
}

/// The time of day in a time of RFC 3339.
pub(super) fn clock(time: &str) -> &str {
    time.get("2026-01-01T".len().."2026-01-01T00:00:00".len()).unwrap_or(time)
}

/// Ages and the like, which nobody reads to the microsecond.
pub(super) fn rough(duration: Duration) -> impl Display {
    Human(Duration::from_secs(duration.as_secs()))
}

/// Where jobs live, or why nowhere.
pub(super) fn governance(snapshot: &Snapshot) -> String {
    match &snapshot.governance {
        GovernanceView::Pending => "being prepared".to_owned(),
        GovernanceView::Ready { root } => root.clone(),
        GovernanceView::Unavailable { .. } => "not possible here".to_owned(),
        GovernanceView::DryRun => "a dry run: nothing is touched".to_owned(),
    }
}
