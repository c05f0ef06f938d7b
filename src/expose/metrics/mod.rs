//! Metrics. Counters and histograms are made from records, each of which is noted once; gauges from a snapshot at the
//! moment somebody asks. Nothing is counted in two places.

mod distribution;
mod form;
mod gauges;
mod tally;

pub use distribution::Distribution;
pub use form::Form;

use crate::model::record::Record;
use crate::model::snapshot::Snapshot;
use gauges::Gauges;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;
use tally::Tally;

#[derive(Debug)]
pub struct Metrics {
    tally: Tally,
    counters: Registry,
}

impl Metrics {
    pub fn new() -> Metrics {
        let mut counters = Registry::with_prefix("ffrtmp");
        let tally = Tally::registered(&mut counters);
        Metrics { tally, counters }
    }

    pub fn note(&mut self, record: &Record) {
        self.tally.note(record);
    }

    /// All histograms.
    pub fn distributions(&self) -> Vec<Distribution> {
        let mut text = String::new();
        let _ = encode_registry(&mut text, &self.counters);
        Distribution::all(&text)
    }

    pub fn render(&self, snapshot: &Snapshot, form: Form) -> String {
        let mut gauges = Registry::with_prefix("ffrtmp");
        gauges.register_collector(Box::new(Gauges::of(snapshot)));
        let mut text = String::new();
        // Writing to memory cannot fail.
        let _ = encode_registry(&mut text, &self.counters);
        let _ = encode_registry(&mut text, &gauges);
        let _ = encode_eof(&mut text);
        form.write(text)
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

#[cfg(test)]
mod tests;
