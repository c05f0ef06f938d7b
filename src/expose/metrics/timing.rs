//! How long things take, from records.

use crate::model::record::Record;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// From a twentieth of a millisecond to ten seconds: a scan of a quiet host, and of one that is in trouble.
const SCAN: [f64; 12] = [0.00005, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0];

/// A processor that is free, one that is not, and a crowd.
const DETECTION: [f64; 12] =
    [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1.0];

/// A move back to back with others, one that waits for the kernel's grace period, and one that was tried again.
const ATTACH: [f64; 13] =
    [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.25, 1.0, 10.0];

#[derive(Debug)]
pub(super) struct Timing {
    scan: Histogram,
    detection: Histogram,
    attach: Histogram,
    work: Histogram,
}

impl Timing {
    pub(super) fn registered(to: &mut Registry) -> Timing {
        let mut of = |name: &str, about: &str, buckets: &[f64]| {
            let histogram = Histogram::new(buckets.iter().copied());
            to.register_with_unit(name, about, Unit::Seconds, histogram.clone());
            histogram
        };
        Timing {
            scan: of("discovery_scan_duration", "How long a scan took", &SCAN),
            detection: of(
                "discovery_detection_latency",
                "From a target's exec, by the kernel's clock, to the decision to take it",
                &DETECTION,
            ),
            attach: of(
                "attach_latency",
                "From a target's exec, by the kernel's clock, until it was seen in its group",
                &ATTACH,
            ),
            work: of("attach_duration", "How long the attachment itself took", &ATTACH),
        }
    }

    pub(super) fn note(&mut self, record: &Record) {
        match record {
            Record::ScanComplete(scan) => self.scan.observe(scan.took.as_secs_f64()),
            Record::Discovered(discovery) => {
                discovery.latency.iter().for_each(|latency| self.detection.observe(latency.as_secs_f64()));
            }
            Record::Attached { took, latency, .. } => {
                latency.iter().for_each(|latency| self.attach.observe(latency.as_secs_f64()));
                // One that an earlier try had moved took no time.
                if !took.is_zero() {
                    self.work.observe(took.as_secs_f64());
                }
            }
            _ => {}
        }
    }
}
