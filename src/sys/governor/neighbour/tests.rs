//! Which word of the policy counts for whom.

use super::*;
use crate::model::{Glob, Pid, StartTime};

fn held(pid: u32) -> Held {
    let (pid, ppid) = (Pid(pid), Pid(1));
    Held { pid, start: StartTime(1), ppid, dead: false, kernel_thread: false, pidfd: None }
}

#[test]
fn all_that_is_somebody_elses_is_done_with_as_usual_and_units_are_by_their_names() {
    let units =
        [("web.service", Manner::Leave), ("*.service", Manner::InPlace), ("session-*", Manner::Leave)];
    let units = units.map(|(name, manner)| (Glob::new(name), manner)).into();
    let foreign = Foreign { usual: Manner::Move, units };
    let only_usual = Foreign { usual: Manner::Leave, units: Vec::new() };
    let service = Service { main: Some(Pid(7)), ending: None };
    for (foreign, is_managed, unit, service, pid, expected) in [
        (&foreign, false, Some("web.service"), Some(&service), 7, Manner::Leave),
        (&foreign, false, Some("x.service"), Some(&service), 7, Manner::InPlace),
        (&foreign, false, Some("session-3.scope"), None, 7, Manner::Leave),
        (&foreign, true, Some("docker-1.scope"), None, 7, Manner::Move),
        (&only_usual, true, None, None, 7, Manner::Leave),
        (&only_usual, false, Some("web.service"), Some(&service), 8, Manner::Leave),
        (&only_usual, false, Some("web.service"), Some(&service), 7, Manner::Auto),
        (&only_usual, false, Some("session-3.scope"), None, 7, Manner::Auto),
        (&only_usual, false, None, None, 7, Manner::Auto),
    ] {
        let found = manner(foreign, is_managed, unit, service, &held(pid));
        assert_eq!(found, expected, "{is_managed} {unit:?} {pid}");
    }
}
