//! The state file when the disk is full, slow or gone: the service goes on, tries again, and says each cause once.

use super::policies::usual;
use super::sim::Sim;
use crate::engine::input::Input;
use crate::model::record::{Record, StateRecord};
use std::time::Duration;

fn told(sim: &Sim) -> Vec<&StateRecord> {
    let states = sim.records.iter().map(|record| match record {
        Record::State(state) => Some(state),
        _ => None,
    });
    states.flatten().collect()
}

/// Failures that an operator is told of.
fn news(sim: &Sim) -> Vec<&str> {
    let news = told(sim).into_iter().map(|record| match record {
        StateRecord::SaveFailed { why, again: false } => Some(why.as_str()),
        _ => None,
    });
    news.flatten().collect()
}

fn failures(sim: &Sim) -> usize {
    told(sim).iter().filter(|record| matches!(record, StateRecord::SaveFailed { .. })).count()
}

/// It runs, and its saves have begun to fail for this cause.
fn failing(why: &'static str) -> Sim {
    let mut sim = Sim::running(usual());
    sim.refuse_saves = Some(why);
    sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(1));
    sim
}

#[test]
fn a_cause_is_said_once_and_every_failure_is_a_record() {
    let mut sim = failing("no space");
    sim.run(Duration::from_secs(600));
    assert_eq!(news(&sim), ["no space"]);
    // Again after 1, 2, 4, 8 and 16 seconds, and then every half minute.
    assert_eq!(failures(&sim), 6 + 18);
}

#[test]
fn what_changes_meanwhile_does_not_make_it_try_more_often() {
    let mut sim = failing("no space");
    for _ in 0..600 {
        let pid = sim.start_program("ffmpeg");
        sim.run(Duration::from_millis(500));
        sim.host.exit(pid);
        sim.run(Duration::from_millis(500));
    }
    assert!(failures(&sim) < 30, "{}", failures(&sim));
    assert_eq!(news(&sim), ["no space"]);
}

#[test]
fn another_cause_is_said_too_and_none_of_them_twice() {
    let mut sim = failing("no space");
    for why in ["read-only", "no space", "read-only"] {
        sim.refuse_saves = Some(why);
        sim.run(Duration::from_secs(60));
    }
    assert_eq!(news(&sim), ["no space", "read-only"]);
}

#[test]
fn that_it_works_again_is_said_and_what_changed_meanwhile_is_saved() {
    let mut sim = failing("no space");
    sim.run(Duration::from_secs(120));
    sim.refuse_saves = None;
    sim.run(Duration::from_secs(30));
    let again = |record: &&&StateRecord| matches!(record, StateRecord::SavedAgain { .. });
    let StateRecord::SavedAgain { failures: counted, after } =
        told(&sim).iter().find(again).expect("it works again")
    else {
        unreachable!()
    };
    assert_eq!(*counted as usize, failures(&sim));
    assert!(*after > Duration::from_secs(100), "{after:?}");
    assert_eq!(told(&sim).iter().filter(again).count(), 1);

    sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.saved.last().map(|state| state.processes.len()), Some(2), "as soon as before");
    // And the next trouble is news again.
    sim.refuse_saves = Some("no space");
    sim.run(Duration::from_secs(60));
    assert_eq!(news(&sim), ["no space", "no space"]);
}

#[test]
fn what_changed_while_the_first_good_save_was_written_is_saved_soon() {
    let mut sim = failing("no space");
    sim.refuse_saves = None;
    sim.hold.clerk = true;
    sim.run(Duration::from_secs(30));
    sim.start_program("ffmpeg");
    sim.settle();
    sim.hold.clerk = false;
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.saved.last().map(|state| state.processes.len()), Some(2));
}

#[test]
fn a_disk_that_does_not_answer_is_said_once_and_given_nothing_more() {
    let mut sim = Sim::running(usual());
    sim.hold.clerk = true;
    for _ in 0..60 {
        sim.start_program("ffmpeg");
        sim.run(Duration::from_secs(1));
    }
    assert_eq!(sim.saved.len(), 1);
    assert_eq!(told(&sim).len(), 1);
    assert!(matches!(told(&sim)[0], StateRecord::Trouble { text } if text.contains("slow or stuck")));
    sim.hold.clerk = false;
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.saved.last().map(|state| state.processes.len()), Some(60));
}

#[test]
fn a_last_save_that_fails_is_said_before_the_end() {
    for stuck in [false, true] {
        let mut sim = failing("no space");
        sim.hold.clerk = stuck;
        sim.records.clear();
        sim.handle(Input::Terminate("SIGTERM"));
        sim.run(Duration::from_secs(11));
        let [said] = news(&sim)[..] else { panic!("{:?}", sim.records) };
        assert!(said.contains(if stuck { "slow or stuck" } else { "no space" }));
        assert!(matches!(sim.records.last(), Some(Record::Stopped { .. })));
        assert_eq!(sim.stopped, 1);
    }
}
