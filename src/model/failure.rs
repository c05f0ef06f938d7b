//! What went wrong at which step, and what kind of trouble that is. The table from errno to class stands in the engine.

use super::Wall;

/// An operation that was refused: which, on what, and how the kernel put it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    pub step: Step,
    pub errno: i32,
    pub path: String,
    /// What the errno does not say by itself; empty when it does.
    pub detail: String,
}

/// A try that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    pub at: Wall,
    pub failure: Failure,
    pub class: Class,
}

/// The steps of attaching and releasing at which the kernel may refuse.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    Pidfd,
    Proc,
    Mkdir,
    Controllers,
    LimitWrite,
    Move,
    Verify,
    Rmdir,
    Xattr,
    Signal,
    Queue,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::Pidfd => "pidfd_open",
            Step::Proc => "read /proc",
            Step::Mkdir => "mkdir",
            Step::Controllers => "enable controllers",
            Step::LimitWrite => "write limit",
            Step::Move => "move into cgroup",
            Step::Verify => "verify membership",
            Step::Rmdir => "remove cgroup",
            Step::Xattr => "write xattr",
            Step::Signal => "send signal",
            Step::Queue => "hand to the governor",
        }
    }
}

/// How a failure is met.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// The process ended: an outcome, not an error.
    Gone,
    Transient,
    Permanent,
    RateLimit,
    Resource,
    /// Not in the table: tried again as often as the transient ones, and counted by errno.
    Unknown,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::Gone => "gone",
            Class::Transient => "transient",
            Class::Permanent => "permanent",
            Class::RateLimit => "rate-limit",
            Class::Resource => "resource",
            Class::Unknown => "unknown",
        }
    }

    /// Whether trying the same again may help.
    pub fn retries(self) -> bool {
        !matches!(self, Class::Gone | Class::Permanent)
    }
}
