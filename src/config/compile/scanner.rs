//! How the host's processes are sampled.

use super::{not_below, value};
use crate::config::policy::{ScannerPolicy, TopPolicy};
use crate::config::problem::Report;
use crate::config::read::Setting;
use crate::config::schema::Scanner;
use crate::config::values::{CorePercent, Fraction};

pub(super) fn scanner(scanner: &Scanner, report: &mut Report) -> Option<ScannerPolicy> {
    let usual = ScannerPolicy::default();
    let interval = value(&scanner.interval).map_or(usual.interval, |interval| interval.0);
    let longest = usual.max_interval.max(interval);
    not_below(&scanner.max_interval, interval, "scanner.interval", report);
    let cores =
        |setting: &Setting<CorePercent>, usual| value(setting).map_or(usual, |percent| percent.0 / 100.0);
    let policy = ScannerPolicy {
        interval,
        max_interval: value(&scanner.max_interval).map_or(longest, |interval| interval.0),
        cpu_budget: cores(&scanner.cpu_budget, usual.cpu_budget),
        overload: cores(&scanner.overload, usual.overload),
        max_processes: value(&scanner.max_processes).map_or(usual.max_processes, |most| most.0 as usize),
        top: top(scanner),
    };
    value(&scanner.enabled).unwrap_or(true).then_some(policy)
}

fn top(scanner: &Scanner) -> Option<TopPolicy> {
    let usual = TopPolicy::default();
    let part = |setting: &Setting<Fraction>, usual| value(setting).map_or(usual, |Fraction(part)| part);
    let policy = TopPolicy {
        size: value(&scanner.top_n).map_or(usual.size, |size| size.0 as usize),
        cpu_weight: part(&scanner.top_cpu_weight, usual.cpu_weight),
        memory_weight: part(&scanner.top_memory_weight, usual.memory_weight),
        min_score: part(&scanner.top_min_score, usual.min_score),
        stability: part(&scanner.top_stability, usual.stability),
    };
    (policy.size > 0).then_some(policy)
}
