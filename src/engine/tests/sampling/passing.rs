//! Children that end while a pass goes by: between the reading of their parent and their own, in either order.

use super::*;
use crate::config::policy::Policy;
use crate::engine::input::Input;

/// Brings the next pass to where it has read this process, and no further than a few more.
pub(super) fn until_it_has_read(sim: &mut Sim, pid: u32) {
    sim.settle();
    sim.host.now = sim.engine.next_deadline().expect("a scan is due some time").0;
    sim.sighted.clear();
    while !sim.sighted.contains(&pid) {
        sim.round();
    }
}

fn with_pid(sim: &mut Sim, parent: u32, pid: u32) -> u32 {
    sim.host.next_fork_gets(pid);
    sim.host.fork(parent)
}

#[test]
fn one_that_ends_after_its_parent_was_read_is_told_once() {
    let mut sim = Sim::running(sampling());
    let (parent, child) = (with_pid(&mut sim, SHELL, 300), with_pid(&mut sim, 300, 600));
    sim.host.run(child, seconds(30.0));
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, child, 30.0, 0.0);
    sim.host.run(child, seconds(1.0));
    until_it_has_read(&mut sim, parent);
    assert!(!sim.sighted.contains(&child));
    sim.host.exit(child);
    sim.settle();
    assert_told(&sim, parent, 0.0, 0.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, parent, 0.0, 1.0);
}

/// A reading may be held back until an event that came after it is told of: then it is of use for samples alone.
#[test]
fn one_whose_owner_has_changed_since_it_was_read_is_in_the_ledger_once() {
    let mut sim = Sim::running(sampling());
    let (first, later) = (with_pid(&mut sim, SHELL, 300), with_pid(&mut sim, SHELL, 600));
    sim.run(SCAN_INTERVAL);
    until_it_has_read(&mut sim, first);
    assert!(!sim.sighted.contains(&later));
    let before = sim.host.sight(later).expect("it lives");
    sim.host.set_user(later, 7);
    sim.deliver();
    sim.handle(Input::Scanned(before));
    // The same pass does not list it again.
    sim.host.exit(later);
    sim.run(SCAN_INTERVAL);
    sim.assert_consistent();
}

#[test]
fn one_that_was_read_and_ends_before_its_parent_is_is_told_once() {
    let mut sim = Sim::running(sampling());
    let (parent, child) = (with_pid(&mut sim, SHELL, 600), with_pid(&mut sim, 600, 300));
    sim.run(SCAN_INTERVAL);
    sim.host.run(child, seconds(30.0));
    until_it_has_read(&mut sim, child);
    sim.host.run(child, seconds(1.0));
    sim.host.exit(child);
    sim.settle();
    assert_told(&sim, child, 30.0, 0.0);
    assert_told(&sim, parent, 0.0, 1.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, parent, 0.0, 0.0);
}

/// Whether it has been waited for cannot be seen where as much has come of others; then some of it is told later.
#[test]
fn one_that_ends_in_a_pass_and_is_waited_for_later_takes_nothing_from_others() {
    for (used, told_at_once) in [(30.0, 2.0), (0.5, 1.5)] {
        let mut sim = Sim::running(sampling());
        let (parent, child) = (with_pid(&mut sim, SHELL, 600), with_pid(&mut sim, 600, 300));
        sim.host.run(child, seconds(used));
        sim.run(SCAN_INTERVAL);
        let short = sim.host.fork(parent);
        sim.host.run(short, seconds(2.0));
        sim.host.exit(short);
        until_it_has_read(&mut sim, child);
        sim.host.die(child);
        sim.settle();
        assert_told(&sim, parent, 0.0, told_at_once);
        sim.run(SCAN_INTERVAL);
        sim.host.reap(child);
        sim.run(SCAN_INTERVAL);
        assert_told(&sim, parent, 0.0, 2.0 - told_at_once);
    }
}

/// Nobody tells of its end. A spike of all that it ever used cannot be told from children's work, but it can be kept to what
/// the host could have done.
#[test]
fn without_events_no_more_is_told_than_processors_can_do() {
    let mut sim = Sim::running(Policy { poll_only: true, ..sampling() });
    let (parent, child) = (with_pid(&mut sim, SHELL, 600), with_pid(&mut sim, 600, 300));
    sim.host.run(child, seconds(3600.0));
    sim.run(SCAN_INTERVAL);
    until_it_has_read(&mut sim, child);
    sim.host.exit(child);
    sim.settle();
    assert_told(&sim, parent, 0.0, 40.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, parent, 0.0, 0.0);
}
