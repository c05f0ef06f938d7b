//! Why targets are not governed: what kept each of them out, from the decision until the next one about it. It holds one
//! entry for a target that is left alone and none for anybody else.

use super::Engine;
use super::table::Standing;
use crate::model::explanation::MovedOut;
use crate::model::record::MatchedBy;
use crate::model::snapshot::Ungoverned;
use crate::model::{JobId, Pid};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) struct Aside {
    pub command: Arc<str>,
    pub rule: MatchedBy,
    pub why: Why,
}

#[derive(Clone, Debug)]
pub(super) enum Why {
    /// A filter refused it, in these words.
    Refused(String),
    /// It is not old enough; a timer tells when it is.
    TooYoung,
    /// Others govern it.
    Foreign(String),
    /// It sat in a group below the jobs' folder already, whose job nobody knows.
    InGroup(JobId),
    /// Its attachment failed too often; the dead letters tell more.
    GivenUp(JobId),
    MovedOut(MovedOut),
    /// Its job had to end although it lives.
    JobOver(JobId),
    /// An operator released it, and not only one that it was forked of.
    Released(JobId),
    /// The service was stopping when it came.
    Stopping,
}

#[derive(Debug, Default)]
pub(super) struct Asides(HashMap<Pid, Aside>);

impl Asides {
    pub(super) fn get(&self, pid: Pid) -> Option<&Aside> {
        self.0.get(&pid)
    }

    pub(super) fn take(&mut self, pid: Pid) -> Option<Aside> {
        self.0.remove(&pid)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Pid, &Aside)> {
        self.0.iter().map(|(&pid, aside)| (pid, aside))
    }
}

impl Engine {
    /// For one that stands aside by now.
    pub(super) fn set_aside(&mut self, pid: Pid, aside: Aside) {
        let stands = |standing| matches!(standing, Standing::Target | Standing::Left | Standing::Released);
        if self.table.get(pid).is_some_and(|entry| stands(entry.standing)) {
            self.asides.0.insert(pid, aside);
        }
    }
}

impl Why {
    /// The job that it was in, or was to be in.
    pub(super) fn job(&self) -> Option<&JobId> {
        match self {
            Why::InGroup(job) | Why::GivenUp(job) | Why::JobOver(job) | Why::Released(job) => Some(job),
            Why::MovedOut(moved) => Some(&moved.job),
            Why::Refused(_) | Why::TooYoung | Why::Foreign(_) | Why::Stopping => None,
        }
    }

    /// Its place among the reasons that are counted; nothing where it is for the next start to govern it.
    pub(super) fn counts_as(&self) -> Option<Ungoverned> {
        Some(match self {
            Why::Refused(_) => Ungoverned::Filter,
            Why::TooYoung => Ungoverned::MinRuntime,
            Why::Foreign(_) | Why::InGroup(_) => Ungoverned::Foreign,
            Why::GivenUp(_) => Ungoverned::DeadLetter,
            Why::MovedOut(_) | Why::JobOver(_) => Ungoverned::MovedOut,
            Why::Released(_) => Ungoverned::Released,
            Why::Stopping => return None,
        })
    }
}
