//! Tells of a discovery when the command line has been read, and then of what was done about it: in this order, although
//! the attachment may be done first.

use super::Engine;
use super::effect::Effects;
use super::input::Description;
use super::jobs::{Job, Telling};
use crate::model::record::{Discovery, Record};
use crate::model::{Identity, Now};
use std::sync::Arc;

impl Engine {
    /// The command line is there: the discovery can be told, and the attachment if that was quicker.
    pub(super) fn described(&mut self, now: Now, main: Identity, about: Description, fx: &mut Effects) {
        let observed = !self.governs();
        let asked = |job: &&mut Job| !matches!(job.telling, Telling::Told);
        let Some(job) = self.jobs.get_mut(main).filter(asked) else { return };
        let (identity, command, id) = (main, Arc::clone(&job.command), job.id.clone());
        fx.record(Record::Discovered(Box::new(Discovery {
            identity,
            command: Arc::clone(&command),
            rule: job.found.rule,
            ppid: job.found.ppid,
            uid: job.found.uid,
            user: self.policy.users.get(&job.found.uid).cloned(),
            age: job.found.age,
            latency: job.found.latency(),
            cwd: about.cwd,
            exe: about.exe,
            argv: about.argv,
            argv_cut: about.argv_cut,
            cgroup: about.cgroup,
        })));
        self.discoveries += 1;
        let limits = job.limits.clone();
        let told = std::mem::replace(&mut job.telling, Telling::Told);
        if observed {
            if self.policy.dry_run {
                fx.record(Record::WouldAttach { identity, command, job: id, limits });
            }
            return;
        }
        fx.record(Record::Attaching { identity, command, job: id });
        match told {
            Telling::AskedAndHeld(feat) => job.tell_attached(&feat, fx),
            Telling::AskedAndAnswered(answer) => self.attached(now, *answer, fx),
            Telling::Asked | Telling::Told => {}
        }
    }

    /// Something else has become of it before its command line was read: the discovery is told first all the same.
    pub(super) fn tell_by_now(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        self.described(now, main, Description::default(), fx);
    }

    /// For one that was discovered earlier.
    pub(super) fn say_attaching(&self, main: Identity, fx: &mut Effects) {
        let told = |job: &&Job| matches!(job.telling, Telling::Told);
        if let Some(job) = self.jobs.get(main).filter(told) {
            let (command, job) = (Arc::clone(&job.command), job.id.clone());
            fx.record(Record::Attaching { identity: main, command, job });
        }
    }
}
