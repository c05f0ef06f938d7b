//! What whoever starts it wishes: `DURATION=60s SCANS=10000`, or the short form.

use std::time::Duration;

pub(super) struct Wish {
    pub(super) span: Duration,
    pub(super) scans: u64,
    /// Whether the program is the one that is shipped, and may be held to its budgets.
    is_whole: bool,
}

impl Wish {
    pub(super) fn read() -> Wish {
        let said = |name: &str| std::env::var(name).ok().filter(|word| !word.is_empty());
        let seconds = said("DURATION").map(|word| word.trim_end_matches('s').parse().expect("60s"));
        let scans = said("SCANS").map(|word| word.parse().expect("a number"));
        Wish {
            span: Duration::from_secs(seconds.unwrap_or(8)),
            scans: scans.unwrap_or(300),
            is_whole: seconds.is_some(),
        }
    }

    /// A program that was built for tests takes ten times as long for everything.
    pub(super) fn scanner(&self) -> &'static str {
        if self.is_whole { "interval: 1s" } else { "interval: 1s, cpu_budget: 100, overload: 1000" }
    }

    /// On a machine that compiles something beside it no crowd is as large as it should be.
    pub(super) fn assert_met(&self, a_second: f64, sampling: f64) {
        if self.is_whole {
            assert!(a_second >= 0.9 * super::RATE as f64, "this machine made no crowd: {a_second} a second");
            // The first pass is made before there is a budget to keep.
            assert!(sampling <= 0.0075 * 1.1, "{sampling} cores");
        }
    }
}
