//! The limits of all jobs together, on the group above them. Only what the policy limits there, or did, is ours: what
//! somebody else limits on that group stays. It is noted on the group, so that a later start takes away what is gone.

use super::Governor;
use super::jobs::{Jobs, ready};
use super::note::words::{decode_limits, encode_limits};
use crate::model::record::{Failure, LimitDrift};
use crate::model::{LimitKey, Limits};
use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
use rustix::io::Errno;
use std::ffi::CStr;

const NAME: &CStr = c"user.ffrtmp.jobs";

/// More than the limits there are can fill.
const LONGEST: usize = 8192;

/// What was written to the group above the jobs.
#[derive(Clone, Debug, Default)]
pub(super) struct Total {
    pub(super) bound: Limits,
    /// Those of them that the kernel refused.
    pub(super) unheld: Vec<LimitKey>,
}

impl Governor {
    /// Those that the kernel refused are told; the rest is applied all the same.
    pub(super) fn limit_total(&mut self, limits: &Limits) -> Result<Vec<(LimitKey, Failure)>, Failure> {
        let jobs = ready(&self.jobs)?;
        let refused = jobs.bind_total(limits, &jobs.total.bound);
        let unheld = refused.iter().map(|(key, _)| *key).collect();
        if let Ok(jobs) = &mut self.jobs {
            jobs.total = Total { bound: limits.clone(), unheld };
            // What cannot be noted was said at the start.
            let _ = jobs.note_total();
        }
        Ok(refused)
    }

    pub(super) fn inspect_total(&self) -> Result<Vec<LimitDrift>, Failure> {
        Ok(ready(&self.jobs)?.drift_of_total())
    }
}

impl Jobs {
    /// What an earlier run has left there.
    pub(super) fn recall_total(&mut self) {
        let mut text = vec![0; LONGEST];
        let length = fgetxattr(&self.dir, NAME, &mut text[..]).unwrap_or_default();
        let bound = decode_limits(&text[..length]).unwrap_or_default();
        self.total = Total { bound, unheld: Vec::new() };
    }

    pub(super) fn note_total(&self) -> Result<(), Errno> {
        let text = encode_limits(&self.total.bound);
        fsetxattr(&self.dir, NAME, text.as_bytes(), XattrFlags::empty())
    }
}
