//! Whatever processes do in whatever order: what was spent is told, and told once. While a pass goes by parents do not end
//! here: of an orphan that is adopted and waited for then, in the pass that has read some of the three, not all can be known.

use super::*;
use crate::engine::tests::chance::choose;
use crate::engine::tests::host::{Host, INIT};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Fork(u8),
    Run(u8, u64),
    Die(u8),
    Reap(u8),
    /// One turn of the loop: in the middle of a pass, if one is under way.
    Turn,
    /// The next pass begins.
    Begin,
    Pass(u64),
}

/// Of children and grandchildren, between passes.
fn life() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<u8>().prop_map(Step::Fork),
        6 => (any::<u8>(), 1..3_000_u64).prop_map(|(of, ms)| Step::Run(of, ms)),
        4 => any::<u8>().prop_map(Step::Die),
        4 => any::<u8>().prop_map(Step::Reap),
        2 => (1..15_000_u64).prop_map(Step::Pass),
    ]
}

/// Of children of parents that stay, also in the middle of passes.
fn step() -> impl Strategy<Value = Step> {
    let of_those_that_stay = |step| match step {
        Step::Fork(by) => Step::Fork(by % 4),
        step => step,
    };
    prop_oneof![6 => life().prop_map(of_those_that_stay), 2 => Just(Step::Turn), 1 => Just(Step::Begin)]
}

/// Seconds told of all processes.
fn told_in(before: &Round, round: &Round) -> f64 {
    let told = |sample: &Sample| {
        let recent = sample.recent?;
        let same = before.of(sample.identity.pid).filter(|same| same.identity == sample.identity);
        let over = sample.read_at - same.map_or(before.at, |same| same.read_at);
        Some(f64::from(recent.cores + recent.children) * over.as_secs_f64())
    };
    round.samples.iter().filter_map(told).sum()
}

fn told_in_all(rounds: &[Arc<Round>]) -> f64 {
    rounds.windows(2).map(|pair| told_in(&pair[0], &pair[1])).sum()
}

fn take(sim: &mut Sim, step: &Step) {
    let host = &mut sim.host;
    match *step {
        Step::Fork(by) => {
            let parent = match by {
                0 | 1 => INIT,
                2 | 3 => SHELL,
                _ => choose(host, by).unwrap_or(SHELL),
            };
            if host.procs.len() < 24 {
                host.fork(parent);
            }
        }
        Step::Run(of, ms) => {
            if let Some(pid) = choose(host, of) {
                host.run(pid, Duration::from_millis(ms));
            }
        }
        Step::Die(of) => drop(choose(host, of).map(|pid| host.die(pid))),
        Step::Reap(of) => drop(zombie(host, of).map(|pid| host.reap(pid))),
        Step::Turn => drop(sim.round()),
        Step::Begin => begin(sim),
        Step::Pass(ms) => sim.run(Duration::from_millis(ms)),
    }
}

fn begin(sim: &mut Sim) {
    sim.settle();
    let due = sim.engine.next_deadline().expect("a scan is due some time");
    sim.host.now = sim.host.now.max(due.0);
    sim.round();
}

fn zombie(host: &Host, by: u8) -> Option<u32> {
    let dead: Vec<u32> = host.procs.iter().filter(|(_, p)| p.zombie).map(|(&pid, _)| pid).collect();
    dead.get(usize::from(by) % dead.len().max(1)).copied()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_spent_between_passes_is_told_once(steps in prop::collection::vec(life(), 0..150)) {
        is_told_once(&steps);
    }

    #[test]
    fn what_is_spent_while_passes_go_by_is_told_once(steps in prop::collection::vec(step(), 0..150)) {
        is_told_once(&steps);
    }
}

#[track_caller]
fn is_told_once(steps: &[Step]) {
    let mut sim = Sim::running(sampling());
    sim.host.uses.cores = 10_000;
    sim.host.last_pid = 130; // they come round, so that later children have smaller pids
    let spent = sim.host.uses.busy;
    steps.iter().for_each(|step| take(&mut sim, step));
    sim.run(SCAN_INTERVAL * 4);
    let spent = sim.host.uses.busy.since(spent).as_secs_f64();
    let told = told_in_all(&sim.rounds);
    assert!((told - spent).abs() < 0.01, "{spent} s were spent and {told} s told");
}
