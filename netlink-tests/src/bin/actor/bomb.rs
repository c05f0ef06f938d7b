//! A fork bomb that knows where to stop: exactly so many descendants, wide and deep, all of them alive at the end. It forks
//! and never execs, so that thousands fit into a small machine. Not for shapes: nobody tells whose child a descendant is.

use super::{child, is_child};
use nix::sys::wait::waitpid;

/// The caller gets `count` descendants, and goes on as one of them or as their ancestor. With `orphans` every other one is
/// forked by a process that ends at once.
pub(super) fn go_off(mut count: u32, orphans: bool) {
    let mut nth = 0_u32;
    while count > 0 {
        let share = (count / 3).max(1);
        count -= share;
        nth += 1;
        if grows(orphans && nth.is_multiple_of(2)) {
            (count, nth) = (share - 1, 0);
        }
    }
}

/// Whether this is the new process, and no longer the one that asked for it.
fn grows(orphan: bool) -> bool {
    let Some(middle) = child() else {
        if orphan && !is_child() {
            std::process::exit(0);
        }
        return true;
    };
    if orphan {
        waitpid(middle, None).expect("its end");
    }
    false
}
