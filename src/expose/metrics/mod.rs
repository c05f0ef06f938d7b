//! Metrics. Counters and histograms are made from records, each of which is noted once; the rest from a snapshot at the
//! moment somebody asks. Nothing is counted in two places. docs/metrics.md lists them all.

mod agent;
mod distribution;
mod form;
mod gauges;
mod jobs;
mod sampling;
mod sheet;
mod tally;
mod timing;
mod top;

pub use agent::Agent;
pub use distribution::Distribution;
pub use form::Form;

use crate::model::record::Record;
use crate::model::snapshot::Snapshot;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;
use sheet::Sheet;
use tally::Tally;

const PREFIX: &str = "ffrtmp";

#[derive(Debug)]
pub struct Metrics {
    tally: Tally,
    counters: Registry,
    /// So many of the greatest processes have series of their own.
    max_top: usize,
}

impl Metrics {
    pub fn new() -> Metrics {
        let mut counters = Registry::with_prefix(PREFIX);
        let tally = Tally::registered(&mut counters);
        Metrics { tally, counters, max_top: 0 }
    }

    pub fn set(&mut self, max_top: usize) {
        self.max_top = max_top;
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

    /// For one scrape. The jobs of the snapshot are those that get series of their own.
    pub fn render(&self, snapshot: Snapshot, agent: Agent, form: Form) -> String {
        let mut moment = Registry::with_prefix(PREFIX);
        moment.register_collector(Box::new(Moment { snapshot, agent, max_top: self.max_top }));
        let mut text = String::new();
        // Writing to memory cannot fail.
        let _ = encode_registry(&mut text, &self.counters);
        let _ = encode_registry(&mut text, &moment);
        let _ = encode_eof(&mut text);
        form.write(text)
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

/// What is so when somebody asks.
#[derive(Debug)]
struct Moment {
    snapshot: Snapshot,
    agent: Agent,
    max_top: usize,
}

impl Collector for Moment {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let mut sheet = Sheet(encoder);
        gauges::write(&self.snapshot, &mut sheet)?;
        jobs::write(&self.snapshot, &mut sheet)?;
        top::write(self.snapshot.top.as_deref(), self.max_top, &mut sheet)?;
        sampling::write(self.snapshot.scanner.as_ref(), &mut sheet)?;
        agent::write(&self.agent, &mut sheet)
    }
}

#[cfg(test)]
mod tests;
