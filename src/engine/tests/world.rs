//! A host and a service that live through a history, and what must be so once it is quiet: everybody who should be is
//! governed, nobody else is, and whoever was left by the policy's word stays so.

use super::chance::{self, BLOCKED, REFUSALS, Step};
use super::governor::{failure, group_of};
use super::host::OWN;
use super::manner::Manner;
use super::sim::Sim;
use super::{invariants, sampled, story};
use crate::engine::breaker::Gate;
use crate::engine::input::{Change, Input, Order, Whom};
use crate::engine::table::{Place, Standing};
use crate::model::record::{Record, SourceRecord, Step as At};
use crate::model::{LimitKey, Overrides, Pid};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct World {
    pub sim: Sim,
    manner: Manner,
    /// Something happened after which a member may live in its group unknown: an orphan that execs from a thread is
    /// taken for a new process, and one that cannot be read has no known parent.
    blind: bool,
    /// An earlier run missed events.
    gap: bool,
}

fn missed_some(sim: &Sim) -> bool {
    let gap = |record: &Record| match record {
        Record::Source(source) => !matches!(source, SourceRecord::Live { .. }),
        _ => false,
    };
    sim.said(gap) > 0
}

impl World {
    /// So few pids that they come back all the time.
    pub(super) fn new(manner: Manner) -> World {
        let mut sim = Sim::new(manner.policy());
        sim.host.last_pid = 116;
        sim.follow();
        World { sim, manner, blind: false, gap: false }
    }

    pub(super) fn take(&mut self, step: Step) {
        self.blind |= ["ThreadExec", "Unreadable"].iter().any(|kind| format!("{step:?}").contains(kind));
        let sim = &mut self.sim;
        match step {
            Step::Lose => sim.host.queue.losing = sim.host.queue.listening,
            Step::Hold(what, on) => *sim.hold.nth(what) = on,
            Step::Round => drop(sim.round()),
            Step::Settle => sim.settle(),
            Step::Pass(ms) => sim.run(Duration::from_millis(ms)),
            Step::Sleep(ms) => sim.sleep(Duration::from_millis(ms)),
            Step::Run(by, ms) => {
                if let Some(pid) = chance::choose(&sim.host, by) {
                    sim.host.run(pid, Duration::from_millis(ms));
                }
            }
            Step::SetClock(seconds) => sim.host.wall_set_by = seconds * 1_000_000_000,
            Step::Restart(available) => self.restart(available),
            Step::Reload(which, restores) => {
                (self.manner.which, self.manner.restores) = (which, restores);
                self.manner.samples ^= which == 0;
                self.ask_for_reload();
            }
            Step::BadReload => {
                sim.handle(Input::PolicyLoaded(Box::new(Err("line 3: no".into()))));
            }
            Step::Meanwhile(step, early) => {
                let governor = &mut sim.governor;
                let slot = if early { &mut governor.before_move } else { &mut governor.before_answer };
                *slot = Some(Box::new(move |host| chance::on_host(host, &step)));
            }
            Step::Reorder(on) => sim.host.queue.reorder = on,
            Step::Unreadable(by, on) => {
                if let Some(pid) = chance::choose(&sim.host, by) {
                    sim.host.proc(pid).unreadable = on;
                }
            }
            Step::Steal(by) => {
                if let Some(pid) = chance::choose(&sim.host, by).filter(|&pid| sim.is_governed(pid)) {
                    sim.governor.steal(pid, "/somebody-elses", &mut sim.host);
                }
            }
            Step::Overwrite(by) | Step::Erase(by) | Step::Raze(by) => self.meddle(&step, by),
            Step::Order(what, of) => self.order(what, of),
            Step::RefuseAttach(..) | Step::RefuseScan | Step::RefuseJoin | Step::RefuseLimits => {
                self.refuse(&step);
            }
            Step::RefuseRelease | Step::RefuseSaves(_) | Step::Available => self.refuse(&step),
            step => chance::on_host(&mut sim.host, &step),
        }
    }

    fn restart(&mut self, available: bool) {
        story::check(&self.sim.records);
        self.gap |= missed_some(&self.sim);
        self.sim.governor.unavailable = (!available).then_some("no cgroup2 hierarchy is mounted");
        self.sim.restart(self.manner.policy());
    }

    fn ask_for_reload(&mut self) {
        self.sim.next_policy = Some(Ok((Arc::new(self.manner.policy()), Vec::new())));
        self.sim.handle(Input::Reload);
    }

    fn meddle(&mut self, step: &Step, by: u8) {
        let governor = &mut self.sim.governor;
        let nth = usize::from(by) % governor.groups.len().max(1);
        let Some((job, group)) = governor.groups.iter_mut().nth(nth) else { return };
        match step {
            Step::Overwrite(_) => group.limits = super::policies::limits(999),
            Step::Erase(_) => group.noted = false,
            _ => {
                let job = job.clone();
                governor.raze(&job, "/somebody-elses", &mut self.sim.host);
            }
        }
    }

    /// About any job, or any process whatever it is.
    fn order(&mut self, what: u8, of: u8) {
        let engine = &self.sim.engine;
        let jobs: Vec<_> = engine.jobs.iter().map(|job| job.id.clone()).collect();
        let process = || Whom::Pid(Pid(chance::choose(&self.sim.host, of).unwrap_or(OWN)));
        let nth = usize::from(of) % jobs.len().max(1);
        let whom = jobs.get(nth).cloned().filter(|_| of < 200).map_or_else(process, Whom::Job);
        let quota = Overrides::from([(LimitKey::CpuQuota, of.into())]);
        self.sim.order(match what {
            0 => Order::Retry(None),
            1 => Order::Retry(Some(whom)),
            2 => Order::Release(whom),
            3 => Order::Set(whom, Change::Reset),
            _ => Order::Set(whom, Change::To(quota)),
        });
    }

    /// Each order has its answer, and none has two.
    pub(super) fn all_is_answered(&self) {
        let answered: Vec<_> =
            (1..=self.sim.ordered).filter(|&ticket| self.sim.answer_to(ticket).is_none()).collect();
        assert!(answered.is_empty(), "never answered: {answered:?}");
        assert!(!self.sim.engine.carries_out_orders());
    }

    fn refuse(&mut self, step: &Step) {
        let sim = &mut self.sim;
        match *step {
            Step::RefuseAttach(kind, times) => {
                let (step, errno) = REFUSALS[kind];
                sim.governor.refuse_attach.extend((0..times).map(|_| failure(step, errno)));
            }
            Step::RefuseScan => sim.refuse_scans.push_back(failure(At::Proc, 24)),
            Step::RefuseLimits => sim.governor.refuse_limits.push_back(failure(At::LimitWrite, 22)),
            Step::RefuseJoin => sim.governor.refuse_join.push_back(failure(At::Move, 19)),
            Step::RefuseRelease => sim.governor.refuse_release.push_back(failure(At::Rmdir, 16)),
            Step::RefuseSaves(on) => sim.refuse_saves = on.then_some("no space"),
            _ => sim.governor.unavailable = None,
        }
    }

    /// Everything that is held back comes, nothing is refused any more, and scans run until nothing is left to be found.
    pub(super) fn quiet(&mut self) {
        let sim = &mut self.sim;
        sim.hold = Default::default();
        sim.host.queue.losing = false;
        sim.refuse_scans.clear();
        sim.refuse_saves = None;
        let governor = &mut sim.governor;
        governor.unavailable = None;
        (governor.before_move, governor.before_answer) = (None, None);
        let refusals = [
            &mut governor.refuse_attach,
            &mut governor.refuse_join,
            &mut governor.refuse_release,
            &mut governor.refuse_limits,
        ];
        refusals.into_iter().for_each(std::collections::VecDeque::clear);
        for p in sim.host.procs.values_mut() {
            p.unreadable = false;
        }
        sim.run(Duration::from_secs(400));
        let refused = sim.said(|record| matches!(record, Record::LimitsRefused { .. })) > 0;
        if refused || sim.engine.letters.iter().next().is_some() {
            self.ask_for_reload(); // nobody else revives what was given up
            self.sim.run(Duration::from_secs(60));
        }
    }

    pub(super) fn check(&mut self) {
        self.is_in_order();
        self.explains_everybody();
        self.leaves_what_it_left();
        self.takes_the_next();
    }

    fn is_in_order(&self) {
        let sim = &self.sim;
        story::check(&sim.records);
        invariants::check(sim, !missed_some(sim) && !self.blind && !self.gap);
        sim.assert_all_is_made_good_for();
        assert!(sim.engine.next_deadline().is_some_and(|at| at.0 > sim.host.now));
        self.nobody_is_forgotten();
        self.nobody_else_is_held();
        self.all_is_answered();
        sampled::check(sim);
        sim.assert_followed();
    }

    /// Who belongs to a job, or would if anything could be governed.
    fn is_taken(&self, pid: u32) -> bool {
        let known = self.sim.engine.table.get(Pid(pid)).is_some_and(|entry| entry.job.is_some());
        self.sim.is_governed(pid) || self.manner.dry_run && known
    }

    fn nobody_is_forgotten(&self) {
        let sim = &self.sim;
        let policy = self.manner.policy();
        let named = |name: &str| policy.rules.iter().any(|rule| &*rule.command == name);
        for (&pid, p) in sim.host.procs.iter().filter(|(_, p)| !p.zombie) {
            let argv0 = p.argv0.as_deref().map(|a| a.rsplit('/').next().unwrap_or(a));
            let target = [p.exe.as_deref(), argv0, Some(&p.comm)].into_iter().flatten().any(named);
            let parent = sim.engine.table.get(Pid(pid)).map(|entry| entry.ppid);
            let left = self.left().contains(&(pid, p.start)); // somebody would not have it
            if target && !left && p.uid != BLOCKED && parent != Some(Pid(OWN)) {
                let entry = sim.engine.table.get(Pid(pid));
                let apart = entry.is_some_and(|entry| entry.place == Place::Apart && entry.forked);
                assert!(self.is_taken(pid) || apart, "{pid} is a target and free: {p:?} {entry:?}");
            }
        }
    }

    fn nobody_else_is_held(&self) {
        let sim = &self.sim;
        let policy = self.manner.policy();
        assert!(!self.manner.dry_run || sim.governor.groups.is_empty(), "{:?}", sim.governor);
        for job in sim.engine.jobs.iter().filter(|job| job.is_held()) {
            let rule = policy.rules.iter().find(|rule| rule.command == job.command);
            let rule = rule.unwrap_or_else(|| panic!("no rule has this job: {job:?}"));
            let stands = sim.governor.groups[job.id.as_str()].limits.clone();
            let overwritten = !policy.restore_on_drift && stands == super::policies::limits(999);
            assert!(stands == job.set.over(&rule.limits) || overwritten, "{stands:?} {job:?}");
            let noted = &sim.governor.groups[job.id.as_str()].note;
            assert_eq!((&noted.limits, &noted.set), (&job.limits, &job.set), "{job:?}");
            assert!(!job.main_alive || sim.host.procs[&job.main.pid.0].uid != BLOCKED, "{job:?}");
            for member in sim.host.members(&group_of(job.id.as_str())) {
                let p = &sim.host.procs[&member];
                let of_it = p.start == job.main.start.0 || p.lineage.contains(&job.main.start.0);
                // Of a pid that came back unheard of nobody knows at once that its children are not the former owner's.
                assert!(of_it || self.gap || missed_some(sim), "{member} is no descendant of {:?}", job.main);
            }
        }
    }

    /// The answer is the truth, whoever is asked about.
    fn explains_everybody(&mut self) {
        let unsure = self.blind || self.gap || missed_some(&self.sim) || self.manner.dry_run;
        for pid in self.sim.host.procs.keys().copied().collect::<Vec<_>>() {
            let told = self.sim.explain(pid);
            let state = told["state"].as_str().expect("a word");
            let governed = matches!(state, "governed" | "member");
            assert!(unsure || governed == self.sim.is_governed(pid) || state == "zombie", "{told:#}");
            let matches =
                told["tried"].as_array().expect("a list").iter().any(|tried| tried["matches"] == true);
            assert!(unsure || !matches || state != "not_a_target", "{told:#}");
            assert_ne!(state, "attaching", "all is quiet: {told:#}");
        }
    }

    /// Those that somebody moved out or released, and that stay where they are.
    fn left(&self) -> BTreeSet<(u32, u64)> {
        let stays = |standing| matches!(standing, Standing::Left | Standing::Released);
        let left = self.sim.engine.table.pids(|_, entry| stays(entry.standing)).into_iter();
        left.map(|pid| (pid.0, self.sim.host.procs[&pid.0].start)).collect()
    }

    fn leaves_what_it_left(&mut self) {
        let before = self.left();
        self.sim.run(Duration::from_secs(100));
        assert_eq!(self.left(), before);
    }

    /// What was refused once does not stand in anybody's way any more, and it is well.
    fn takes_the_next(&mut self) {
        let next = self.sim.start_program("ffmpeg");
        self.sim.run(Duration::from_secs(30));
        assert!(self.is_taken(next), "{next} {:?}", self.sim.records);
        assert_eq!(self.sim.engine.breakers.gate(), Gate::Free);
        assert!(self.sim.engine.vitals.is_well(), "{:?}", self.sim.records);
        invariants::check(&self.sim, false);
    }
}
