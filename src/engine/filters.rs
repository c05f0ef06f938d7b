//! Whether the filters of a rule take a process: one table of checks, from which decisions and explanations are made.
//! Functions of facts alone.

use crate::config::policy::{Filters, Parent};
use crate::model::text::Escaped;
use crate::model::{Comm, FileName, Human, Pid};
use std::fmt::{self, Display, Formatter};
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

/// A filter that is set, and what it says of a process.
#[derive(Debug)]
pub(super) struct Check<'f> {
    pub name: &'static str,
    pub passed: bool,
    subject: Subject<'f>,
}

#[derive(Debug)]
enum Subject<'f> {
    Uid(u32),
    Parent(Pid, &'f Comm),
    Folder(Option<&'f Path>),
    Longest { age: Duration, bound: Duration },
    Shortest { age: Duration, bound: Duration },
}

#[derive(Debug)]
pub(super) enum Verdict<'f> {
    Take,
    /// Old enough after this long.
    Wait(Duration),
    Refuse(Check<'f>),
}

/// All filters must pass; min_runtime is asked last, since only time is missing then.
pub(super) fn judge<'f>(filters: &Filters, facts: &'f Facts<'_>) -> Verdict<'f> {
    match checks(filters, facts).find(|check| !check.passed) {
        None => Verdict::Take,
        Some(Check { subject: Subject::Shortest { age, bound }, .. }) => Verdict::Wait(bound - age),
        Some(check) => Verdict::Refuse(check),
    }
}

/// What the filters that say who may be governed refuse; those that say when bound taking, not holding.
pub(super) fn refusal<'f>(filters: &Filters, facts: &'f Facts<'_>) -> Option<Check<'f>> {
    checks(filters, facts).find(|check| !check.passed && !check.is_about_time())
}

/// Those that are set, in the order in which they are asked.
pub(super) fn checks<'f>(filters: &Filters, facts: &'f Facts<'_>) -> impl Iterator<Item = Check<'f>> {
    let Facts { uid, ppid, parent_comm, cwd, age, .. } = facts;
    let parent_in = |list: &[Parent]| list.iter().any(|parent| is_parent(parent, facts));
    let dir_in = |list: &[PathBuf]| cwd.is_some_and(|cwd| list.iter().any(|dir| cwd.starts_with(dir)));
    let check = |name, is_set: bool, passed, subject| is_set.then_some(Check { name, passed, subject });
    let user = |name, is_set, passed| check(name, is_set, passed, Subject::Uid(*uid));
    let parent = |name, is_set, passed| check(name, is_set, passed, Subject::Parent(*ppid, parent_comm));
    let folder = |name, is_set, passed| check(name, is_set, passed, Subject::Folder(*cwd));
    let f = filters;
    let users_named = f.only_allowed_users || !f.allowed_users.is_empty();
    let longest = f.max_runtime.map(|bound| Subject::Longest { age: *age, bound });
    let shortest = f.min_runtime.map(|bound| Subject::Shortest { age: *age, bound });
    [
        user("allowed_users", users_named, f.allowed_users.contains(uid)),
        user("blocked_users", !f.blocked_users.is_empty(), !f.blocked_users.contains(uid)),
        user("allowed_uids", !f.allowed_uids.is_empty(), f.allowed_uids.contains(uid)),
        user("blocked_uids", !f.blocked_uids.is_empty(), !f.blocked_uids.contains(uid)),
        parent("allowed_parents", !f.allowed_parents.is_empty(), parent_in(&f.allowed_parents)),
        parent("blocked_parents", !f.blocked_parents.is_empty(), !parent_in(&f.blocked_parents)),
        folder("allowed_dirs", !f.allowed_dirs.is_empty(), dir_in(&f.allowed_dirs)),
        folder("blocked_dirs", !f.blocked_dirs.is_empty(), !dir_in(&f.blocked_dirs)),
        longest.and_then(|subject| check("max_runtime", true, subject.passes_time(), subject)),
        shortest.and_then(|subject| check("min_runtime", true, subject.passes_time(), subject)),
    ]
    .into_iter()
    .flatten()
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

impl Subject<'_> {
    fn passes_time(&self) -> bool {
        match self {
            Subject::Longest { age, bound } => age <= bound,
            Subject::Shortest { age, bound } => age >= bound,
            Subject::Uid(_) | Subject::Parent(..) | Subject::Folder(_) => true,
        }
    }
}

impl Check<'_> {
    pub(super) fn is_about_time(&self) -> bool {
        matches!(self.subject, Subject::Longest { .. } | Subject::Shortest { .. })
    }
}

impl Display for Check<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Check { name, passed, subject } = self;
        // To pass a list of those allowed is to be on it, to pass one of those blocked is not to be.
        let is = if name.starts_with("allowed") == *passed { "is" } else { "is not" };
        match subject {
            Subject::Uid(uid) => write!(f, "uid {uid} {is} among {name}"),
            Subject::Parent(pid, comm) => {
                write!(f, "parent {pid} ({}) {is} among {name}", Escaped(comm.as_bytes()))
            }
            Subject::Folder(Some(cwd)) => {
                write!(f, "working folder {} {is} below {name}", Escaped(cwd.as_os_str().as_bytes()))
            }
            Subject::Folder(None) => write!(f, "working folder (unreadable) {is} below {name}"),
            Subject::Longest { age, bound } | Subject::Shortest { age, bound } => {
                let than = if age > bound { "longer than" } else { "not longer than" };
                write!(f, "it has run for {}, {than} {name} ({})", Human(*age), Human(*bound))
            }
        }
    }
}
