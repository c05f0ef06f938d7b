//! Whatever the world does and however a consumer takes it: in the end it knows who lives, and every loss was told.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Step {
    /// One round of the loop, with so many changes of processes of these pids.
    Serve(Vec<u32>, bool),
    Take(usize),
    /// It panics at the next notice.
    Stumble,
    Pause(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (prop::collection::vec(0..12_u32, 0..14), any::<bool>()).prop_map(|(pids, round)| Step::Serve(pids, round)),
        4 => (0..12_usize).prop_map(Step::Take),
        1 => Just(Step::Stumble),
        1 => (0..20_000_u64).prop_map(Step::Pause),
    ]
}

/// A consumer that applies what it hears, and an account of it.
struct Census {
    outlet: Outlet,
    knows: BTreeSet<Pid>,
    /// Changes and rounds that it took, and those that it was told it would never get.
    taken: u64,
    told_lost: u64,
    stumbles: u64,
}

impl Census {
    fn of(outlet: Outlet) -> Census {
        Census { outlet, knows: BTreeSet::new(), taken: 0, told_lost: 0, stumbles: 0 }
    }

    fn take(&mut self, stumbles: bool) -> bool {
        let Some(notice) = self.outlet.try_next() else { return false };
        match &notice {
            Notice::Change(_) | Notice::Round(_) => self.taken += 1,
            Notice::Gap { lost } => self.told_lost += lost,
            Notice::Resync(_) => {}
        }
        if stumbles {
            self.stumbles += 1;
            self.outlet.seat.panicked();
        } else {
            self.apply(&notice);
        }
        true
    }

    fn apply(&mut self, notice: &Notice) {
        match notice {
            Notice::Change(Change { process, what: What::Terminated { .. }, .. }) => {
                self.knows.remove(&process.pid);
            }
            Notice::Change(change) => drop(self.knows.insert(change.process.pid)),
            Notice::Resync(all) => self.knows = all.iter().map(|process| process.pid).collect(),
            Notice::Gap { .. } | Notice::Round(_) => {}
        }
    }
}

/// Who lives ends, who does not begins.
fn changes(living: &BTreeMap<Pid, Process>, pids: &[u32]) -> Vec<Change> {
    let mut alive: BTreeSet<u32> = living.keys().map(|pid| pid.0).collect();
    let toggled = |&pid: &u32| match alive.remove(&pid) {
        true => ended(process(pid)),
        false => {
            alive.insert(pid);
            created(pid)
        }
    };
    pids.iter().map(toggled).collect()
}

fn play(steps: &[Step], filter: Filter, capacity: usize, fits: fn(&Process) -> bool) {
    let mut bench = Bench::new();
    let mut census = Census::of(bench.outlet("census", filter, capacity));
    let mut published = 0;
    for step in steps {
        match step {
            Step::Serve(pids, round) => {
                let changes = changes(&bench.living, pids);
                published += changes.iter().filter(|change| fits(&change.process)).count() as u64;
                published += u64::from(*round);
                bench.serve(changes, *round);
            }
            Step::Take(count) => (0..*count).for_each(|_| {
                census.take(false);
            }),
            Step::Stumble => {
                census.take(true);
            }
            Step::Pause(millis) => bench.now = bench.now + Duration::from_millis(*millis),
        }
        let waiting = bench.hub.registrar().standings()[0].waiting;
        assert!(waiting <= capacity, "{waiting} wait in a queue of {capacity}");
    }
    // It takes all there is, and the loop comes around when it is due.
    for _ in 0..4 {
        while census.take(false) {}
        bench.tell([]);
        bench.now = bench.hub.next_deadline(bench.now).unwrap_or(bench.now);
        bench.tell([]);
    }
    while census.take(false) {}
    let living: BTreeSet<Pid> =
        bench.living.values().filter(|process| fits(process)).map(|process| process.pid).collect();
    assert_eq!(census.knows, living);
    assert_eq!(census.taken + census.told_lost - census.stumbles, published);
    assert_eq!(bench.lost(), census.told_lost, "what was told is what is counted");
    assert_eq!(bench.hub.next_deadline(bench.now), None, "and nothing is left to be done");
}

proptest! {
    #[test]
    fn every_consumer_ends_with_the_truth_and_every_loss_is_told(
        steps in prop::collection::vec(step(), 0..60),
        capacity in 8..24_usize,
    ) {
        play(&steps, Filter::everything(), capacity, |_| true);
        let even = |process: &Process| process.pid.0.is_multiple_of(2);
        play(&steps, Filter::everything().of(even), capacity, even);
    }
}
