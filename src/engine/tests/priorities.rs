//! What processes carry by themselves: whether they may be lowered is a matter of the rule, and what somebody could not
//! be given is said once.

use super::governor::failure;
use super::policies::{policy, rule};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::engine::effect::Attach;
use crate::engine::input::{Change, Order, Whom};
use crate::engine::tests::pid;
use crate::model::failure::Step;
use crate::model::record::{Failure, GovernanceRecord, Record};
use crate::model::{LimitKey, Limits, Overrides};

fn with(nice: i64, filters: Filters) -> Policy {
    let mut rule = rule("ffmpeg", filters);
    rule.limits = Limits::from([(LimitKey::Nice, nice)]);
    policy(vec![rule])
}

fn naming() -> Filters {
    Filters { allowed_uids: [0, 1000].into(), ..Filters::default() }
}

fn noted(sim: &Sim, main: u32) -> Attach {
    sim.governor.groups[&format!("auto-ffmpeg-{main}")].note.clone()
}

fn left() -> Failure {
    Failure {
        errno: 0,
        path: "nice".into(),
        detail: "it is lowered for nobody".into(),
        ..failure(Step::LimitWrite, 0)
    }
}

fn causes(sim: &Sim) -> Vec<String> {
    let said = sim.records.iter().filter_map(|record| match record {
        Record::Governance(GovernanceRecord::LimitCannotHold { cause, .. }) => Some(cause.clone()),
        _ => None,
    });
    said.collect()
}

#[test]
fn a_reload_that_names_users_lowers_who_is_held_already() {
    let mut sim = Sim::running(with(-5, Filters::default()));
    let main = sim.start_program("ffmpeg");
    assert!(!noted(&sim, main).names_users);
    sim.reload(with(-5, naming()));
    assert!(noted(&sim, main).names_users, "the limits are the same, and yet it is another policy");
    sim.reload(with(-5, Filters::default()));
    assert!(!noted(&sim, main).names_users);
    let named = Filters { only_allowed_users: true, allowed_users: [0, 1000].into(), ..Filters::default() };
    sim.reload(with(-5, named.clone()));
    assert!(noted(&sim, main).names_users);
    let young = sim.start_program("ffmpeg");
    assert!(noted(&sim, young).names_users, "nor does it matter when it came");
    sim.restart(with(-5, named));
    assert!(noted(&sim, main).names_users);
    sim.assert_consistent();
}

#[test]
fn what_somebody_could_not_be_given_is_said_once_whatever_met_it() {
    let mut sim = Sim::running(with(5, Filters::default()));
    sim.governor.refuse_limit = vec![(LimitKey::Nice, left())];
    sim.start_program("ffmpeg");
    let main = sim.start_program("ffmpeg");
    assert_eq!(causes(&sim), ["it is lowered for nobody"]);
    sim.governor.refused_later = vec![(LimitKey::Nice, left())];
    sim.reload(with(4, Filters::default()));
    assert_eq!(causes(&sim).len(), 1);
    sim.governor.refused_later = vec![(LimitKey::Nice, failure(Step::LimitWrite, 1))];
    let order = Order::Set(Whom::Pid(pid(main)), Change::To(Overrides::from([(LimitKey::Nice, -1)])));
    assert!(sim.obeyed(order).is_ok());
    assert_eq!(causes(&sim).len(), 2, "{:?}", causes(&sim));
    assert!(causes(&sim)[1].starts_with("write limit"), "{:?}", causes(&sim));
}
