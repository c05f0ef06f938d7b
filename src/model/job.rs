//! The name of a job, which is also the name of its cgroup.

use super::{Identity, Limits, Overrides, text};
use std::fmt;
use std::sync::Arc;

/// `auto-<command>-<pid>`; cheap to clone, safe as a file name whatever the command is called.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct JobId(Arc<str>);

impl JobId {
    /// The usual name of the job of `identity`.
    pub fn of(command: &str, identity: Identity) -> JobId {
        JobId(format!("auto-{}-{}", text::file_name(command), identity.pid).into())
    }

    /// The name it gets when the usual one is still lived in by somebody else's descendants.
    pub fn with_start(command: &str, identity: Identity) -> JobId {
        JobId(format!("auto-{}-{}-{}", text::file_name(command), identity.pid, identity.start).into())
    }

    /// The name of one whose group stands before its process does: `run-<command>-<pid of who starts it>`.
    pub fn run(command: &str, starter: Identity) -> JobId {
        JobId(format!("run-{}-{}", text::file_name(command), starter.pid).into())
    }

    /// The name it gets when that one is still lived in.
    pub fn run_with_start(command: &str, starter: Identity) -> JobId {
        JobId(format!("run-{}-{}-{}", text::file_name(command), starter.pid, starter.start).into())
    }

    /// A group found on this host.
    pub fn found(name: &str) -> JobId {
        JobId(name.into())
    }

    /// Whether it is one that `run` has made.
    pub fn is_run(&self) -> bool {
        self.is_automatic() && self.0.starts_with("run-")
    }

    /// Whether it is a name that we could have given.
    pub fn is_automatic(&self) -> bool {
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        let ours = ["auto-", "run-"].into_iter().find_map(|first| self.0.strip_prefix(first));
        let named = ours.and_then(|rest| rest.rsplit_once('-'));
        named.is_some_and(|(command, number)| !command.is_empty() && is_number(number))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a job came to be that no rule of the policy made, and the limits it was given by who made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    pub by: Maker,
    pub limits: Overrides,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Maker {
    /// `ffrtmp run`: what it was given is all there is.
    Run,
    /// `ffrtmp attach`: stands over the rule of its command, where there is one.
    Attach,
}

impl Made {
    /// What the job is bound to before anything is `set` for it; `rule`: what the policy says of its command.
    pub fn limits(&self, rule: Option<&Limits>) -> Limits {
        match (self.by, rule) {
            (Maker::Attach, Some(rule)) => self.limits.over(rule),
            _ => self.limits.over(&Limits::default()),
        }
    }
}

impl Maker {
    pub const ALL: [Maker; 2] = [Maker::Run, Maker::Attach];

    pub fn name(self) -> &'static str {
        match self {
            Maker::Run => "run",
            Maker::Attach => "attach",
        }
    }
}
