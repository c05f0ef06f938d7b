//! What was reached and what was found, in a few lines; and what must not have been found.

use super::wish::Wish;
use super::world::World;
use netlink_tests::bench::Body;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

pub(super) struct Report {
    pub(super) wish: Wish,
    pub(super) took: Duration,
    pub(super) world: World,
    /// At the beginning and at the end of the long life, with no target anywhere.
    pub(super) young: Body,
    pub(super) old: Body,
    /// At each judgement of the long life, in KiB.
    pub(super) memory: Vec<u64>,
}

/// What an allocator may hold in one moment and not in another.
const SLACK_KIB: u64 = 512;

impl Report {
    /// The median of the first and of the last third of the long life: the first judgement comes when its tables have grown
    /// to their size.
    fn memory(&self) -> [u64; 2] {
        let third = self.memory.len().div_ceil(3);
        [&self.memory[..third], &self.memory[self.memory.len() - third..]].map(|part| {
            let mut sorted = part.to_vec();
            sorted.sort_unstable();
            sorted[sorted.len() / 2]
        })
    }

    fn found(&self) -> [(&'static str, usize); 6] {
        let faults = &self.world.faults;
        let sum = |count: fn(&super::judge::Faults) -> usize| faults.iter().map(count).sum();
        [
            ("missed", sum(|f| f.missed.len())),
            ("doubly attached", self.world.patient.ledger.twice.len()),
            ("strangers governed", sum(|f| f.strangers.len())),
            ("leaked groups", sum(|f| f.leaked.len())),
            ("leaked descriptors", self.old.fds.saturating_sub(self.young.fds)),
            ("leaked watches", self.old.watches.saturating_sub(self.young.watches)),
        ]
    }

    pub(super) fn assert_nothing_wrong(&self) {
        for (what, count) in self.found() {
            assert_eq!(count, 0, "{what}: {:?}", self.world.patient.ledger.twice);
        }
        let [early, late] = self.memory();
        assert!(late <= early + early / 10 + SLACK_KIB, "its memory grew: {:?} KiB", self.memory);
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (lived, ledger) = (self.world.crowd.lived(), &self.world.patient.ledger);
        writeln!(f, "soak of {:.0?}, SEED={}", self.took, self.wish.seed)?;
        writeln!(
            f,
            "  lived: {} processes, {} threads, pids wrapped {} times; {} targets",
            lived.processes, lived.threads, lived.wraps, self.world.targets.started
        )?;
        writeln!(f, "  befell: {:?}, overruns {}", self.world.blows, ledger.overruns)?;
        writeln!(
            f,
            "  log: attached {}, adopted {}, {:?}",
            ledger.attached, ledger.adopted, ledger.complaints
        )?;
        write!(f, "  judged {} times:", self.world.judged)?;
        for (what, count) in self.found() {
            write!(f, " {what} {count},")?;
        }
        let [early, late] = self.memory();
        writeln!(
            f,
            "\n  the long life: {} → {} descriptors, RSS {early} → {late} KiB (idle {} → {})",
            self.young.fds, self.old.fds, self.young.rss_kib, self.old.rss_kib
        )?;
        write!(f, "  RSS at each judgement: {:?}", self.memory)
    }
}
