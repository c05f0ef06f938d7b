//! What an errno means at the step where it came: one table, from which retries follow.

use crate::model::failure::{Class, Failure, Step};
use errno::*;

/// The numbers of Linux on the architectures we build for; the engine knows no libc.
pub(super) mod errno {
    pub(in crate::engine) const EPERM: i32 = 1;
    pub(in crate::engine) const ENOENT: i32 = 2;
    pub(in crate::engine) const ESRCH: i32 = 3;
    pub(in crate::engine) const EAGAIN: i32 = 11;
    pub(in crate::engine) const ENOMEM: i32 = 12;
    pub(in crate::engine) const EACCES: i32 = 13;
    pub(in crate::engine) const EBUSY: i32 = 16;
    pub(in crate::engine) const ENODEV: i32 = 19;
    pub(in crate::engine) const EINVAL: i32 = 22;
    pub(in crate::engine) const ENFILE: i32 = 23;
    pub(in crate::engine) const EMFILE: i32 = 24;
    pub(in crate::engine) const ENOSPC: i32 = 28;
    pub(in crate::engine) const EROFS: i32 = 30;
    pub(in crate::engine) const ERANGE: i32 = 34;
    pub(in crate::engine) const ENOSYS: i32 = 38;
    pub(in crate::engine) const EOPNOTSUPP: i32 = 95;
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
pub(in crate::engine) mod tests;
