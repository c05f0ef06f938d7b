//! Rounds that do not come as they should: missed, failed, late, after a sleep, under another policy.

use super::*;
use crate::config::policy::{Policy, ScannerPolicy};
use crate::engine::tests::governor::failure;
use crate::engine::tests::policies::usual;
use crate::model::record::Step;

fn every(interval: Duration) -> Policy {
    Policy { scanner: Some(ScannerPolicy { interval, ..ScannerPolicy::default() }), ..usual() }
}

#[test]
fn after_a_round_that_failed_the_next_tells_of_the_longer_time() {
    let mut sim = Sim::running(sampling());
    let pid = sim.spawn(SHELL, "bash");
    sim.run(SCAN_INTERVAL);
    let rounds = sim.rounds.len();
    sim.refuse_scans.push_back(failure(Step::Proc, 24));
    sim.host.run(pid, seconds(4.0));
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.rounds.len(), rounds, "it failed");
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, pid, 4.0, 0.0);
    assert_eq!(last(&sim).over.unwrap().as_secs(), 20);
}

#[test]
fn one_that_could_not_be_read_is_told_of_over_the_time_since_it_was() {
    let mut sim = Sim::running(sampling());
    let pid = sim.spawn(SHELL, "bash");
    sim.host.run(pid, seconds(100.0));
    sim.run(SCAN_INTERVAL);
    sim.host.proc(pid).unreadable = true;
    sim.host.run(pid, seconds(2.0));
    sim.run(SCAN_INTERVAL * 2);
    assert!(last(&sim).of(super::pid(pid)).is_none());
    assert_told(&sim, SHELL, 0.0, 0.0);
    sim.host.proc(pid).unreadable = false;
    sim.host.run(pid, seconds(4.0));
    sim.run(SCAN_INTERVAL);
    let cores = recent(&sim, pid).unwrap().cores;
    assert!((cores - 0.2).abs() < 0.001, "6 s in 30, not {cores}");
}

#[test]
fn one_that_was_there_and_was_never_read_is_not_taken_for_newborn() {
    let mut sim = Sim::running(sampling());
    let pid = sim.spawn(SHELL, "bash");
    sim.host.proc(pid).unreadable = true;
    sim.host.run(pid, seconds(1000.0));
    sim.run(SCAN_INTERVAL * 2);
    sim.host.proc(pid).unreadable = false;
    sim.run(SCAN_INTERVAL);
    assert_eq!(recent(&sim, pid), None);
    sim.host.run(pid, seconds(1.0));
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, pid, 1.0, 0.0);
}

#[test]
fn time_asleep_is_no_time() {
    let mut sim = Sim::running(sampling());
    let [before, unread] = [(); 2].map(|()| sim.spawn(SHELL, "bash"));
    sim.host.proc(unread).unreadable = true;
    sim.run(SCAN_INTERVAL);
    sim.sleep(seconds(3600.0));
    let after = sim.spawn(SHELL, "bash");
    for pid in [before, unread, after] {
        sim.host.run(pid, seconds(5.0));
    }
    sim.host.proc(unread).unreadable = false;
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, before, 5.0, 0.0);
    assert_told(&sim, after, 5.0, 0.0);
    assert_eq!(recent(&sim, unread), None, "it was born before the sleep");
}

#[test]
fn one_born_before_a_sleep_and_after_the_round_is_newborn_when_the_machine_wakes() {
    let mut sim = Sim::running(sampling());
    sim.run(SCAN_INTERVAL);
    let born = sim.spawn(SHELL, "bash");
    sim.host.run(born, seconds(2.0));
    sim.sleep(seconds(3600.0));
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, born, 2.0, 0.0);
}

#[test]
fn a_wall_clock_that_is_set_changes_no_rate() {
    for step in [3600, -3600] {
        let mut sim = Sim::running(sampling());
        sim.run(SCAN_INTERVAL);
        sim.host.wall_set_by = step * 1_000_000_000;
        let born = sim.spawn(SHELL, "bash");
        [born, SHELL].iter().for_each(|&pid| sim.host.run(pid, seconds(3.0)));
        sim.run(SCAN_INTERVAL);
        assert_told(&sim, born, 3.0, 0.0);
        assert_told(&sim, SHELL, 3.0, 0.0);
    }
}

#[test]
fn another_interval_counts_at_once() {
    let mut sim = Sim::running(every(seconds(300.0)));
    sim.run(seconds(2.0));
    assert_eq!(sim.rounds.len(), 1);
    sim.host.run(SHELL, seconds(1.0));
    sim.reload(every(seconds(2.0)));
    assert_eq!(sim.rounds.len(), 2, "it is due");
    assert_told(&sim, SHELL, 1.0, 0.0);
    sim.run(seconds(20.0));
    assert!((11..=12).contains(&sim.rounds.len()), "{}", sim.rounds.len());
    sim.reload(every(seconds(300.0)));
    sim.run(seconds(200.0));
    assert!((11..=12).contains(&sim.rounds.len()), "{}", sim.rounds.len());
}

#[test]
fn switched_off_nothing_is_read_and_switched_on_it_begins_anew() {
    let mut sim = Sim::running(sampling());
    sim.host.run(SHELL, seconds(50.0));
    sim.run(SCAN_INTERVAL);
    sim.reload(usual());
    let rounds = sim.rounds.len();
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(sim.rounds.len(), rounds);
    sim.host.run(SHELL, seconds(100.0));
    sim.reload(sampling());
    sim.run(SCAN_INTERVAL);
    assert_eq!((sim.rounds.len(), recent(&sim, SHELL)), (rounds + 1, None));
    sim.host.run(SHELL, seconds(1.0));
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, SHELL, 1.0, 0.0);
}

#[test]
fn switched_off_in_the_middle_of_a_pass_it_makes_no_round_of_it() {
    let mut sim = Sim::running(sampling());
    passing::until_it_has_read(&mut sim, SHELL);
    let rounds = sim.rounds.len();
    sim.reload(usual());
    sim.reload(sampling());
    sim.run(SCAN_INTERVAL);
    for round in &sim.rounds[rounds..] {
        assert_eq!(round.samples.len(), sim.host.procs.len());
    }
}
