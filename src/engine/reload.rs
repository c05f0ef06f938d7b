//! A new policy, and what it means for those that are governed already: held under the rule of their command, or let go.
//! A change of a governed process's user asks the same question.

use super::attach::Afterwards;
use super::deadlines::Timer;
use super::effect::{Effect, Effects, Notice};
use super::input::{Look, Reloaded};
use super::jobs::Phase;
use super::lifecycle::{Life, targets};
use super::table::Standing;
use super::{Engine, consider, filters, matcher};
use crate::config::policy::{Policy, Rule};
use crate::model::record::Record;
use crate::model::{Identity, Now};
use std::sync::Arc;

/// Whether the configuration is being read. However often that is asked for meanwhile, it is read once more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Loading {
    #[default]
    No,
    UnderWay,
    Again,
}

impl Engine {
    pub(super) fn reload(&mut self, fx: &mut Effects) {
        match self.loading {
            _ if self.is_stopping() => {}
            Loading::No => {
                self.loading = Loading::UnderWay;
                self.announce(Notice::Reloading, fx);
                fx.want(Effect::LoadPolicy);
            }
            Loading::UnderWay | Loading::Again => self.loading = Loading::Again,
        }
    }

    /// Until the start is complete a reload is part of it: readiness is said once, at its end.
    pub(super) fn announce(&self, notice: Notice, fx: &mut Effects) {
        if self.life == Life::Running {
            fx.want(Effect::Notify(notice));
        }
    }

    pub(super) fn policy_loaded(&mut self, now: Now, loaded: Reloaded, fx: &mut Effects) {
        let is_last = !matches!(std::mem::take(&mut self.loading), Loading::Again if !self.is_stopping());
        if is_last {
            self.announce(Notice::Ready, fx);
            let errors = loaded.as_ref().err();
            let result = errors.map_or(Ok("the configuration is in force".to_owned()), |e| Err(e.clone()));
            self.answer_reloads(&result, fx);
        } else {
            self.loading = Loading::UnderWay;
            fx.want(Effect::LoadPolicy);
        }
        let (mut policy, warnings) = match loaded {
            Ok(loaded) => loaded,
            Err(errors) => return fx.record(Record::ReloadFailed { errors }),
        };
        for text in warnings.into_iter().chain(needs_restart(&self.policy, &policy)) {
            fx.record(Record::ConfigWarning { text });
        }
        let old = &self.policy;
        let fixed = Arc::make_mut(&mut policy);
        (fixed.poll_only, fixed.dry_run, fixed.receive_buffer) =
            (old.poll_only, old.dry_run, old.receive_buffer);
        (fixed.cgroup_root, fixed.state) = (old.cgroup_root.clone(), old.state.clone());
        fixed.favor_dynmods = old.favor_dynmods;
        self.wants = consider::wants_of(&policy);
        let old = std::mem::replace(&mut self.policy, policy);
        fx.record(Record::Reloaded { before: targets(&old), targets: targets(&self.policy) });
        self.say_what_is_missed(fx);
        self.limit_total(fx);
        self.settle_budget(now.mono, old.scanner.as_ref(), fx);
        self.judge_neighbours_anew(&old.foreign, fx);
        let mains: Vec<Identity> = self.jobs.iter().map(|job| job.main).collect();
        for main in mains {
            self.recheck_job(now, main, fx);
        }
        let asked = |standing| !matches!(standing, Standing::Released | Standing::Dead);
        self.change_trees(fx);
        for pid in self.table.pids(|_, e| e.job.is_none() && asked(e.standing)) {
            self.consider(pid, false, fx);
        }
        self.deadlines.set_by(Timer::Scan, now.mono + self.policy.scan_interval);
        self.touch(now);
    }

    /// Asks whether a governed process is still taken as it is.
    pub(super) fn recheck(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.main_alive) else { return };
        job.recheck = true;
        self.look_at(main.pid, fx);
    }

    /// The same for a whole job: what is left of one whose main process has ended is judged by its command alone.
    pub(super) fn recheck_job(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        if job.main_alive {
            return self.recheck(main, fx);
        }
        job.recheck = false;
        let phase = job.phase;
        match self.jobs.get(main).and_then(|job| self.due(job)) {
            Some(due) => self.limit(main, &due, fx),
            None if phase == Phase::Observed => self.dissolve(now, main, Afterwards::Forget, fx),
            None => self.release(main, "its command is no longer a target", fx),
        }
    }

    /// A governed process after a reload or a change of its uid: held under the rule of its command, or let go.
    pub(super) fn rechecked(&mut self, now: Now, main: Identity, look: &Look, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.main == look.seen.identity) else { return };
        // While it is being attached, or may have to be once more, the question stays open: it is asked again then.
        if !job.recheck || matches!(job.phase, Phase::Attaching | Phase::Buried | Phase::Sought) {
            return;
        }
        job.recheck = false;
        let (phase, made) = (job.phase, job.made.is_some());
        let policy = Arc::clone(&self.policy);
        let rule = matcher::by_name(&policy, job.command.as_bytes());
        let due = self.jobs.get(main).and_then(|job| self.due(job));
        let facts = self.facts(look);
        let refused =
            |rule: &Rule| facts.is_some_and(|facts| filters::refusal(&rule.filters, &facts).is_some());
        let due = match due {
            Some(_) if !made && rule.is_some_and(refused) => Err("a filter no longer takes it"),
            due => due.ok_or("its command is no longer a target"),
        };
        match (phase, due) {
            (Phase::Held { .. }, Ok(due)) => self.limit(main, &due, fx),
            (Phase::Held { .. }, Err(why)) => self.release(main, why, fx),
            (Phase::Observed, Ok(due)) => self.jobs.expect(main, &due),
            (Phase::Backoff { .. } | Phase::Paused, Ok(due)) => {
                self.jobs.expect(main, &due);
                self.try_again(now, main, fx);
            }
            (Phase::Backoff { .. } | Phase::Paused | Phase::Observed, Err(_)) => {
                self.dissolve(now, main, Afterwards::LookAgain, fx);
            }
            (Phase::Attaching | Phase::Releasing | Phase::Buried | Phase::Sought, _) => {}
        }
    }
}

/// Settings that a running service cannot change, each said once per reload that asks for it.
fn needs_restart(old: &Policy, new: &Policy) -> impl Iterator<Item = String> + use<> {
    let changed = [
        (old.poll_only != new.poll_only, "events.source"),
        (old.receive_buffer != new.receive_buffer, "events.buffer"),
        (old.cgroup_root != new.cgroup_root, "cgroup.root"),
        (old.favor_dynmods != new.favor_dynmods, "cgroup.favor_dynmods"),
        (old.state != new.state, "state"),
        (old.dry_run != new.dry_run, "dry_run"),
    ];
    changed
        .into_iter()
        .filter(|(changed, _)| *changed)
        .map(|(_, key)| format!("{key}: takes effect at the next restart"))
}
