//! Every line of the errno table, met by an attachment: what the engine does about it, and that the process is governed
//! in the end wherever it can be.

use super::governor::failure;
use super::policies::usual;
use super::sim::Sim;
use crate::engine::failure::tests::TABLE;
use crate::model::failure::Class;
use crate::model::record::{Next, Record};
use std::time::Duration;

fn nexts(sim: &Sim) -> Vec<Next> {
    let next = |record: &Record| match record {
        Record::AttachFailed { next, .. } => Some(*next),
        _ => None,
    };
    sim.records.iter().filter_map(next).collect()
}

#[test]
fn each_is_met_as_its_class_says() {
    for &(step, errnos, class) in TABLE {
        for &errno in errnos {
            let refusal = failure(step, errno);
            let mut sim = Sim::running(usual());
            sim.governor.refuse_attach.push_back(refusal.clone());
            let pid = sim.start_program("ffmpeg");
            let (nexts, all) = (nexts(&sim), sim.said(|r| matches!(r, Record::Breaker(_))) == 1);
            let met = match class {
                Class::Gone => nexts.is_empty() && sim.said(|r| matches!(r, Record::Vanished { .. })) == 1,
                Class::Permanent if all => nexts == [Next::Paused],
                Class::Permanent => nexts == [Next::Never],
                _ => matches!(nexts[..], [Next::In(wait)] if wait < Duration::from_millis(1101)),
            };
            assert!(met, "{step:?} {errno}: {nexts:?} {:?}", sim.records);
            sim.assert_consistent();

            // Half a minute later it is governed, but for those that nobody would try again.
            sim.run(Duration::from_secs(31));
            let left = class == Class::Permanent && !all;
            assert_eq!(sim.is_governed(pid), !left, "{step:?} {errno}");
            sim.assert_consistent();
        }
    }
}
