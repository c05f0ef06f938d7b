//! What chance may do to a host and to its messengers.

use super::host::{Host, INIT, OWN, SHELL};
use crate::model::record::Step as At;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Fork(u8),
    Exec(u8, u8),
    Script(u8, u8),
    ThreadExec(u8, u8),
    Die(u8),
    Exit(u8),
    Reap(u8),
    OomKill(u8),
    /// It runs for so many milliseconds.
    Run(u8, u64),
    User(u8, u32),
    Rename(u8, u8),
    Unreadable(u8, bool),
    Lose,
    Hold(u8, bool),
    Round,
    Settle,
    Pass(u64),
    /// Milliseconds of sleep, or seconds by which the wall clock is set.
    Sleep(u64),
    SetClock(i64),
    /// So many attachments in a row meet one of `REFUSALS`.
    RefuseAttach(usize, u32),
    RefuseScan,
    RefuseJoin,
    RefuseRelease,
    RefuseLimits,
    RefuseSaves(bool),
    /// Killed and started anew, with a place for jobs or without.
    Restart(bool),
    /// There is a place for jobs from now on.
    Available,
    Reload(u8, bool),
    BadReload,
    /// In the middle of the next attachment: before the move, or before the answer.
    Meanwhile(Box<Step>, bool),
    Reorder(bool),
    /// Somebody else moves a process out of its job, overwrites limits, removes a note, or the whole group.
    Steal(u8),
    Overwrite(u8),
    Erase(u8),
    Raze(u8),
    /// An operator's word about a job, or about all.
    Order(u8, u8),
}

/// Each cause that all attachments would meet; then what may pass, and what will not pass for this process.
pub(super) const REFUSALS: [(At, i32); 15] = [
    (At::Mkdir, 30),
    (At::Move, 12),
    (At::Pidfd, 24),
    (At::Mkdir, 11),
    (At::Xattr, 28),
    (At::Mkdir, 13),
    (At::Controllers, 16),
    (At::Move, 95),
    (At::Controllers, 2),
    (At::Move, 19),
    (At::Verify, 0),
    (At::Queue, 0),
    (At::Move, 9999),
    (At::Move, 22),
    (At::Proc, 13),
];

const NAMES: [&str; 5] = ["ffmpeg", "gst-launch-1.0", "bash", "ls", "env"];
/// A user that nobody is taken from.
pub(super) const BLOCKED: u32 = 13;

pub(super) fn life() -> impl Strategy<Value = Step> + Clone {
    let any8 = any::<u8>;
    prop_oneof![
        6 => any8().prop_map(Step::Fork),
        6 => (any8(), any8()).prop_map(|(p, n)| Step::Exec(p, n)),
        3 => (any8(), any8()).prop_map(|(p, n)| Step::Script(p, n)),
        1 => (any8(), any8()).prop_map(|(p, n)| Step::ThreadExec(p, n)),
        2 => any8().prop_map(Step::Die),
        4 => any8().prop_map(Step::Exit),
        2 => any8().prop_map(Step::Reap),
        2 => any8().prop_map(Step::OomKill),
        2 => (any8(), prop_oneof![Just(0), Just(7), Just(BLOCKED)]).prop_map(|(p, u)| Step::User(p, u)),
        1 => (any8(), any8()).prop_map(|(p, n)| Step::Rename(p, n)),
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => life(),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(p, on)| Step::Unreadable(p, on)),
        4 => (any::<u8>(), 0..2_000_u64).prop_map(|(p, ms)| Step::Run(p, ms)),
        1 => Just(Step::Lose),
        6 => (0..9_u8, any::<bool>()).prop_map(|(what, on)| Step::Hold(what, on)),
        8 => Just(Step::Round),
        6 => Just(Step::Settle),
        4 => prop_oneof![0..50_u64, 900..3_000_u64, 9_000..12_000_u64, Just(61_000_u64)].prop_map(Step::Pass),
        1 => (0..100_000_u64).prop_map(Step::Sleep),
        1 => prop_oneof![Just(3600), Just(-3600)].prop_map(Step::SetClock),
        3 => (0..REFUSALS.len(), prop_oneof![3 => Just(1), 2 => 2..5_u32, 1 => 20..50_u32])
            .prop_map(|(kind, times)| Step::RefuseAttach(kind, times)),
        1 => Just(Step::RefuseScan),
        1 => Just(Step::RefuseJoin),
        1 => Just(Step::RefuseRelease),
        1 => Just(Step::RefuseLimits),
        1 => any::<bool>().prop_map(Step::RefuseSaves),
        1 => prop::bool::weighted(0.7).prop_map(Step::Restart),
        1 => Just(Step::Available),
        2 => (0..4_u8, any::<bool>()).prop_map(|(which, restores)| Step::Reload(which, restores)),
        1 => Just(Step::BadReload),
        2 => (life(), any::<bool>()).prop_map(|(step, early)| Step::Meanwhile(Box::new(step), early)),
        1 => any::<bool>().prop_map(Step::Reorder),
        3 => any::<u8>().prop_map(Step::Steal),
        1 => any::<u8>().prop_map(Step::Overwrite),
        1 => any::<u8>().prop_map(Step::Erase),
        1 => any::<u8>().prop_map(Step::Raze),
        4 => (0..6_u8, any::<u8>()).prop_map(|(what, of)| Step::Order(what, of)),
    ]
}

/// A living process that came after the host's own.
pub(super) fn choose(host: &Host, by: u8) -> Option<u32> {
    let all: Vec<u32> = host.procs.keys().copied().filter(|&pid| pid >= 100 && host.alive(pid)).collect();
    all.get(usize::from(by) % all.len().max(1)).copied()
}

pub(super) fn on_host(host: &mut Host, step: &Step) {
    match *step {
        Step::Fork(by) => {
            let parent = match by % 8 {
                0 | 1 => SHELL,
                2 => INIT,
                3 => OWN,
                _ => choose(host, by).unwrap_or(SHELL),
            };
            if host.procs.len() < 18 {
                host.fork(parent);
            }
        }
        Step::Reap(by) => {
            let dead: Vec<u32> = host.procs.iter().filter(|(_, p)| p.zombie).map(|(&pid, _)| pid).collect();
            if let Some(&pid) = dead.get(usize::from(by) % dead.len().max(1)) {
                host.reap(pid);
            }
        }
        Step::Exec(by, _)
        | Step::Script(by, _)
        | Step::ThreadExec(by, _)
        | Step::Die(by)
        | Step::Exit(by)
        | Step::OomKill(by)
        | Step::User(by, _)
        | Step::Rename(by, _) => {
            if let Some(pid) = choose(host, by) {
                to_process(host, pid, step);
            }
        }
        _ => {}
    }
}

fn to_process(host: &mut Host, pid: u32, step: &Step) {
    let name = |n: u8| NAMES[usize::from(n) % NAMES.len()];
    match *step {
        Step::Exec(_, n) => host.exec(pid, name(n)),
        Step::Script(_, n) => host.exec_script(pid, name(n)),
        Step::ThreadExec(_, n) => host.exec_from_thread(pid, name(n)),
        Step::Die(_) => host.die(pid),
        Step::Exit(_) => host.exit(pid),
        Step::OomKill(_) => host.oom_kill(pid),
        Step::User(_, uid) => host.set_user(pid, uid),
        Step::Rename(_, n) => host.rename(pid, name(n)),
        _ => {}
    }
}
