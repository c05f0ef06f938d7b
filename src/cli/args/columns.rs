//! Columns by which tables are sorted, under the names that `--sort` knows them by.

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser};

/// Of jobs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum JobKey {
    #[default]
    Job,
    Pid,
    Command,
    User,
    State,
    Age,
    Cpu,
    Throttled,
    Memory,
}

/// Of processes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ProcessKey {
    Score,
    Cpu,
    /// Processor time of children that have ended.
    Children,
    Memory,
    Io,
    Threads,
    Governed,
    Pid,
    Command,
    User,
    State,
}

/// As one says it.
pub fn name(key: &impl ValueEnum) -> String {
    key.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

pub fn names<K: ValueEnum + 'static>() -> Vec<String> {
    K::value_variants().iter().map(name).collect()
}

/// Of jobs or of processes.
pub(super) fn of_either() -> PossibleValuesParser {
    let mut all: Vec<PossibleValue> = values::<JobKey>().chain(values::<ProcessKey>()).collect();
    all.sort_by(|a, b| a.get_name().cmp(b.get_name()));
    all.dedup_by(|a, b| a.get_name() == b.get_name());
    PossibleValuesParser::new(all)
}

fn values<K: ValueEnum + 'static>() -> impl Iterator<Item = PossibleValue> {
    K::value_variants().iter().filter_map(K::to_possible_value)
}
