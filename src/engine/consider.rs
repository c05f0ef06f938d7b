//! From "something happened to this process" to a decision about it: look → name → rule → filters.
//! Ancestors are decided first, so that a target and what it starts become one job, not two.

use super::Engine;
use super::aside::{Aside, Why};
use super::deadlines::Timer;
use super::effect::{Effect, Effects, Wants};
use super::filters::{self, Facts, Verdict};
use super::input::Look;
use super::matcher;
use super::nameless::Nameless;
use super::table::{Entry, Standing};
use crate::config::policy::{Policy, Rule};
use crate::model::record::{MatchedBy, Record};
use crate::model::{FileName, Identity, Mono, Now, Pid};
use std::sync::Arc;

/// What a policy's filters make a look read.
pub(super) fn wants_of(policy: &Policy) -> Wants {
    let any = |asks: fn(&Rule) -> bool| policy.rules.iter().any(asks);
    Wants {
        cwd: any(|rule| !rule.filters.allowed_dirs.is_empty() || !rule.filters.blocked_dirs.is_empty()),
        parent_exe: any(|rule| {
            !rule.filters.allowed_parents.is_empty() || !rule.filters.blocked_parents.is_empty()
        }),
    }
}

/// The nearest ancestor that matters for a process's own job.
enum Above {
    Governed(Identity),
    Undecided(Pid),
    /// A target that has come of age by now, which nobody has told it yet.
    Due(Pid),
    Nobody,
}

impl Engine {
    /// Looks at a process, again if need be; what was found out before is void. Members of a job are not asked about.
    pub(super) fn consider(&mut self, pid: Pid, for_scan: bool, fx: &mut Effects) {
        let Some(entry) = self.table.get(pid).filter(|entry| self.is_open(pid, entry)) else { return };
        if matches!(entry.standing, Standing::Target | Standing::Member) {
            self.deadlines.clear(Timer::Mature(pid, entry.serial));
        }
        let later = self.scan.is_incomplete();
        let for_scan = for_scan || later || entry.standing.is_for_scan();
        self.naming.remove(&pid);
        self.stand(pid, Standing::Undecided { for_scan }, fx);
        if later {
            self.scan.met.insert(pid);
        } else {
            self.look_at(pid, fx);
        }
    }

    pub(super) fn look_at(&mut self, pid: Pid, fx: &mut Effects) {
        if let Some(entry) = self.table.get_mut(pid) {
            entry.looks += 1;
            fx.want(Effect::Look { pid, wants: self.wants });
        }
    }

    pub(super) fn looked(&mut self, now: Now, pid: Pid, look: Option<&Look>, fx: &mut Effects) {
        let Some(entry) = self.table.get_mut(pid) else { return };
        entry.looks = entry.looks.saturating_sub(1);
        let Some(look) = look else { return self.looked_too_late(now, pid, fx) };
        let seen = &look.seen;
        let forked = entry.forked;
        if !entry.is(seen.identity.start) {
            // Its predecessor's end went unseen: this is another process.
            self.replaced(now, pid, fx);
            self.meet(seen, false, fx);
        } else {
            let other_user = entry.uid != seen.uid;
            let job = entry.job;
            self.learn(seen, fx);
            if let Some(job) = job.and_then(|main| self.jobs.get_mut(main)) {
                job.recheck |= other_user && job.main == seen.identity; // its event will be older than this look
            }
        }
        self.table.adopt(pid);
        let Some(entry) = self.table.get(pid).filter(|entry| entry.looks == 0) else { return };
        match (entry.job, entry.standing) {
            // It was taken for its parent's kind, and no event told that it is another program by now.
            (Some(main), Standing::Member) if forked && !entry.forked && !self.is_main(pid, main) => {
                return self.ask_for_itself(pid, fx);
            }
            (Some(main), Standing::Member) => return self.rechecked(now, main, look, fx),
            _ if seen.zombie => return self.died(now, pid, fx),
            (None, _) if self.orders.attachments.contains_key(&pid) => {
                return self.take_as_told(now, look, fx);
            }
            (_, Standing::Undecided { .. }) => {}
            _ => return, // asked for before it was decided otherwise
        }
        let parents_job = self.table.ancestors(pid).next().and_then(|(_, parent)| parent.job);
        let (ppid, for_scan) = (entry.ppid, entry.standing.is_for_scan());
        if let Some(main) = parents_job.or(entry.job).filter(|&main| self.is_bound(pid, main)) {
            return self.enroll(pid, main, fx);
        }
        if let Some(job) = self.was_let_go(seen) {
            return self.let_go(pid, &job, fx);
        }
        let cannot_match = seen.kernel_thread || self.policy.rules.is_empty();
        if cannot_match || pid == self.own || ppid == self.own {
            return self.falls_to(pid, Standing::Plain, fx);
        }
        let policy = Arc::clone(&self.policy);
        match look.exe.filter(|exe| !exe.is_cut()).and_then(|exe| matcher::by_name(&policy, exe.as_bytes())) {
            Some(rule) => self.decide(now, rule, MatchedBy::Exe, look, fx),
            None => {
                // Who starts a target by another executable's name mostly shows it in comm, too: a link, a script. Of
                // the rest most are gone before anybody need ask what else they were called.
                let soon = for_scan || matcher::by_comm(&policy, &seen.comm, true).is_some();
                self.naming.insert(pid, Nameless::of(look));
                fx.want(Effect::ReadName { pid, soon });
            }
        }
    }

    /// Whether the answer to `ReadName` would still change anything.
    pub fn awaits_name(&self, pid: Pid) -> bool {
        self.naming.contains_key(&pid)
    }

    /// The first argument's name has been read. An answer older than the last look belongs to an earlier question.
    pub(super) fn named(
        &mut self,
        now: Now,
        pid: Pid,
        read_at: Mono,
        argv0: Option<&FileName>,
        fx: &mut Effects,
    ) {
        if self.naming.get(&pid).is_none_or(|nameless| !nameless.is_answered(read_at)) {
            return;
        }
        let Some(nameless) = self.naming.remove(&pid) else { return };
        let (start, comm) = (nameless.seen.identity.start, nameless.seen.comm);
        if self.table.get(pid).is_none_or(|e| !e.is(start) || !e.is_undecided()) {
            return;
        }
        let policy = Arc::clone(&self.policy);
        match matcher::by_argv0_or_comm(&policy, argv0, nameless.exe_known, &comm) {
            Some((rule, by)) => self.decide(now, rule, by, &nameless.into_look(), fx),
            None => self.falls_to(pid, Standing::Plain, fx),
        }
    }

    /// It falls under a rule: is it taken, and now?
    fn decide(&mut self, now: Now, rule: &Rule, by: MatchedBy, look: &Look, fx: &mut Effects) {
        let pid = look.seen.identity.pid;
        if self.jobs.get(look.seen.identity).is_some() {
            return self.enroll(pid, look.seen.identity, fx); // it was left, and its own job goes on without it
        }
        match self.above(now, pid) {
            Above::Governed(main) if self.is_bound(pid, main) => return self.enroll(pid, main, fx),
            above @ (Above::Undecided(ancestor) | Above::Due(ancestor)) => {
                if matches!(above, Above::Due(_)) {
                    self.consider(ancestor, false, fx);
                }
                let for_scan = self.table.get(pid).is_some_and(|entry| entry.standing.is_for_scan());
                self.parked.entry(ancestor).or_default().push(pid);
                if self.awaits_name(ancestor) {
                    fx.want(Effect::ReadName { pid: ancestor, soon: true });
                }
                return self.stand(pid, Standing::Parked { for_scan }, fx);
            }
            Above::Governed(_) | Above::Nobody => {}
        }
        let (identity, command) = (look.seen.identity, Arc::clone(&rule.command));
        let aside = |why| Aside { command: Arc::clone(&rule.command), rule: by, why };
        if self.is_stopping() {
            self.falls_to(pid, Standing::Target, fx);
            return self.set_aside(pid, aside(Why::Stopping)); // the next start finds it
        }
        let Some(facts) = self.facts(look) else { return };
        match filters::judge(&rule.filters, &facts) {
            Verdict::Take => self.take(now, rule, by, None, look, fx),
            Verdict::Wait(left) => {
                let Some(serial) = self.table.get(pid).map(|entry| entry.serial) else { return };
                self.falls_to(pid, Standing::Target, fx);
                self.deadlines.set(Timer::Mature(pid, serial), look.seen.read_at + left);
                self.set_aside(pid, aside(Why::TooYoung));
                fx.record(Record::Waiting { identity, command, for_another: left });
            }
            Verdict::Refuse(check) => {
                let why = check.to_string();
                self.falls_to(pid, Standing::Target, fx);
                self.set_aside(pid, aside(Why::Refused(why.clone())));
                fx.record(Record::Ignored { identity, command, why });
            }
        }
    }

    fn above(&self, now: Now, pid: Pid) -> Above {
        for (ancestor, entry) in self.table.ancestors(pid) {
            match entry.job {
                _ if entry.is_undecided() => return Above::Undecided(ancestor),
                Some(main) => return Above::Governed(main),
                None if self.is_due(now, ancestor, entry) => return Above::Due(ancestor),
                None => {}
            }
        }
        self.job_above(pid).map_or(Above::Nobody, Above::Governed)
    }

    /// Its child may be asked about a moment before its own time is seen to have come.
    fn is_due(&self, now: Now, pid: Pid, entry: &Entry) -> bool {
        entry.standing == Standing::Target
            && self.deadlines.at(Timer::Mature(pid, entry.serial)).is_some_and(|at| at <= now.mono)
    }

    /// Filters see the parent as it was when the process was first seen.
    pub(super) fn facts<'l>(&self, look: &'l Look) -> Option<Facts<'l>> {
        let entry = self.table.get(look.seen.identity.pid)?;
        Some(Facts {
            uid: look.seen.uid,
            ppid: entry.ppid,
            parent_comm: entry.parent_comm,
            // That of its parent of today, which may be another one.
            parent_exe: look.parent_exe.as_ref().filter(|_| !entry.orphan),
            cwd: look.cwd.as_deref(),
            age: look.seen.age,
        })
    }
}
