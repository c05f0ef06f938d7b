//! Sampling that is given up: for want of means, under overload, while events are lost. It always comes back, and
//! discovery never feels any of it.

use super::budget::{passes, run_using, running, seconds, shed, told};
use super::histories::config;
use super::host::SHELL;
use crate::config::policy::ScannerPolicy;
use crate::engine::effect::Depth;
use crate::engine::input::SourceRefusal;
use crate::model::record::{ScannerRecord as Told, ShedCause, Why};
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn what_no_interval_can_pay_for_is_shed_and_taken_up_again_when_it_is_cheap() {
    let mut sim = running();
    sim.host.pass_costs = seconds(3);
    sim.run(seconds(10));
    let told_of = told(&mut sim);
    assert!(matches!(
        told_of[..],
        [Told::Interval { .. }, Told::Shed { cause: ShedCause::Budget, pause }] if pause == seconds(400)
    ));
    sim.walks.clear();
    sim.run(seconds(395));
    assert_eq!((sim.walks.len(), passes(&mut sim, Depth::Sampling)), (39, 0));
    sim.host.pass_costs = Duration::from_millis(1);
    sim.run(seconds(20));
    let told_of = told(&mut sim);
    assert!(matches!(told_of[..], [Told::Resumed { .. }]), "{told_of:?}");
    sim.run(seconds(600));
    assert!(matches!(told(&mut sim)[..], [Told::Interval { why: Why::Room, .. }]));
    assert_eq!(shed(&sim), None);
}

#[test]
fn an_overloaded_service_finds_targets_and_samples_nothing() {
    let mut sim = running();
    run_using(&mut sim, seconds(11), 0.5);
    let cause = ShedCause::Overload;
    assert_eq!(told(&mut sim), [Told::Shed { cause, pause: seconds(30) }]);
    sim.walks.clear();
    run_using(&mut sim, seconds(3600), 0.5);
    assert_eq!(told(&mut sim), [], "one episode, said once");
    assert_eq!(shed(&sim), Some(cause));
    let steady = sim.walks.iter().filter(|walk| walk.depth == Depth::Steady).count();
    let tried = passes(&mut sim, Depth::Sampling);
    assert!(steady + tried >= 360 && (12..20).contains(&tried), "{steady} {tried}");
    let pid = sim.start_program("ffmpeg");
    sim.assert_own_job(pid, "ffmpeg");
    sim.records.clear();
    sim.run(seconds(311));
    let told = told(&mut sim);
    assert!(matches!(told[..], [Told::Resumed { after }] if after > seconds(3600)), "{told:?}");
}

#[test]
fn a_short_burst_is_no_overload() {
    let mut sim = running();
    sim.run(seconds(5));
    sim.host.own_cpu += seconds(2);
    sim.run(seconds(60));
    assert_eq!(told(&mut sim), []);
}

#[test]
fn while_events_are_lost_sampling_stands_back_for_the_scan_that_makes_good() {
    let mut sim = running();
    sim.run(seconds(15));
    sim.walks.clear();
    sim.host.queue.losing = true;
    let lost = sim.spawn(SHELL, "ffmpeg");
    sim.run(seconds(1));
    sim.assert_own_job(lost, "ffmpeg");
    let cause = ShedCause::EventsLost;
    assert_eq!(told(&mut sim), [Told::Shed { cause, pause: seconds(30) }]);
    assert_eq!(sim.walks.iter().map(|walk| walk.depth).collect::<Vec<_>>(), [Depth::Full]);
    sim.run(seconds(40));
    let told = told(&mut sim);
    assert!(matches!(told[..], [Told::Resumed { .. }]), "{told:?}");
}

#[test]
fn a_source_that_is_lost_for_good_is_no_reason_to_sample_nothing_for_good() {
    let mut sim = running();
    let why = "no more".to_owned();
    sim.refuse_source = Some(SourceRefusal { why, may_heal: false });
    sim.host.queue.losing = true;
    sim.spawn(SHELL, "ls");
    sim.run(seconds(60));
    assert_eq!(shed(&sim), None);
    sim.walks.clear();
    sim.run(seconds(100));
    assert_eq!(passes(&mut sim, Depth::Sampling), 10);
}

/// What befalls the service in a second of its life.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Costs(u64),
    Uses(f64),
    Loses,
    Lasts(u64),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => (0u64..20_000).prop_map(Fate::Costs),
        1 => (0u64..10_000_000).prop_map(Fate::Costs),
        3 => (0.0..1.0).prop_map(Fate::Uses),
        1 => Just(Fate::Loses),
        8 => (1u64..200).prop_map(Fate::Lasts),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(8), ..config() })]

    /// Over any span sampling takes its budget and one pass at most, whatever passes cost and whatever else befalls;
    /// discovery's scans come as ever; and when all is well again there are samples again, within an hour of the last.
    #[test]
    fn whatever_befalls_sampling_keeps_its_budget_and_comes_back(fates in prop::collection::vec(fate(), 1..80)) {
        let policy = ScannerPolicy::default();
        let mut sim = running();
        let mut uses = 0.0;
        for fate in fates {
            match fate {
                Fate::Costs(micros) => sim.host.pass_costs = Duration::from_micros(micros),
                Fate::Uses(cores) => uses = cores,
                Fate::Loses => {
                    sim.host.queue.losing = true;
                    sim.spawn(SHELL, "ls");
                }
                Fate::Lasts(time) => run_using(&mut sim, seconds(time), uses),
            }
        }
        sim.settle();
        let sampling: Vec<_> = sim.walks.iter().filter(|walk| walk.depth == Depth::Sampling).collect();
        for (first, from) in sampling.iter().enumerate() {
            let mut spent = 0.0;
            for (before, to) in sampling[first..].iter().zip(&sampling[first + 1..]) {
                spent += before.cost.as_secs_f64();
                let time = Duration::from_nanos(to.began - from.began).as_secs_f64();
                prop_assert!(spent <= time * policy.cpu_budget + 1e-5, "{spent} s in {time} s");
            }
        }
        for pair in sim.walks.windows(2) {
            prop_assert!(pair[1].began - pair[0].began <= 10_500_000_000);
        }
        sim.host.pass_costs = Duration::from_millis(1);
        sim.run(seconds(3600));
        prop_assert_eq!(shed(&sim), None);
        sim.walks.clear();
        sim.run(seconds(100));
        prop_assert_eq!(passes(&mut sim, Depth::Sampling), 10);
    }
}
