//! Which rule a process falls under, and whether its filters take it. Functions of facts alone.

use crate::config::policy::{Filters, Parent, Policy, Rule};
use crate::model::record::MatchedBy;
use crate::model::text::Escaped;
use crate::model::{Comm, FileName, Pid};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What filters are asked about.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub uid: u32,
    pub ppid: Pid,
    pub parent_comm: Comm,
    pub parent_exe: Option<&'a FileName>,
    pub cwd: Option<&'a Path>,
    pub age: Duration,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Take,
    /// Old enough after this long.
    Wait(Duration),
    Refuse(Refusal),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    UserNotAllowed(u32),
    UserBlocked(u32),
    UidNotAllowed(u32),
    UidBlocked(u32),
    ParentNotAllowed(Pid, Comm),
    ParentBlocked(Pid, Comm),
    DirNotAllowed(Option<PathBuf>),
    DirBlocked(Option<PathBuf>),
    TooOld(Duration),
}

/// The rule whose name this is; the longest name wins nothing, names are equal or not.
pub(super) fn by_name<'p>(policy: &'p Policy, name: &[u8]) -> Option<&'p Rule> {
    policy.rules.iter().find(|rule| rule.command.as_bytes() == name)
}

/// The last resort: the kernel's short name, and where nothing longer could be read, what 15 bytes show of a long one.
pub(super) fn by_comm<'p>(policy: &'p Policy, comm: &Comm, nothing_else: bool) -> Option<&'p Rule> {
    let comm = comm.as_bytes();
    let shown = |name: &[u8]| nothing_else && comm.len() == 15 && name.starts_with(comm);
    by_name(policy, comm).or_else(|| policy.rules.iter().find(|rule| shown(rule.command.as_bytes())))
}

/// The argv[0] step, then comm.
pub(super) fn by_argv0_or_comm<'p>(
    policy: &'p Policy,
    argv0: Option<&FileName>,
    exe_known: bool,
    comm: &Comm,
) -> Option<(&'p Rule, MatchedBy)> {
    let argv0 = argv0.filter(|name| !name.as_bytes().is_empty());
    argv0
        .filter(|name| !name.is_cut())
        .and_then(|name| by_name(policy, name.as_bytes()))
        .map(|rule| (rule, MatchedBy::Argv0))
        .or_else(|| by_comm(policy, comm, !exe_known && argv0.is_none()).map(|rule| (rule, MatchedBy::Comm)))
}

/// All filters must pass; min_runtime is asked last, since only time is missing then.
pub(super) fn judge(filters: &Filters, facts: &Facts<'_>) -> Verdict {
    if let Some(refusal) = refusal(filters, facts) {
        return Verdict::Refuse(refusal);
    }
    if filters.max_runtime.is_some_and(|max| facts.age > max) {
        return Verdict::Refuse(Refusal::TooOld(facts.age));
    }
    match filters.min_runtime.and_then(|min| min.checked_sub(facts.age)).filter(|left| !left.is_zero()) {
        Some(left) => Verdict::Wait(left),
        None => Verdict::Take,
    }
}

/// The filters that say who may be governed, without those that say when: a process that is held is judged by these.
pub(super) fn refusal(filters: &Filters, facts: &Facts<'_>) -> Option<Refusal> {
    let uid = &facts.uid;
    let users_named = filters.only_allowed_users || !filters.allowed_users.is_empty();
    let parent_in = |list: &[Parent]| list.iter().any(|parent| is_parent(parent, facts));
    let dir_in = |list: &[PathBuf]| facts.cwd.is_some_and(|cwd| list.iter().any(|dir| cwd.starts_with(dir)));
    let cwd = || facts.cwd.map(Path::to_path_buf);
    let checks = [
        (users_named && !filters.allowed_users.contains(uid), Refusal::UserNotAllowed as fn(u32) -> Refusal),
        (filters.blocked_users.contains(uid), Refusal::UserBlocked),
        (!filters.allowed_uids.is_empty() && !filters.allowed_uids.contains(uid), Refusal::UidNotAllowed),
        (filters.blocked_uids.contains(uid), Refusal::UidBlocked),
    ];
    if let Some((_, refusal)) = checks.into_iter().find(|(refused, _)| *refused) {
        return Some(refusal(*uid));
    }
    if !filters.allowed_parents.is_empty() && !parent_in(&filters.allowed_parents) {
        return Some(Refusal::ParentNotAllowed(facts.ppid, facts.parent_comm));
    }
    if parent_in(&filters.blocked_parents) {
        return Some(Refusal::ParentBlocked(facts.ppid, facts.parent_comm));
    }
    if !filters.allowed_dirs.is_empty() && !dir_in(&filters.allowed_dirs) {
        return Some(Refusal::DirNotAllowed(cwd()));
    }
    if dir_in(&filters.blocked_dirs) {
        return Some(Refusal::DirBlocked(cwd()));
    }
    None
}

/// A name longer than the kernel's 15 bytes is compared with the parent's executable.
fn is_parent(parent: &Parent, facts: &Facts<'_>) -> bool {
    match parent {
        Parent::Pid(pid) => facts.ppid.0 == *pid,
        Parent::Name(name) => {
            facts.parent_comm.as_bytes() == name.as_bytes()
                || facts.parent_exe.is_some_and(|exe| exe.as_bytes() == name.as_bytes())
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dir = |dir: &Option<PathBuf>| match dir {
            Some(dir) => Escaped(dir.as_os_str().as_bytes()).to_string(),
            None => "(unreadable)".to_owned(),
        };
        match self {
            Refusal::UserNotAllowed(uid) => write!(f, "uid {uid} is not among allowed_users"),
            Refusal::UserBlocked(uid) => write!(f, "uid {uid} is among blocked_users"),
            Refusal::UidNotAllowed(uid) => write!(f, "uid {uid} is not among allowed_uids"),
            Refusal::UidBlocked(uid) => write!(f, "uid {uid} is among blocked_uids"),
            Refusal::ParentNotAllowed(pid, comm) => {
                write!(f, "parent {pid} ({}) is not among allowed_parents", Escaped(comm.as_bytes()))
            }
            Refusal::ParentBlocked(pid, comm) => {
                write!(f, "parent {pid} ({}) is among blocked_parents", Escaped(comm.as_bytes()))
            }
            Refusal::DirNotAllowed(cwd) => write!(f, "working folder {} is not below allowed_dirs", dir(cwd)),
            Refusal::DirBlocked(cwd) => write!(f, "working folder {} is below blocked_dirs", dir(cwd)),
            Refusal::TooOld(age) => write!(f, "it has run for {}s, longer than max_runtime", age.as_secs()),
        }
    }
}
