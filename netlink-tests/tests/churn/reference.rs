//! What a list of as many processes could cover at best: read by somebody else, the procfs crate, at the moments at which the
//! service has made its own. All that has run between two such moments is compared with what the greatest had of it.

use procfs::{CurrentSI, KernelStats};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

/// By pid and start, ticks.
type Reading = HashMap<(i32, u64), u64>;

#[derive(Debug, Default)]
pub(super) struct Reference {
    last: Option<(Reading, u64)>,
    age: f64,
    /// Shares of all time on processors, list by list: the service's and ours.
    covered: Vec<(f64, f64)>,
}

impl Reference {
    /// To be called more often than lists are made.
    pub(super) fn look(&mut self, top: &Value) {
        let Some(age) = top["age"].as_f64() else { return };
        let is_new = age < self.age || self.last.is_none();
        self.age = age;
        if !is_new {
            return;
        }
        let (now, busy) = (read(), busy());
        if let (Some((last, busy_before)), Some(captured)) = (&self.last, top["captured"].as_f64()) {
            let size = top["list"].as_array().map_or(0, Vec::len);
            let mut used: Vec<u64> =
                now.iter().map(|(who, ticks)| ticks.saturating_sub(*last.get(who).unwrap_or(&0))).collect();
            used.sort_unstable_by(|a, b| b.cmp(a));
            let greatest: u64 = used.iter().take(size).sum();
            let all = (busy - busy_before).max(1);
            self.covered.push((captured, (greatest as f64 / all as f64).min(1.0)));
        }
        self.last = Some((now, busy));
    }

    pub(super) fn lists(&self) -> usize {
        self.covered.len()
    }

    fn mean(&self) -> (f64, f64) {
        let sum = self.covered.iter().fold((0.0, 0.0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        let count = self.covered.len() as f64;
        (sum.0 / count, sum.1 / count)
    }

    pub(super) fn assert_matched(&self) {
        let (ours, best) = self.mean();
        assert!(ours >= 0.95 * best, "{:?}", self.covered);
    }
}

impl Display for Reference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (ours, best) = self.mean();
        write!(
            f,
            "{:.1} % of all time on processors, the reference {:.1} %, over {} lists",
            ours * 100.0,
            best * 100.0,
            self.covered.len()
        )
    }
}

fn read() -> Reading {
    let all = procfs::process::all_processes().expect("/proc").flatten();
    let stats = all.filter_map(|process| process.stat().ok());
    stats.map(|stat| ((stat.pid, stat.starttime), stat.utime + stat.stime)).collect()
}

fn busy() -> u64 {
    let total = KernelStats::current().expect("/proc/stat").total;
    total.user + total.nice + total.system
}
