//! The name of a job, which is also the name of its cgroup.

use super::{Identity, text};
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

    /// A group found on this host.
    pub fn found(name: &str) -> JobId {
        JobId(name.into())
    }

    /// Whether it is a name that `of` or `with_start` could have given.
    pub fn is_automatic(&self) -> bool {
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        let named = self.0.strip_prefix("auto-").and_then(|rest| rest.rsplit_once('-'));
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
