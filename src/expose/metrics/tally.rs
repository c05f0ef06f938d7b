//! What has happened so far, counted from records.

use crate::model::record::Record;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// From a twentieth of a millisecond to ten seconds: a scan of a quiet host, and of one that is in trouble.
const SCAN_SECONDS: [f64; 12] =
    [0.00005, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0];

#[derive(Debug)]
pub(super) struct Tally {
    scans: Counter,
    scan_seconds: Histogram,
    attachments: Counter,
}

impl Tally {
    pub(super) fn registered(registry: &mut Registry) -> Tally {
        let tally = Tally {
            scans: Counter::default(),
            scan_seconds: Histogram::new(SCAN_SECONDS),
            attachments: Counter::default(),
        };
        let discovery = registry.sub_registry_with_prefix("discovery");
        discovery.register("scans", "Scans of all processes that were completed", tally.scans.clone());
        discovery.register_with_unit(
            "scan_duration",
            "How long a scan took",
            Unit::Seconds,
            tally.scan_seconds.clone(),
        );
        discovery.register(
            "new_attachments",
            "Processes put under their limits, verified by reading it back",
            tally.attachments.clone(),
        );
        tally
    }

    pub(super) fn note(&mut self, record: &Record) {
        match record {
            Record::ScanComplete(scan) => {
                self.scans.inc();
                self.scan_seconds.observe(scan.took.as_secs_f64());
            }
            Record::Attached { .. } => drop(self.attachments.inc()),
            _ => {}
        }
    }
}
