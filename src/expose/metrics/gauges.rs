//! How things stand, written from a snapshot for one scrape: a process that is gone leaves nothing behind.

use crate::model::snapshot::{JobState, Snapshot};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;

#[derive(Debug)]
pub(super) struct Gauges {
    tracked: u64,
}

impl Gauges {
    pub(super) fn of(snapshot: &Snapshot) -> Gauges {
        let governed = snapshot.jobs.iter().filter(|job| matches!(job.state, JobState::Governed { .. }));
        Gauges { tracked: governed.count() as u64 }
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let tracked = ConstGauge::new(self.tracked);
        let about = "Targets that are governed now";
        let metric =
            encoder.encode_descriptor("discovery_tracked_processes", about, None, tracked.metric_type())?;
        tracked.encode(metric)
    }
}
