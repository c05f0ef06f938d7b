//! What becomes of jobs of the simulated governor without the engine: by other people, by commands, by a crash.

use super::{Governor, Group, group_of};
use crate::engine::effect::Attach;
use crate::engine::tests::host::{self, Host};
use crate::engine::tests::{identity, pid, policies};
use crate::model::{JobId, Made, Overrides};

impl Governor {
    /// A process sits in its job's group, but the answer said that it could not be verified.
    pub(in crate::engine::tests) fn adrift(&mut self, main: u32, command: &str, host: &mut Host) {
        let identity = identity(main, host.procs[&main].start);
        let job = JobId::of(command, identity).to_string();
        let note = Attach {
            identity,
            command: command.into(),
            limits: policies::limits(200),
            set: Overrides::default(),
            names_users: false,
            made: None,
            parent: pid(host::SHELL),
            parent_name: Default::default(),
            out_of: None,
            alone: false,
            foreign: Default::default(),
        };
        let origin = host.procs[&main].group.clone();
        self.groups.insert(
            job.clone(),
            Group { limits: note.limits.clone(), note, noted: true, origin, bond: None },
        );
        self.put(main, &group_of(&job), host);
    }

    /// A release moved this one out and got no further.
    pub(in crate::engine::tests) fn put_back(&mut self, pid: u32, group: &str, host: &mut Host) {
        self.moves.remove(&(pid, host.procs[&pid].start));
        host.move_to(pid, group);
    }

    /// Somebody else moves all of a job's processes and removes the group.
    pub(in crate::engine::tests) fn raze(&mut self, job: &str, to: &str, host: &mut Host) {
        for pid in host.members(&group_of(job)) {
            self.steal(pid, to, host);
        }
        self.groups.remove(job);
        host.counts.remove(&group_of(job));
    }

    /// Somebody else moves a process.
    pub(in crate::engine::tests) fn steal(&mut self, pid: u32, to: &str, host: &mut Host) {
        self.moves.remove(&(pid, host.procs[&pid].start));
        host.move_to(pid, to);
    }

    /// A command starts a process in a group that it has made, and notes it.
    pub(in crate::engine::tests) fn run(
        &mut self,
        parent: u32,
        name: &str,
        made: Made,
        host: &mut Host,
    ) -> (u32, JobId) {
        let child = host.fork(parent);
        let job = JobId::run(name, identity(parent, host.procs[&parent].start));
        let origin = host.procs[&child].group.clone();
        let note = Attach {
            identity: identity(child, host.procs[&child].start),
            command: name.into(),
            limits: made.limits(None),
            set: Overrides::default(),
            names_users: true,
            made: Some(made),
            parent: pid(parent),
            parent_name: Default::default(),
            out_of: None,
            alone: false,
            foreign: Default::default(),
        };
        let group = Group { limits: note.limits.clone(), note, noted: true, origin, bond: None };
        self.groups.insert(job.to_string(), group);
        self.put(child, &group_of(job.as_str()), host);
        (child, job)
    }
}
