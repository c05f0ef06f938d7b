//! What an errno means at the step where it came: one table, from which retries follow.

use crate::model::record::{Failure, Step};
use errno::*;

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

/// The numbers of Linux on the architectures we build for; the engine knows no libc.
mod errno {
    pub(super) const EPERM: i32 = 1;
    pub(super) const ENOENT: i32 = 2;
    pub(super) const ESRCH: i32 = 3;
    pub(super) const EAGAIN: i32 = 11;
    pub(super) const ENOMEM: i32 = 12;
    pub(super) const EACCES: i32 = 13;
    pub(super) const EBUSY: i32 = 16;
    pub(super) const ENODEV: i32 = 19;
    pub(super) const EINVAL: i32 = 22;
    pub(super) const ENFILE: i32 = 23;
    pub(super) const EMFILE: i32 = 24;
    pub(super) const ENOSPC: i32 = 28;
    pub(super) const EROFS: i32 = 30;
    pub(super) const ERANGE: i32 = 34;
    pub(super) const ENOSYS: i32 = 38;
    pub(super) const EOPNOTSUPP: i32 = 95;
}

pub fn class(failure: &Failure) -> Class {
    use Class::{Gone, Permanent, RateLimit, Resource, Transient, Unknown};
    match (failure.step, failure.errno) {
        (_, ENOMEM | EMFILE | ENFILE) => Resource,

        (Step::Pidfd | Step::Proc, ESRCH) | (Step::Proc, ENOENT) => Gone,
        (Step::Pidfd, EINVAL | ENOSYS) => Permanent,

        (Step::Mkdir, EAGAIN) => RateLimit,
        (Step::Mkdir, ENOENT) => Transient,
        (Step::Mkdir, ENOSPC) => Resource,

        (Step::Controllers, EBUSY) => Transient,
        (Step::Controllers, ENOENT | EINVAL | EOPNOTSUPP) => Permanent,

        (Step::LimitWrite, EINVAL | ERANGE | ENODEV | EOPNOTSUPP) => Permanent,
        (Step::LimitWrite, ENOENT) => Transient,

        (Step::Move, ESRCH) => Gone,
        (Step::Move, ENODEV | ENOENT) => Transient,
        (Step::Move, EBUSY | EOPNOTSUPP | EINVAL) => Permanent,

        (Step::Verify, _) => Transient,
        (Step::Rmdir, EBUSY) => Transient,
        (Step::Queue, _) => RateLimit,

        (Step::Xattr, ENOSPC) => Resource,
        (_, EACCES | EPERM | EROFS | EINVAL) => Permanent,
        _ => Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: Step, errno: i32) -> Class {
        class(&Failure { step, errno, path: String::new(), detail: String::new() })
    }

    #[test]
    fn the_same_errno_means_different_things_at_different_steps() {
        assert_eq!(at(Step::Move, ESRCH), Class::Gone);
        assert_eq!(at(Step::Move, EBUSY), Class::Permanent);
        assert_eq!(at(Step::Controllers, EBUSY), Class::Transient);
        assert_eq!(at(Step::Mkdir, ENOENT), Class::Transient);
        assert_eq!(at(Step::Proc, ENOENT), Class::Gone);
        assert_eq!(at(Step::Mkdir, EROFS), Class::Permanent);
        assert_eq!(at(Step::LimitWrite, EMFILE), Class::Resource);
        assert_eq!(at(Step::Move, 9999), Class::Unknown);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(Class::Transient.retries() && Class::Resource.retries() && Class::Unknown.retries());
        assert!(!Class::Permanent.retries() && !Class::Gone.retries());
    }
}
