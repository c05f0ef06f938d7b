//! Random histories of a host: whatever happens in whatever order, once it is quiet the engine knows what is so, governs
//! all that it should and nothing else, and waits for nothing.

use super::chance::{self, BLOCKED, Step};
use super::governor::{failure, group_of};
use super::host::OWN;
use super::policies::{policy, rule};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy, RetryPolicy};
use crate::engine::input::Input;
use crate::engine::table::Standing;
use crate::model::Pid;
use crate::model::record::{Record, SourceRecord, Step as At};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// Policies to start with and to change between. Retries go on for longer than any history refuses.
fn chosen(which: u8, poll_only: bool) -> Policy {
    let blocked = || Filters { blocked_uids: [BLOCKED].into(), ..Filters::default() };
    let late = || Filters { min_runtime: Some(Duration::from_secs(2)), ..blocked() };
    let rules = match which {
        0 => vec![rule("ffmpeg", blocked()), rule("gst-launch-1.0", blocked())],
        1 => vec![rule("ffmpeg", blocked())],
        2 => vec![rule("ffmpeg", late()), rule("gst-launch-1.0", blocked())],
        _ => {
            let mut other = rule("ffmpeg", blocked());
            other.limits = super::policies::limits(50);
            vec![other, rule("ls", late())]
        }
    };
    Policy {
        poll_only,
        retry: Some(RetryPolicy { max_attempts: 1_000, ..RetryPolicy::default() }),
        ..policy(rules)
    }
}

struct World {
    sim: Sim,
    poll_only: bool,
    which: u8,
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
    fn new(which: u8, poll_only: bool) -> World {
        let mut sim = Sim::new(chosen(which, poll_only));
        sim.host.last_pid = 116;
        World { sim, poll_only, which, blind: false, gap: false }
    }

    fn take(&mut self, step: Step) {
        self.blind |= ["ThreadExec", "Unreadable"].iter().any(|kind| format!("{step:?}").contains(kind));
        let sim = &mut self.sim;
        match step {
            Step::Lose => sim.host.queue.losing = sim.host.queue.listening,
            Step::Hold(what, on) => *sim.hold.nth(what) = on,
            Step::Round => drop(sim.round()),
            Step::Settle => sim.settle(),
            Step::Pass(ms) => sim.run(Duration::from_millis(ms)),
            Step::RefuseAttach(kind) => {
                let kinds = [
                    (At::Move, 19),
                    (At::Mkdir, 11),
                    (At::Verify, 0),
                    (At::Controllers, 16),
                    (At::Mkdir, 30),
                ];
                let (step, errno) = kinds[kind];
                sim.governor.refuse_attach.push_back(failure(step, errno));
            }
            Step::RefuseScan => sim.refuse_scans.push_back(failure(At::Proc, 24)),
            Step::RefuseJoin => sim.governor.refuse_join.push_back(failure(At::Move, 19)),
            Step::Restart => {
                self.gap |= missed_some(sim);
                sim.restart(chosen(self.which, self.poll_only));
            }
            Step::Reload(which) => {
                self.which = which;
                sim.next_policy = Some(Ok((Arc::new(chosen(which, self.poll_only)), Vec::new())));
                sim.handle(Input::Reload);
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
            Step::Steal(by) => {
                if let Some(pid) = chance::choose(&sim.host, by).filter(|&pid| sim.is_governed(pid)) {
                    sim.governor.steal(pid, "/somebody-elses", &mut sim.host);
                }
            }
            Step::Overwrite(by) | Step::Erase(by) => {
                let groups = &mut sim.governor.groups;
                let nth = usize::from(by) % groups.len().max(1);
                if let Some(group) = groups.values_mut().nth(nth) {
                    match step {
                        Step::Overwrite(_) => group.limits = super::policies::limits(999),
                        _ => group.noted = false,
                    }
                }
            }
            Step::Unreadable(by, on) => {
                if let Some(pid) = chance::choose(&sim.host, by) {
                    sim.host.proc(pid).unreadable = on;
                }
            }
            step => chance::on_host(&mut sim.host, &step),
        }
    }

    /// Everything that is held back comes, losses are told, and scans run until nothing is left to be found.
    fn quiet(&mut self) {
        let sim = &mut self.sim;
        sim.hold = Default::default();
        sim.host.queue.losing = false;
        sim.refuse_scans.clear();
        sim.governor.refuse_attach.clear();
        sim.governor.refuse_join.clear();
        (sim.governor.before_move, sim.governor.before_answer) = (None, None);
        for p in sim.host.procs.values_mut() {
            p.unreadable = false;
        }
        sim.run(Duration::from_secs(400));
    }

    fn check(&self) {
        let sim = &self.sim;
        super::invariants::check(sim, !missed_some(sim) && !self.blind && !self.gap);
        sim.assert_all_is_made_good_for();
        assert!(sim.engine.next_deadline().is_some());
        let policy = chosen(self.which, self.poll_only);
        let named = |name: &str| policy.rules.iter().any(|rule| &*rule.command == name);
        for (&pid, p) in sim.host.procs.iter().filter(|(_, p)| !p.zombie) {
            let argv0 = p.argv0.as_deref().map(|a| a.rsplit('/').next().unwrap_or(a));
            let target = [p.exe.as_deref(), argv0, Some(&p.comm)].into_iter().flatten().any(named);
            let parent = sim.engine.table.get(Pid(pid)).map(|entry| entry.ppid);
            // Somebody would not have it.
            let left = sim.engine.table.get(Pid(pid)).is_some_and(|entry| entry.standing == Standing::Left);
            if target && !left && p.uid != BLOCKED && parent != Some(Pid(OWN)) {
                assert!(sim.is_governed(pid), "{pid} is a target and free: {p:?}");
            }
        }
        for job in sim.engine.jobs.iter().filter(|job| job.is_held()) {
            let rule = policy.rules.iter().find(|rule| rule.command == job.command);
            let rule = rule.unwrap_or_else(|| panic!("no rule has this job: {job:?}"));
            assert_eq!(sim.governor.groups[job.id.as_str()].limits, rule.limits, "{job:?}");
            assert!(!job.main_alive || sim.host.procs[&job.main.pid.0].uid != BLOCKED, "{job:?}");
            for member in sim.host.members(&group_of(job.id.as_str())) {
                let p = &sim.host.procs[&member];
                let of_it = p.start == job.main.start.0 || p.lineage.contains(&job.main.start.0);
                assert!(of_it, "{member} is no descendant of {:?}", job.main);
            }
        }
    }
}

fn history(which: u8, poll_only: bool, steps: Vec<Step>) -> World {
    let mut world = World::new(which, poll_only);
    world.sim.start();
    for step in steps {
        world.take(step);
    }
    world.quiet();
    world
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn once_it_is_quiet_all_is_as_it_should_be(
        which in 0..4_u8,
        poll_only in prop::bool::weighted(0.2),
        steps in prop::collection::vec(chance::step(), 0..120),
    ) {
        history(which, poll_only, steps).check();
    }

    #[test]
    fn the_same_history_has_the_same_transcript(
        which in 0..4_u8,
        poll_only in prop::bool::weighted(0.2),
        steps in prop::collection::vec(chance::step(), 0..120),
    ) {
        let first = history(which, poll_only, steps.clone());
        let second = history(which, poll_only, steps);
        prop_assert!(first.sim.transcript == second.sim.transcript, "they differ");
    }

    #[test]
    fn a_stop_always_ends_and_is_said_once(
        which in 0..4_u8,
        steps in prop::collection::vec(chance::step(), 0..60),
        release_on_stop: bool,
    ) {
        let policy = Policy { release_on_stop, ..chosen(which, false) };
        let mut world = World::new(which, false);
        world.sim = Sim::new(policy);
        world.sim.start();
        steps.into_iter().for_each(|step| world.take(step));
        world.sim.handle(Input::Terminate("SIGTERM"));
        world.sim.run(Duration::from_secs(21));
        let said = world.sim.said(|record| matches!(record, Record::Stopped { .. }));
        prop_assert_eq!((said, world.sim.stopped), (1, 1));
    }
}
