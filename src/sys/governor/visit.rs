//! The governor of a command: it works below a root that may have an owner, makes jobs of its own there and lets all others
//! alone. What it makes bears a note like any other job, so the owner of today or tomorrow knows it.

use super::Governor;
use super::claim::Presence;
use super::jobs::ready;
use super::process::path;
use crate::engine::effect::Attach;
use crate::engine::input::{Outcome, Release};
use crate::model::process::base_name;
use crate::model::record::Failure;
use crate::model::{FileName, Identity, JobId, LimitKey, Made, Overrides, Pid};
use crate::sys::lock::Holder;
use rustix::fs::{readlinkat, rmdir};
use std::path::{Path, PathBuf};

/// What a visitor found.
#[derive(Debug)]
pub struct Visit {
    pub cannot_hold: Vec<(LimitKey, String)>,
    /// The service that owns the root, and where that is.
    pub owner: Option<(PathBuf, Holder)>,
    /// Nobody but us makes that root, or did.
    root_is_ours: bool,
    presence: Option<Presence>,
}

impl Governor {
    /// Makes ready to govern without becoming the owner. Where there is none, this is who clears away what is over.
    pub fn visit(&mut self, configured: Option<&Path>) -> Result<Visit, String> {
        self.visits = true;
        self.configured = configured.map(Path::to_path_buf);
        self.proc_is_ours()?;
        let root_is_ours = configured.is_none() || self.root_folder(configured, false).is_none();
        let presence = self.presence(configured);
        let set_up = self.set_up(configured)?;
        self.install(set_up.jobs);
        let owner = self.owner(configured);
        if owner.is_none() {
            self.survey();
        }
        let cannot_hold = set_up.cannot_hold.into_iter().map(|(key, why)| (key, why.to_string()));
        Ok(Visit { cannot_hold: cannot_hold.collect(), owner, root_is_ours, presence })
    }

    /// Where no job is left, and nobody else is there, what jobs are kept in goes, too.
    pub fn take_leave(&self, visit: &Visit) {
        let configured = self.configured.as_deref();
        let alone = match &visit.presence {
            Some(presence) => presence.ends_alone(),
            // An ordinary user below a group of root's may not lock its door.
            None => self.owner(configured).is_none(),
        };
        let Some((root, _)) = self.root_folder(configured, false).filter(|_| alone) else { return };
        // Who lives there, or keeps groups there, is in the way of it.
        if rmdir(root.join("jobs")).is_ok() && visit.root_is_ours {
            let _ = rmdir(root);
        }
    }

    /// Removes a job's group unless somebody lives in it; or, where it is `known` to the owner of the root, leaves that to him.
    pub fn clear_away(&mut self, job: &JobId, known: bool) {
        if !known || self.owner(self.configured.as_deref()).is_none() {
            // What cannot be removed now is met by whoever comes next.
            let _ = self.remove(job);
        }
    }

    /// The job whose group a process sits in.
    pub fn job_of(&self, pid: Pid) -> Option<JobId> {
        ready(&self.jobs).ok()?.job_at(&self.proc.cgroup(pid).ok()?)
    }

    pub fn has_job(&self, job: &JobId) -> bool {
        ready(&self.jobs).is_ok_and(|jobs| jobs.open(job).is_ok())
    }

    /// Makes a job of a process that runs, under this name or that of its executable.
    pub fn attach_now(&mut self, pid: Pid, name: Option<&str>, made: Made) -> Result<Outcome, Failure> {
        let Some(held) = self.proc.hold(pid)? else { return Ok(Outcome::Gone) };
        let comm = |pid| self.proc.stat(pid, |stat| FileName::new(stat.comm)).unwrap_or_default();
        let exe = readlinkat(&self.proc.dir, path(pid, "exe").c_str(), Vec::new());
        let own_name = exe.map_or_else(|_| comm(pid), |exe| FileName::new(base_name(exe.to_bytes())));
        let own_name = String::from_utf8_lossy(own_name.as_bytes()).into_owned();
        let attach = Attach {
            identity: Identity { pid, start: held.start },
            command: name.map_or(own_name, str::to_owned).into(),
            limits: made.limits(None),
            set: Overrides::default(),
            // Whoever gives an order means it.
            names_users: true,
            made: Some(made),
            parent: held.ppid,
            parent_name: comm(held.ppid),
            out_of: None,
            alone: false,
            foreign: Default::default(),
        };
        Ok(self.attach(&attach).0)
    }

    pub fn release_now(&mut self, job: &JobId) -> Result<Release, Failure> {
        self.release(job)
    }
}
