//! Which records the audit log holds: every fact about a process that was, or might have been, governed, and every change
//! in the service's ability to do so. Not what only repeats or announces such a fact. There is no "everything else" here,
//! so that whoever makes a new kind of record decides.

use crate::model::record::{Record, StateRecord};

pub(super) fn is_audited(record: &Record) -> bool {
    use Record as R;
    match record {
        R::Starting { .. } | R::Started | R::Slept { .. } | R::Source(_) | R::Governance(_) => true,
        R::Discovered(_) | R::WouldAttach { .. } | R::Ignored { .. } | R::Waiting { .. } => true,
        R::Left { .. } | R::AlreadyTracked { .. } => true,
        R::Attached { .. } | R::SocketsOutOfReach { .. } => true,
        R::Adopted { .. } | R::Joined { .. } | R::Stranger { .. } => true,
        R::PutOut { .. } | R::PutOutFailed { .. } => true,
        R::Vanished { .. } | R::AttachFailed { .. } | R::JoinFailed { .. } => true,
        R::GivenUp { .. } | R::Revived { .. } | R::Breaker(_) | R::Health { .. } => true,
        R::LimitsChanged { .. } | R::LimitsRefused { .. } | R::Drift { .. } => true,
        R::Hardship { .. } => true,
        R::Neighbour(_) => true,
        R::Exited { .. } | R::JobEnded { .. } | R::Released { .. } | R::ReleaseFailed { .. } => true,
        R::Reloaded { .. } | R::ReloadFailed { .. } | R::ConfigWarning { .. } => true,
        R::ScanFailed { .. } | R::State(StateRecord::Loaded { .. } | StateRecord::Trouble { .. }) => true,
        R::State(StateRecord::SavedAgain { .. } | StateRecord::SaveFailed { again: false, .. }) => true,
        R::Ordered { .. } | R::Stopping { .. } | R::Stopped { .. } => true,
        R::InitialScan | R::RetryStarted | R::Scanning | R::ScanComplete(_) | R::Found { .. } => false,
        R::Attaching { .. } | R::ReadStuck { .. } | R::State(StateRecord::Saved) => false,
        R::State(StateRecord::SaveFailed { again: true, .. }) => false,
        // It cannot tell of itself while it is not written; its gap line does, later.
        R::Audit(_) => false,
        // What is used is looked at; nobody is governed otherwise for it.
        R::Scanner(_) => false,
        R::Door(_) | R::Consumer(_) => false,
    }
}
