//! The breaker on a clock that jumps.

use super::*;

const POLICY: BreakerPolicy =
    BreakerPolicy { failures: 3, pause: Duration::from_secs(30), max_pause: Duration::from_secs(100) };

fn at(seconds: u64) -> Mono {
    Mono(0) + Duration::from_secs(seconds)
}

fn failure(step: Step, errno: i32) -> Failure {
    Failure { step, errno, path: String::new(), detail: String::new() }
}

#[test]
fn a_failure_of_one_process_is_no_cause() {
    for (step, errno) in
        [(Step::Pidfd, EINVAL), (Step::Move, EINVAL), (Step::Move, EACCES), (Step::Verify, 0)]
    {
        assert_eq!(cause(&failure(step, errno)), None, "{step:?} {errno}");
    }
    assert_eq!(cause(&failure(Step::Mkdir, EROFS)), Some(HostCause::ReadOnly));
    assert_eq!(cause(&failure(Step::Mkdir, EAGAIN)), Some(HostCause::Full));
    assert_eq!(cause(&failure(Step::Controllers, ENOENT)), Some(HostCause::Controllers));
    assert_eq!(cause(&failure(Step::Pidfd, EMFILE)), Some(HostCause::Descriptors));
}

#[test]
fn what_meets_all_opens_it_at_once_and_what_may_meet_one_at_the_third_in_a_row() {
    for cause in [HostCause::Full, HostCause::Layout, HostCause::Memory, HostCause::Descriptors] {
        let mut breakers = Breakers::default();
        let mut fail = || breakers.failed(at(0), cause, &POLICY);
        assert_eq!([fail(), fail(), fail()], [None, None, Some(POLICY.pause)]);
        assert_eq!(breakers.gate(), Gate::Shut);
    }
    for cause in [HostCause::ReadOnly, HostCause::Delegation, HostCause::Controllers] {
        let mut breakers = Breakers::default();
        assert!(breakers.failed(at(0), cause, &POLICY).is_some());
        assert_eq!(breakers.gate(), Gate::Shut);
    }
}

#[test]
fn a_success_between_starts_the_count_anew() {
    let mut breakers = Breakers::default();
    for _ in 0..10 {
        for _ in 0..2 {
            assert!(breakers.failed(at(0), HostCause::Full, &POLICY).is_none());
        }
        assert!(breakers.passed().is_empty(), "it was never open");
    }
    assert_eq!(breakers.gate(), Gate::Free);
}

#[test]
fn after_each_pause_one_probe_decides_and_pauses_grow_up_to_the_longest() {
    let mut breakers = Breakers::default();
    breakers.failed(at(0), HostCause::ReadOnly, &POLICY);
    let mut now = 0;
    for pause in [30, 60, 100, 100] {
        now += pause;
        assert_eq!(breakers.next(at(now - 1)), Some(at(now)));
        breakers.tick(at(now - 1));
        assert_eq!(breakers.gate(), Gate::Shut);
        breakers.tick(at(now));
        assert_eq!(breakers.gate(), Gate::Probe);
        breakers.probe_begins();
        assert_eq!(breakers.gate(), Gate::Shut, "one is enough");
        breakers.probe_ended();
        assert_eq!(breakers.failed(at(now), HostCause::ReadOnly, &POLICY), None, "known");
    }
    breakers.tick(at(now + 100));
    breakers.probe_begins();
    breakers.probe_ended();
    assert_eq!(breakers.passed(), [HostCause::ReadOnly]);
    assert_eq!((breakers.gate(), breakers.next(at(now))), (Gate::Free, None));
    // What comes later starts small again.
    assert_eq!(breakers.failed(at(now), HostCause::ReadOnly, &POLICY), Some(POLICY.pause));
}

#[test]
fn a_probe_that_told_nothing_leaves_room_for_another() {
    let mut breakers = Breakers::default();
    breakers.failed(at(0), HostCause::Delegation, &POLICY);
    breakers.tick(at(30));
    breakers.probe_begins();
    breakers.probe_ended(); // its process had ended
    assert_eq!(breakers.gate(), Gate::Probe);
    assert_eq!(breakers.next(at(31)), Some(at(61)), "it is looked for again");
}

#[test]
fn while_one_cause_pauses_another_is_not_probed() {
    let mut breakers = Breakers::default();
    breakers.failed(at(0), HostCause::Delegation, &POLICY);
    breakers.failed(at(20), HostCause::ReadOnly, &POLICY);
    breakers.tick(at(30));
    assert_eq!((breakers.gate(), breakers.next(at(30))), (Gate::Shut, Some(at(50))));
    breakers.tick(at(50));
    assert_eq!(breakers.gate(), Gate::Probe);
    assert_eq!(breakers.passed().len(), 2);
}
