//! What is found out about one process because somebody asked about it: more than any decision needs, read once, kept
//! nowhere.

use super::input::Look;
use crate::model::{JobId, Pid};

/// A job whose memory is compared with that of its processes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measured {
    pub job: JobId,
    pub members: Vec<Pid>,
}

/// What a look and the prober have brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub pid: Pid,
    /// `None`: there is no such process.
    pub look: Option<Look>,
    /// `None`: it could not be read in time.
    pub rest: Option<Rest>,
}

/// What may take its time to be read. All is unknown of a process that ends meanwhile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rest {
    /// The process that the number belongs to, another one if it is a thread's.
    pub process: Option<Pid>,
    /// The whole first argument.
    pub argv0: Option<Vec<u8>>,
    pub group: Option<String>,
    /// Bytes of its job's processes that are not charged to the job.
    pub outside_memory: Option<u64>,
}
