//! The list of the greatest processes: those that had most of the host's processors and memory in one round, and how much of
//! all processor time they had together. It says nothing of anybody who is not on it.

use super::Mono;
use super::sample::{HostUse, Sample};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, PartialEq, Debug)]
pub struct List {
    /// When the round was; and the time that rates are of.
    pub at: Mono,
    pub over: Option<Duration>,
    pub host: HostUse,
    /// Cores that were busy on the whole host.
    pub busy: Option<f64>,
    /// The part of all processor time that those on the list had, from 0 to 1; nothing while no rate is known.
    pub captured: Option<f64>,
    /// How many processes there were to choose from, and how many more that nothing is known of.
    pub processes: usize,
    pub left_out: usize,
    /// The greatest first.
    pub rows: Vec<Row>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    pub sample: Sample,
    pub user: Option<Arc<str>>,
    pub score: f64,
}

impl Row {
    /// Cores that it kept busy itself.
    pub fn cores(&self) -> Option<f64> {
        self.sample.recent.map(|recent| decimal(recent.cores))
    }

    /// Cores that children kept busy which lived too short to be met.
    pub fn children(&self) -> Option<f64> {
        self.sample.recent.map(|recent| decimal(recent.children))
    }
}

/// As a person would write it: digits beyond those that a sample has are noise.
fn decimal(cores: f32) -> f64 {
    (f64::from(cores) * 1e6).round() / 1e6
}
