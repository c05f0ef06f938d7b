//! What children used that lived too short to be met: their parent tells of it, and of nothing that was told before.

use super::*;
use crate::engine::tests::host::INIT;

fn short_lived(sim: &mut Sim, parent: u32, time: f64) {
    let child = sim.host.fork(parent);
    sim.host.run(child, seconds(time));
    sim.host.exit(child);
}

#[test]
fn what_children_used_that_no_round_met_is_their_parents() {
    let mut sim = Sim::running(sampling());
    let make = sim.spawn(SHELL, "make");
    sim.run(SCAN_INTERVAL);
    for _ in 0..100 {
        short_lived(&mut sim, make, 0.05);
    }
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 5.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 0.0);
}

#[test]
fn of_one_that_was_met_only_the_rest_is() {
    let mut sim = Sim::running(sampling());
    let make = sim.spawn(SHELL, "make");
    let child = sim.spawn(make, "cc");
    sim.host.run(child, seconds(7.0));
    sim.run(SCAN_INTERVAL);
    sim.host.run(child, seconds(2.0));
    short_lived(&mut sim, make, 0.5);
    sim.host.exit(child);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 2.5);
}

#[test]
fn a_whole_tree_that_ends_is_told_once() {
    let mut sim = Sim::running(sampling());
    let make = sim.spawn(SHELL, "make");
    let sub = sim.spawn(make, "make");
    let cc = sim.spawn(sub, "cc");
    short_lived(&mut sim, sub, 3.0);
    sim.host.run(cc, seconds(7.0));
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, sub, 0.0, 3.0);
    short_lived(&mut sim, cc, 1.0);
    sim.host.run(sub, seconds(0.5));
    sim.host.exit(cc);
    sim.host.exit(sub);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 1.5);
    assert_told(&sim, SHELL, 0.0, 0.0);
}

#[test]
fn a_child_that_outlives_its_parent_is_told_with_whoever_waits_for_it() {
    let mut sim = Sim::running(sampling());
    let make = sim.spawn(SHELL, "make");
    let cc = sim.spawn(make, "cc");
    sim.host.run(cc, seconds(7.0));
    sim.run(SCAN_INTERVAL);
    sim.host.exit(make);
    sim.host.run(cc, seconds(2.0));
    sim.host.exit(cc);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, SHELL, 0.0, 0.0);
    assert_told(&sim, INIT, 0.0, 2.0);
}

#[test]
fn one_that_becomes_another_program_goes_on_as_it_is() {
    let mut sim = Sim::running(sampling());
    let make = sim.spawn(SHELL, "make");
    sim.run(SCAN_INTERVAL);
    short_lived(&mut sim, make, 1.0);
    sim.host.run(make, seconds(2.0));
    sim.host.exec(make, "cc");
    sim.host.exec_from_thread(make, "ld");
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 2.0, 1.0);
}

#[test]
fn a_zombie_is_told_of_itself_until_somebody_waits_for_it() {
    let mut sim = Sim::running(sampling());
    let make = sim.spawn(SHELL, "make");
    let cc = sim.spawn(make, "cc");
    sim.run(SCAN_INTERVAL);
    sim.host.run(cc, seconds(2.0));
    sim.host.die(cc);
    short_lived(&mut sim, make, 1.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, cc, 2.0, 0.0);
    assert_told(&sim, make, 0.0, 1.0);
    sim.host.reap(cc);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 0.0);
}

#[test]
fn what_a_parent_does_not_want_to_know_is_owed_by_nobody_for_long() {
    let mut sim = Sim::running(sampling());
    let make = sim.spawn(SHELL, "make");
    let cc = sim.spawn(make, "cc");
    sim.host.run(cc, seconds(7.0));
    sim.run(SCAN_INTERVAL);
    sim.host.end_unwaited(cc);
    short_lived(&mut sim, SHELL, 1.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 0.0);
    assert_told(&sim, SHELL, 0.0, 1.0);
    sim.run(SCAN_INTERVAL);
    short_lived(&mut sim, make, 1.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 1.0);
}

#[test]
fn a_newborn_that_has_had_children_tells_of_all_of_theirs() {
    let mut sim = Sim::running(sampling());
    sim.run(SCAN_INTERVAL);
    let make = sim.spawn(SHELL, "make");
    short_lived(&mut sim, make, 1.0);
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, make, 0.0, 1.0);
}
