//! Random histories of a host: whatever happens in whatever order, once it is quiet the engine knows what is so, governs
//! all that it should and nothing else, and waits for nothing.

use super::chance;
use super::manner::{Manner, manner};
use super::sim::Sim;
use super::world::World;
use crate::config::policy::Policy;
use crate::engine::input::Input;
use crate::model::record::Record;
use chance::Step;
use proptest::prelude::*;
use std::time::Duration;

fn history(manner: Manner, steps: Vec<Step>, transcript: bool) -> World {
    let mut world = World::new(manner);
    world.sim.transcript = transcript.then(String::new);
    world.sim.start();
    for step in steps {
        world.take(step);
    }
    world.quiet();
    world
}

pub(super) fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn once_it_is_quiet_all_is_as_it_should_be(
        manner in manner(),
        steps in prop::collection::vec(chance::step(), 0..120),
    ) {
        history(manner, steps, false).check();
    }

    #[test]
    fn a_stop_always_ends_and_is_said_once(
        manner in manner(),
        steps in prop::collection::vec(chance::step(), 0..60),
        release_on_stop: bool,
    ) {
        let mut world = World::new(manner);
        world.sim = Sim::new(Policy { release_on_stop, ..manner.policy() });
        world.sim.start();
        steps.into_iter().for_each(|step| world.take(step));
        world.sim.handle(Input::Terminate("SIGTERM"));
        world.sim.run(Duration::from_secs(21));
        let said = world.sim.said(|record| matches!(record, Record::Stopped { .. }));
        prop_assert_eq!((said, world.sim.stopped), (1, 1));
        world.all_is_answered();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(8), ..config() })]

    #[test]
    fn the_same_history_has_the_same_transcript(
        manner in manner(),
        steps in prop::collection::vec(chance::step(), 0..120),
    ) {
        let first = history(manner, steps.clone(), true);
        let second = history(manner, steps, true);
        prop_assert!(first.sim.transcript == second.sim.transcript, "they differ");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(64), ..config() })]

    /// Whatever is kept of what is over shows after thousands of processes. The machine never sleeps meanwhile: who was
    /// forked before and is enrolled after it may be moved out by somebody else unnoticed.
    #[test]
    fn a_long_life_keeps_nothing_of_what_is_over(
        manner in manner(),
        steps in prop::collection::vec(chance::step(), 2_000..3_000),
    ) {
        let mut world = World::new(manner);
        world.sim.start();
        for some in steps.chunks(250) {
            let awake = some.iter().filter(|step| !matches!(step, Step::Sleep(_)));
            awake.for_each(|step| world.take(step.clone()));
            world.quiet();
            world.check();
        }
    }
}
