//! The folder in which the jobs' groups stand, held open: what a path of /proc says about it, and how one of its
//! groups is opened.

use super::known::Known;
use super::mount::Mount;
use super::network::Network;
use super::total::Total;
use super::{failure, files};
use crate::model::record::{Failure, Step};
use crate::model::{JobId, LimitKey};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

#[derive(Debug)]
pub(super) struct Jobs {
    pub(super) mount: Mount,
    pub(super) top: OwnedFd,
    /// `<root>/jobs`.
    pub(super) dir: OwnedFd,
    /// The same as a path, for people.
    pub(super) path: String,
    /// The same as /proc/PID/cgroup shows it, with a slash at its end.
    pub(super) shown: Vec<u8>,
    /// As above, of `<root>`.
    pub(super) shown_root: Vec<u8>,
    pub(super) holding: Vec<LimitKey>,
    /// Where network limits can hold.
    pub(super) network: Option<Network>,
    pub(super) known: BTreeMap<JobId, Known>,
    pub(super) total: Total,
    /// The groups of others in which jobs are governed in place.
    pub(super) places: BTreeMap<Vec<u8>, JobId>,
}

/// Where the governor may not yet, or not any more, act.
pub(super) fn ready(jobs: &Result<Jobs, String>) -> Result<&Jobs, Failure> {
    jobs.as_ref().map_err(|why| failure(Step::Mkdir, Errno::NODEV, "", why.as_str()))
}

impl Jobs {
    /// The job in whose group, or below whose group, this group lies.
    pub(super) fn job_at(&self, shown: &[u8]) -> Option<JobId> {
        let Some(below) = shown.strip_prefix(&self.shown[..]) else { return self.in_place_at(shown) };
        let name = below.split(|&b| b == b'/').next()?;
        Some(JobId::found(std::str::from_utf8(name).ok()?))
    }

    /// The group of a job, as /proc/PID/cgroup shows it.
    pub(super) fn shown_of(&self, job: &JobId) -> Vec<u8> {
        [&self.shown, job.as_str().as_bytes()].concat()
    }

    pub(super) fn path_of(&self, job: &JobId) -> String {
        format!("{}/{job}", self.path)
    }

    /// Opens a job's group. A job's name comes from files, too: it must not lead anywhere else.
    pub(super) fn open(&self, job: &JobId) -> Result<OwnedFd, Errno> {
        let name = job.as_str();
        if name.contains('/') || name.starts_with('.') || name.is_empty() {
            return Err(Errno::INVAL);
        }
        files::open_folder(&self.dir, name)
    }

    pub(super) fn holds(&self, key: LimitKey) -> bool {
        self.holding.contains(&key)
    }
}
