//! What a scraper gets.

use super::*;
use crate::engine::Engine;
use crate::model::record::ScanSummary;
use crate::model::state::Memory;
use crate::model::{Now, Pid};
use std::time::Duration;

fn scan() -> Record {
    let took = Duration::from_millis(3);
    Record::ScanComplete(ScanSummary { full: true, new: 0, tracked: 0, found: 7, took })
}

fn snapshot() -> Snapshot {
    let policy = crate::config::tests::defaults().policy;
    Engine::new(Pid(1), "boot".into(), policy.into(), &Memory::default()).snapshot(Now::default())
}

#[test]
fn a_scan_is_counted_and_timed_in_both_forms() {
    let mut metrics = Metrics::new();
    metrics.note(&scan());
    metrics.note(&scan());
    let open = metrics.render(&snapshot(), Form::OpenMetrics);
    assert!(
        open.contains("# TYPE ffrtmp_discovery_scans counter\nffrtmp_discovery_scans_total 2\n"),
        "{open}"
    );
    assert!(open.contains("ffrtmp_discovery_scan_duration_seconds_count 2\n") && open.ends_with("# EOF\n"));
    let drawn = metrics.distributions();
    assert!(drawn.iter().any(|d| d.about == "How long a scan took." && d.count() == 2), "{drawn:?}");
    let text = metrics.render(&snapshot(), Form::Text);
    assert!(text.contains("# TYPE ffrtmp_discovery_scans_total counter\nffrtmp_discovery_scans_total 2\n"));
    assert!(text.contains("# HELP ffrtmp_discovery_scans_total ") && !text.contains("EOF"), "{text}");
}
