//! Limits of what passes through a job's sockets, held by programs in the kernel that are attached to the job's group. They
//! need nobody once they are there, and go with the group; who comes later finds them on it. Nothing is pinned anywhere, and
//! other programs on the group, and the host's queues, are left as they are.

mod bucket;
mod pace;
mod sockets;
mod way;

use super::failure;
use super::limits::Refused;
use super::missing::{Cause, Missing};
use super::process::Proc;
use crate::model::record::{Failure, LimitDrift, Step};
use crate::model::{Amount, LimitKey, Limits, Pid};
use crate::sys::bpf::{lets_us_call, maps, programs};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use way::{Program, Way};

const KEYS: [LimitKey; 2] = [LimitKey::NetworkRx, LimitKey::NetworkTx];

/// Said of a packet that comes in, and of one that goes out: the sender is to hear of it as of a full queue, not of an error.
const DROP: i32 = 0;
const CONGESTED: i32 = 2;

#[derive(Debug)]
pub(super) struct Network {
    rx: Way,
    tx: Way,
}

impl Network {
    /// `Err`: why this host cannot.
    pub(super) fn load() -> Result<Network, String> {
        if !lets_us_call() {
            return Err("the seccomp policy ends who calls bpf".into());
        }
        Ok(Network {
            rx: Network::way_in().map_err(|error| why(&error))?,
            tx: Network::way_out().map_err(|error| why(&error))?,
        })
    }

    fn way_in() -> io::Result<Way> {
        let map = maps::create(b"ffrtmp_rx\0\0\0\0\0\0\0")?;
        let bucket = bucket::assemble(map.as_fd(), DROP);
        let bucket = Program::load(programs::INGRESS, b"ffrtmp_rx\0\0\0\0\0\0\0", &bucket, false)?;
        Ok(Way { map, programs: vec![bucket] })
    }

    fn way_out() -> io::Result<Way> {
        let map = maps::create(b"ffrtmp_tx\0\0\0\0\0\0\0")?;
        let bucket = bucket::assemble(map.as_fd(), CONGESTED);
        let bucket = Program::load(programs::EGRESS, b"ffrtmp_tx\0\0\0\0\0\0\0", &bucket, false)?;
        let pace = pace::assemble(map.as_fd());
        let pace = Program::load(programs::SOCKETS, b"ffrtmp_pace\0\0\0\0\0", &pace, true)?;
        Ok(Way { map, programs: vec![bucket, pace] })
    }

    fn ways(&self) -> [(LimitKey, &Way); 2] {
        let [rx, tx] = KEYS;
        [(rx, &self.rx), (tx, &self.tx)]
    }

    /// How many sockets of a process these limits will not reach.
    pub(super) fn out_of_reach(&self, proc: &Proc, pid: Pid, limits: &Limits) -> usize {
        if KEYS.iter().any(|key| limits.has(*key)) { sockets::open(proc, pid) } else { 0 }
    }

    pub(super) fn apply(
        &self,
        group: BorrowedFd<'_>,
        path: impl Fn() -> String,
        limits: &Limits,
        fresh: bool,
    ) -> Refused {
        let mut refused = Vec::new();
        for (key, way) in self.ways() {
            let done = match rate(limits, key) {
                None if fresh => Ok(()),
                None => way.lift(group),
                Some(rate) => way.hold(group, rate),
            };
            if let Err(error) = done {
                refused.push((key, refusal(&error, path())));
            }
        }
        refused
    }

    /// What another version of the service has left makes room for ours. What cannot be had is found by the next inspection.
    pub(super) fn renew(&self, group: BorrowedFd<'_>, bound: &Limits, holds: impl Fn(LimitKey) -> bool) {
        for (key, way) in self.ways().into_iter().filter(|(key, _)| holds(*key)) {
            if let Some(rate) = rate(bound, key)
                && way.is_of_another_version(group).is_ok_and(|another| another)
            {
                let _ = way.hold(group, rate);
            }
        }
    }

    /// What somebody else took off, or changed.
    pub(super) fn drift(
        &self,
        group: BorrowedFd<'_>,
        bound: &Limits,
        holds: impl Fn(LimitKey) -> bool,
    ) -> Vec<LimitDrift> {
        let mut drift = Vec::new();
        for (limit, way) in self.ways().into_iter().filter(|(key, _)| holds(*key)) {
            let Ok(found) = way.rate(group) else { continue };
            let wanted = rate(bound, limit);
            if found != wanted {
                drift.push(LimitDrift { limit, found: shown(found), wanted: shown(wanted) });
            }
        }
        drift
    }
}

/// The limits that cannot hold where there are no programs.
pub(super) fn missing(why: &str) -> impl Iterator<Item = (LimitKey, Missing)> {
    KEYS.into_iter()
        .map(move |key| (key, Missing { controller: "bpf", cause: Cause::NoPrograms(why.into()) }))
}

fn rate(limits: &Limits, key: LimitKey) -> Option<u64> {
    limits.number(key).and_then(|rate| u64::try_from(rate).ok())
}

fn shown(rate: Option<u64>) -> String {
    rate.map_or_else(|| "max".into(), |rate| Amount::Number(rate as i64).to_string())
}

fn refusal(error: &io::Error, path: String) -> Failure {
    let errno = Errno::from_io_error(error);
    failure(Step::LimitWrite, errno, path, "its programs could not be attached")
}

fn why(error: &io::Error) -> String {
    match Errno::from_io_error(error) {
        Some(Errno::PERM | Errno::ACCESS) => "the kernel lets us load no programs: CAP_SYS_ADMIN and CAP_NET_ADMIN are \
             needed, and no security policy that forbids bpf"
            .into(),
        Some(Errno::INVAL | Errno::NOSYS) => {
            "this kernel runs no programs for groups (CONFIG_BPF_SYSCALL, CONFIG_CGROUP_BPF; Linux 5.9 or later)".into()
        }
        _ => format!("the kernel refused the programs: {error}"),
    }
}
