//! What the records of one run tell of a process must make sense in their order: first that it was found, then what was
//! done about it, nothing twice, and what came of it last.

use crate::model::record::GovernanceRecord::Unavailable;
use crate::model::record::{Answer, Drift, Record};
use crate::model::{Identity, JobId};
use std::collections::HashMap;

/// What has been told of a process that was found and is not over.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    attached: bool,
    /// It may be found anew: it has exited, though its job goes on, or it is asked again whether it is wanted.
    anew: bool,
}

#[derive(Debug, Default)]
struct Story {
    told: HashMap<Identity, Told>,
    of_job: HashMap<JobId, Identity>,
    /// The policy has changed, or attachments wait or are not made: who is not attached may be let go without a word.
    asks_anew: bool,
}

#[track_caller]
pub(super) fn check(records: &[Record]) {
    let mut story = Story::default();
    for (at, record) in records.iter().enumerate() {
        let so_far = || &records[..=at];
        assert!(story.goes_on(record).is_some(), "{record:?} does not follow from {:#?}", so_far());
    }
}

impl Story {
    /// `None`: that cannot be.
    fn goes_on(&mut self, record: &Record) -> Option<()> {
        match record {
            Record::Discovered(found) => {
                let before = self.told.insert(found.identity, Told::default());
                let anew = |told: Told| told.anew || self.asks_anew && !told.attached;
                before.is_none_or(anew).then_some(())
            }
            Record::Adopted { identity, job, .. } => {
                self.told.insert(*identity, Told { attached: true, anew: false });
                self.of_job.insert(job.clone(), *identity);
                Some(())
            }
            Record::Attaching { identity, .. } => self.told.get(identity).map(drop),
            Record::WouldAttach { identity, .. } => {
                self.asks_anew = true;
                self.told.get(identity).map(drop)
            }
            Record::Attached { identity, job, .. } => {
                self.of_job.insert(job.clone(), *identity);
                let told = self.told.get_mut(identity)?;
                (!std::mem::replace(&mut told.attached, true)).then_some(())
            }
            Record::AttachFailed { identity, .. } => {
                self.asks_anew = true;
                self.told.get(identity).filter(|told| !told.attached).map(drop)
            }
            Record::Hardship { job, .. } => self.told.get(self.of_job.get(job)?).map(drop),
            Record::Exited { identity, .. } => self.told.get_mut(identity).map(|told| told.anew = true),
            Record::Vanished { identity, .. }
            | Record::GivenUp { identity, .. }
            | Record::Left { identity, .. } => self.told.remove(identity).map(drop),
            Record::AlreadyTracked { identity } => {
                self.told.remove(identity);
                Some(())
            }
            Record::JobEnded { job } | Record::Released { job, .. } => {
                self.told.remove(self.of_job.get(job)?).map(drop)
            }
            Record::Ignored { identity, .. } | Record::Waiting { identity, .. } => {
                self.told.remove(identity).is_none_or(|told| !told.attached).then_some(())
            }
            Record::Drift { job, drift: Drift::Moved { pid, .. }, answer: Answer::Restored } => {
                let of = *self.of_job.get(job)?;
                let told = self.told.get_mut(&of)?;
                let whole = of.pid == *pid;
                (told.attached, told.anew) = (told.attached && !whole, told.anew || whole);
                Some(())
            }
            Record::Reloaded { .. } | Record::Breaker(_) | Record::Governance(Unavailable { .. }) => {
                self.asks_anew = true;
                Some(())
            }
            _ => Some(()),
        }
    }
}
