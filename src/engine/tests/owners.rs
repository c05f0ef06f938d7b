//! A sampling pass asks nobody whose it is whom the kernel would tell of: what it tells must then not be taken for history.

use super::pid;
use super::policies::{SCAN_INTERVAL, filtered};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy, ScannerPolicy};

fn sampling(filters: Filters) -> Policy {
    Policy { scanner: Some(ScannerPolicy::default()), ..filtered(filters) }
}

#[test]
fn the_next_pass_asks_for_an_owner_that_has_changed() {
    let mut sim = Sim::running(sampling(Filters::default()));
    let nobody = sim.start_program("nginx");
    sim.run(SCAN_INTERVAL);
    assert!(sim.engine.owner(pid(nobody)).is_some_and(|owner| owner.uid == 0));
    sim.host.set_user(nobody, 7);
    sim.run(SCAN_INTERVAL);
    let all = sim.engine.processes();
    assert_eq!(all.iter().find(|process| process.pid == pid(nobody)).map(|process| process.uid), Some(7));
    assert!(sim.engine.owner(pid(nobody)).is_some_and(|owner| owner.uid == 7));
}

/// The pass comes between the change and the word of it.
#[test]
fn a_change_that_a_pass_did_not_see_is_acted_on() {
    let mut sim = Sim::running(sampling(Filters { allowed_uids: [0].into(), ..Filters::default() }));
    let main = sim.start_program("ffmpeg");
    sim.run(SCAN_INTERVAL);
    sim.assert_own_job(main, "ffmpeg");
    sim.hold.events = true;
    sim.host.set_user(main, 7);
    sim.run(SCAN_INTERVAL);
    sim.hold.events = false;
    sim.settle();
    sim.assert_free(main);
}

#[test]
fn nobody_is_taken_on_trust_while_events_may_be_missing() {
    let mut sim = Sim::running(Policy { poll_only: true, ..sampling(Filters::default()) });
    let nobody = sim.start_program("nginx");
    sim.run(SCAN_INTERVAL);
    sim.host.set_user(nobody, 7);
    sim.run(SCAN_INTERVAL);
    let all = sim.engine.processes();
    assert_eq!(all.iter().find(|process| process.pid == pid(nobody)).map(|process| process.uid), Some(7));
}
