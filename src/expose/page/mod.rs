//! The page at `/`: how things stand, for a person with a browser. It is one document that needs nothing else, runs no
//! script and changes nothing, and its policy forbids the browser all that it does not need.

mod amounts;
mod attention;
mod chart;
mod digest;
mod frame;
mod html;
mod jobs;
mod limits;
mod overview;
mod processes;
mod recent;
mod table;
mod ungoverned;

use super::http::{Response, Status};
use super::metrics::Distribution;
use crate::model::snapshot::Snapshot;
use html::Html;
use std::collections::vec_deque::Iter;

/// Jobs that are shown; of more the number is told.
const MOST_JOBS: usize = 200;
/// Records that are shown, the latest first.
pub const MOST_RECORDS: u64 = 30;

#[derive(Debug)]
pub struct Page {
    /// What the browser may do with it.
    policy: String,
}

/// What is shown.
#[derive(Debug)]
pub struct View<'a> {
    pub snapshot: &'a Snapshot,
    pub distributions: &'a [Distribution],
    /// Lines of the history, oldest first.
    pub records: Iter<'a, Vec<u8>>,
    /// Again and again: not for those who listen to it or mark something in it.
    pub renewed: bool,
}

impl Page {
    pub fn new() -> Page {
        let policy = format!(
            "Content-Security-Policy: default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n",
            digest::source_of(frame::STYLE)
        );
        Page { policy }
    }

    pub fn show(&self, view: &View<'_>) -> Response {
        let mut page = Html::default();
        frame::around(&mut page, view, |html| {
            attention::section(html, view.snapshot);
            overview::section(html, view.snapshot);
            jobs::section(html, view.snapshot);
            ungoverned::sections(html, view.snapshot);
            processes::section(html, view.snapshot);
            chart::section(html, view.distributions);
            recent::section(html, view.records.clone());
        });
        Response {
            content_type: "text/html; charset=utf-8",
            headers: self.policy.clone().into(),
            ..Response::text(Status::Ok, page.finish())
        }
    }
}

impl Default for Page {
    fn default() -> Page {
        Page::new()
    }
}

#[cfg(test)]
mod tests;
