//! The governor: the only writer of the cgroup file system. It carries out one task after the other and answers each;
//! it runs on a thread of its own (`worker`), because the kernel may let a move wait for 15 ms.

mod attach;
mod berth;
mod bind;
mod claim;
mod company;
mod controllers;
mod dynmods;
mod files;
mod foreign;
mod group;
mod holder;
mod homes;
mod homeward;
mod in_place;
mod inspect;
mod jobs;
mod join;
mod kept;
mod known;
mod limits;
mod line;
mod missing;
pub mod mount;
mod network;
mod neighbour;
pub mod note;
mod outlook;
pub mod pidfd;
mod prepare;
mod priorities;
mod process;
mod release;
mod root;
mod seat;
mod shift;
mod signal;
mod survey;
mod total;
pub mod tie;
mod tree;
mod trial;
mod visit;
mod warmth;
pub mod worker;

use crate::engine::effect::Task;
use crate::engine::input::{Attached, Join, Outcome, Reply};
use crate::model::record::{Failure, Step};
use crate::sys::clock;
use crate::sys::systemd::Manager;
use jobs::Jobs;
use process::Proc;
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use tie::Before;

pub use berth::Berth;
pub use missing::{Cause, Missing};
pub use outlook::{Outlook, processors};
pub use prepare::shows_groups;
pub use trial::Ground;
pub use visit::Visit;

/// Where the parts of the system are found; tests put folders of their own in their place.
#[derive(Clone, Debug)]
pub struct Roots {
    pub proc: PathBuf,
    /// `None`: the cgroup2 mount is looked up in mountinfo.
    pub cgroup: Option<PathBuf>,
    /// Holds `systemd/system` where systemd runs.
    pub run: PathBuf,
}

impl Default for Roots {
    fn default() -> Roots {
        Roots { proc: "/proc".into(), cgroup: None, run: "/run".into() }
    }
}

/// The answer to a task, and the pidfd of the process that it put into a job.
pub type Answer = (Reply, Option<OwnedFd>);

#[derive(Debug)]
pub struct Governor {
    roots: Roots,
    proc: Proc,
    boot: String,
    /// The root the operator asked for.
    configured: Option<PathBuf>,
    claim: Option<claim::Claim>,
    /// Never the root's owner: see `visit`.
    visits: bool,
    /// `Err`: why there is none; `Prepare` finds them.
    jobs: Result<Jobs, String>,
    foreign: foreign::Cache,
    warmth: warmth::Warmth,
    systemd: Manager,
}

impl Governor {
    pub fn new(roots: Roots) -> io::Result<Governor> {
        let proc = Proc::open(&roots.proc)?;
        // Without a boot id nothing of an earlier run is believed, and this run needs none.
        let boot = files::read_all(&proc.dir, c"sys/kernel/random/boot_id").unwrap_or_default();
        let boot = String::from_utf8_lossy(boot.trim_ascii()).into_owned();
        let jobs = Err("the cgroup hierarchy has not been looked for yet".into());
        let (foreign, systemd) = (foreign::Cache::default(), Manager::new(&roots.run));
        let warmth = warmth::Warmth::default();
        Ok(Governor {
            roots,
            proc,
            boot,
            configured: None,
            claim: None,
            visits: false,
            jobs,
            foreign,
            warmth,
            systemd,
        })
    }

    /// Does what the task says and answers.
    pub fn carry_out(&mut self, task: &Task) -> Answer {
        let mut pidfd = None;
        let reply = match task {
            Task::Prepare { policy } => Reply::Prepared(self.prepare(policy)),
            Task::Attach(attach) => {
                let (outcome, held) = self.attach(attach);
                pidfd = held;
                Reply::Attached(Box::new(Attached { identity: attach.identity, outcome }))
            }
            Task::Join { job, pid, born } => {
                Reply::Joined { job: job.clone(), pid: *pid, outcome: self.join(job, *pid, *born) }
            }
            Task::Inspect { job, members } => {
                Reply::Inspected { job: job.clone(), result: self.inspect(job, members) }
            }
            Task::LimitTotal { limits } => {
                Reply::TotalLimited { limits: limits.clone(), result: self.limit_total(limits) }
            }
            Task::InspectTotal => Reply::TotalInspected(self.inspect_total()),
            Task::SetLimits { job, limits, set, names_users, order } => Reply::LimitsSet {
                job: job.clone(),
                limits: limits.clone(),
                set: set.clone(),
                order: *order,
                result: self.set_limits(job, limits, (set, *names_users), order.is_some()),
            },
            Task::Release { job, why } => {
                Reply::Released { job: job.clone(), why, result: self.release(job) }
            }
            Task::Recognise { job, order } => {
                Reply::Recognised { job: job.clone(), order: *order, found: self.meet(job).map(Box::new) }
            }
            Task::PutOut { job, main } => {
                Reply::PutOut { job: job.clone(), result: self.put_out(job, *main) }
            }
            Task::Signal { job, signal } => {
                Reply::Signalled { job: job.clone(), result: self.signal(job, *signal) }
            }
            Task::Remove { job } => Reply::Removed { job: job.clone(), result: self.remove(job) },
        };
        if has_moved(&reply) {
            self.warmth.moved(clock::mono());
        }
        (reply, pidfd)
    }
}

fn has_moved(reply: &Reply) -> bool {
    match reply {
        Reply::Attached(answer) => matches!(answer.outcome, Outcome::Held { .. }),
        Reply::Joined { outcome, .. } => *outcome == Join::Moved,
        _ => false,
    }
}

/// The answer to a task that was given up: nothing is claimed to have been done.
fn refused(task: &Task, failure: Failure) -> Reply {
    match task {
        Task::Prepare { .. } => Reply::Prepared(Err(failure.detail)),
        Task::Attach(attach) => Reply::Attached(Box::new(Attached {
            identity: attach.identity,
            outcome: Outcome::Failed(failure),
        })),
        Task::Join { job, pid, .. } => {
            Reply::Joined { job: job.clone(), pid: *pid, outcome: Join::Failed(failure) }
        }
        Task::Inspect { job, .. } => Reply::Inspected { job: job.clone(), result: Err(failure) },
        Task::LimitTotal { limits } => Reply::TotalLimited { limits: limits.clone(), result: Err(failure) },
        Task::InspectTotal => Reply::TotalInspected(Err(failure)),
        Task::SetLimits { job, limits, set, order, .. } => Reply::LimitsSet {
            job: job.clone(),
            limits: limits.clone(),
            set: set.clone(),
            order: *order,
            result: Err(failure),
        },
        Task::Release { job, why } => Reply::Released { job: job.clone(), why, result: Err(failure) },
        Task::Recognise { job, order } => Reply::Recognised { job: job.clone(), order: *order, found: None },
        Task::PutOut { job, .. } => Reply::PutOut { job: job.clone(), result: Err(failure) },
        Task::Signal { job, .. } => Reply::Signalled { job: job.clone(), result: Err(failure) },
        Task::Remove { job } => Reply::Removed { job: job.clone(), result: Err(failure) },
    }
}

/// `None`: the kernel refused nothing, and yet it is not as it should be; the detail tells how.
fn failure(
    step: Step,
    errno: impl Into<Option<Errno>>,
    path: impl Into<String>,
    detail: impl Into<String>,
) -> Failure {
    let errno = errno.into().map_or(0, Errno::raw_os_error);
    Failure { step, errno, path: path.into(), detail: detail.into() }
}
