//! What a person should know before anything else, if there is something: why it is not healthy, what it cannot do here.

use super::html::Html;
use super::limits;
use crate::model::health::Reason;
use crate::model::snapshot::{GovernanceView, Snapshot, SourceView};

pub(super) fn section(html: &mut Html, snapshot: &Snapshot) {
    let remarks = remarks(snapshot);
    if remarks.is_empty() {
        return;
    }
    html.element("section", &[("class", &"attention"), ("aria-label", &"Needs attention")], |html| {
        html.element("ul", &[], |html| {
            for remark in &remarks {
                html.with_text("li", &[], remark);
            }
        });
    });
}

/// A reason of which more is known is told with that.
fn remarks(snapshot: &Snapshot) -> Vec<String> {
    let reasons =
        snapshot.health.reasons.iter().map(|reason| match (reason, &snapshot.governance, &snapshot.source) {
            (Reason::NotGoverning, GovernanceView::Unavailable { why }, _) => format!("{reason}: {why}"),
            (Reason::EventsLost, _, SourceView::Polling { why, .. }) => format!("{reason}: {why}"),
            _ => reason.to_string(),
        });
    let letters = (snapshot.dead_letters > 0).then(|| {
        format!("given up: {} target(s); a reload, or ffrtmp retry, tries them again", snapshot.dead_letters)
    });
    let loose = Some(limits::loose(snapshot).join(", ")).filter(|names| !names.is_empty());
    let loose = loose
        .map(|names| format!("limits that are set and cannot hold on this host: {names}; why stands below"));
    reasons.chain(letters).chain(loose).collect()
}
