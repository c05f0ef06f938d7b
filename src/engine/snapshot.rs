//! The engine as others see it, at one moment.

use super::Engine;
use super::jobs::{Job, Phase as JobPhase};
use super::lifecycle::{Governance, Life};
use super::table::Standing;
use crate::model::snapshot::{GovernanceView, HealthView, JobState, JobView, Phase, Snapshot, Ungoverned};
use crate::model::{Identity, Now};
use crate::wire::event::What;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Engine {
    pub fn snapshot(&self, now: Now) -> Snapshot {
        let jobs = self.jobs.iter().map(|job| self.job_view(now, job)).collect();
        Snapshot { jobs, ..self.overview(now, 0) }
    }

    /// The same, of the first jobs that are governed alone: for those who ask often and want sums.
    pub fn overview(&self, now: Now, most: usize) -> Snapshot {
        let governed = || self.jobs.iter().filter(|job| job.is_held());
        Snapshot {
            now,
            boot_id: self.boot_id.clone(),
            phase: match self.life {
                Life::Starting { .. } | Life::Scanning => Phase::Starting,
                Life::Running => Phase::Running,
                Life::Stopping | Life::Saving | Life::Stopped => Phase::Stopping,
            },
            uptime: now.mono - self.vitals.began,
            source: self.source.view(),
            governance: self.governance_view(),
            health: self.health_view(now),
            last_scan: self.scan.ended_at,
            processes: self.table.len(),
            targets: self.policy.rules.iter().map(|rule| Arc::clone(&rule.command)).collect(),
            governed: governed().count(),
            usage: None,
            jobs: governed().take(most).map(|job| self.job_view(now, job)).collect(),
            ungoverned: self.ungoverned(),
            total_limits: self.total.limits.clone(),
            total_unheld: self.total_unheld(),
            not_holding: self.not_holding().into_iter().collect(),
            paused: self.breakers.tripped().collect(),
            dead_letters: self.letters.len(),
            top: None, // made by others
            drifts: self.drifts,
            overruns: self.source.overruns(),
            resyncs: self.source.resyncs(),
            events: self.heard,
            scanner: self.scanner_view(),
        }
    }

    /// Whether a process that was met has not ended since, as far as that is known.
    pub fn lives(&self, met: Identity) -> bool {
        let entry = self.table.get(met.pid).filter(|entry| entry.standing != Standing::Dead);
        entry.is_some_and(|entry| entry.start == Some(met.start))
    }

    fn governance_view(&self) -> GovernanceView {
        match &self.governance {
            Governance::Pending => GovernanceView::Pending,
            Governance::Ready => GovernanceView::Ready { root: self.root.clone() },
            Governance::Unavailable(why) => GovernanceView::Unavailable { why: why.clone() },
            Governance::Unwanted => GovernanceView::DryRun,
        }
    }

    fn health_view(&self, now: Now) -> HealthView {
        let (scan_failures, attach_failures) = self.vitals.failures();
        let (level, lasted, reasons) = self.vitals.standing(now.mono);
        HealthView { level, lasted, reasons, scan_failures, attach_failures }
    }

    pub(super) fn job_view(&self, now: Now, job: &Job) -> JobView {
        JobView {
            main: job.main,
            id: job.id.clone(),
            command: Arc::clone(&job.command),
            rule: job.found.rule,
            uid: job.found.uid,
            user: self.policy.users.get(&job.found.uid).cloned(),
            ppid: job.found.ppid,
            state: state(job),
            limits: job.limits.clone(),
            unheld: self.unheld_of(job),
            set: job.set.clone(),
            policy_limits: self.due(job).map(|due| due.limits),
            made: job.made.as_ref().map(|made| made.by),
            members: self.inside(job).count(),
            family: None, // asked for by few
            tree: job.tree,
            main_alive: job.main_alive,
            age: job.lived(now.mono),
            discovered_at: job.discovered_at,
            attached_at: job.attached_at,
            origin: job.origin.clone(),
            bond: job.bond.clone(),
            tries: job.tries.failed(),
            last_failure: job.tries.last().cloned(),
            suffered: job.toll.view(now.mono),
            usage: None, // read by others
        }
    }

    fn ungoverned(&self) -> BTreeMap<Ungoverned, usize> {
        let mut counts = BTreeMap::from(Ungoverned::ALL.map(|reason| (reason, 0)));
        let of_jobs = self.jobs.iter().filter_map(|job| match state(job) {
            JobState::Attaching => Some(Ungoverned::Attaching),
            JobState::Retrying { .. } => Some(Ungoverned::Retrying),
            JobState::Paused => Some(Ungoverned::Paused),
            JobState::Observed => Some(Ungoverned::Observed),
            JobState::Governed { .. } | JobState::Releasing | JobState::Ending => None,
        });
        for reason in of_jobs {
            *counts.entry(reason).or_default() += 1;
        }
        for reason in self.asides.iter().filter_map(|(_, aside)| aside.why.counts_as()) {
            *counts.entry(reason).or_default() += 1;
        }
        let released = self.table.count(|entry| entry.standing == Standing::Released);
        counts.insert(Ungoverned::Released, released);
        counts
    }

    /// For whoever asks how much is heard.
    pub(super) fn count(&mut self, what: &What) {
        let count = match what {
            What::Fork { .. } => &mut self.heard.fork,
            What::Exec { .. } => &mut self.heard.exec,
            What::Exit { .. } => &mut self.heard.exit,
            What::Uid { .. } => &mut self.heard.uid,
            What::Comm { .. } => &mut self.heard.comm,
            What::Ack { .. } | What::Other { .. } => &mut self.heard.other,
        };
        *count += 1;
    }
}

fn state(job: &Job) -> JobState {
    match job.phase {
        JobPhase::Attaching => JobState::Attaching,
        JobPhase::Backoff { until } => JobState::Retrying { at: until },
        JobPhase::Paused => JobState::Paused,
        JobPhase::Held { since } => JobState::Governed { since },
        JobPhase::Observed => JobState::Observed,
        JobPhase::Releasing => JobState::Releasing,
        JobPhase::Buried | JobPhase::Sought => JobState::Ending,
    }
}
