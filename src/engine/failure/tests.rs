//! The table, line by line.

use super::*;
use Class::{Gone, Permanent, RateLimit, Resource, Transient, Unknown};
use Step::{Controllers, LimitWrite, Mkdir, Move, Pidfd, Proc, Queue, Rmdir, Verify, Xattr};

/// Every line that the attach pipeline can meet.
pub(in crate::engine) const TABLE: &[(Step, &[i32], Class)] = &[
    (Pidfd, &[ESRCH], Gone),
    (Pidfd, &[EMFILE, ENFILE, ENOMEM], Resource),
    (Pidfd, &[EINVAL, ENOSYS], Permanent),
    (Proc, &[ENOENT, ESRCH], Gone),
    (Proc, &[EACCES], Permanent),
    (Mkdir, &[EAGAIN], RateLimit),
    (Mkdir, &[ENOENT], Transient),
    (Mkdir, &[ENOMEM, ENOSPC], Resource),
    (Mkdir, &[EACCES, EPERM, EROFS, EINVAL], Permanent),
    (Controllers, &[EBUSY], Transient),
    (Controllers, &[ENOENT, EINVAL, EOPNOTSUPP], Permanent),
    (LimitWrite, &[EINVAL, ERANGE], Permanent),
    (LimitWrite, &[ENOENT], Transient),
    (LimitWrite, &[ENODEV], Permanent),
    (LimitWrite, &[EPERM, EACCES], Permanent),
    (Xattr, &[ENOSPC], Resource),
    (Move, &[ESRCH], Gone),
    (Move, &[ENODEV, ENOENT], Transient),
    (Move, &[EBUSY, EOPNOTSUPP], Permanent),
    (Move, &[EINVAL], Permanent),
    (Move, &[EACCES], Permanent),
    (Move, &[ENOMEM], Resource),
    (Verify, &[0], Transient),
    (Rmdir, &[EBUSY], Transient),
    (Queue, &[0], RateLimit),
    (Move, &[9999], Unknown),
];

#[test]
fn every_line() {
    for &(step, errnos, expected) in TABLE {
        for &errno in errnos {
            let failure = Failure { step, errno, path: String::new(), detail: String::new() };
            assert_eq!(class(&failure), expected, "{step:?} {errno}");
        }
    }
}

#[test]
fn only_what_may_pass_is_tried_again() {
    assert!([Transient, RateLimit, Resource, Unknown].into_iter().all(Class::retries));
    assert!(![Permanent, Gone].into_iter().any(Class::retries));
}
