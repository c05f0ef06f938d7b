//! What happens between a job and those who had its process before: units of systemd, containers, other managers.

use crate::model::failure::Failure;
use crate::model::foreign::Ending;
use crate::model::{JobId, Pid};

#[derive(Clone, PartialEq, Debug)]
pub enum NeighbourRecord {
    /// Its limits stand on somebody else's group, where its process is alone.
    InPlace {
        job: JobId,
        group: String,
    },
    /// It was moved out of a unit, whose stop will end it.
    FromUnit {
        job: JobId,
        ending: Ending,
    },
    /// One who is none of the job's lives in the group where it is governed in place.
    Company {
        job: JobId,
        pid: Pid,
    },
    /// What stood on the group before stands again.
    GivenBack {
        job: JobId,
        group: String,
        why: &'static str,
    },
    /// The unit that it came from was stopped: it is ended as that would have ended it.
    UnitStopped {
        job: JobId,
        unit: String,
        signal: i32,
    },
    /// It outlived that, and the unit's patience.
    Outlived {
        job: JobId,
        unit: String,
        signal: i32,
    },
    SignalFailed {
        job: JobId,
        failure: Failure,
    },
}
