//! Events of the kernel, in few words.

use super::pid;
use crate::wire::event::What;

pub(super) fn fork(parent: u32, child: u32) -> What {
    What::Fork { parent: pid(parent), child_tid: pid(child), child: pid(child) }
}

pub(super) fn exec(of: u32) -> What {
    What::Exec { tid: pid(of), pid: pid(of) }
}

pub(super) fn exit(of: u32) -> What {
    exit_with(of, 0)
}

pub(super) fn exit_with(of: u32, status: u32) -> What {
    What::Exit { tid: pid(of), pid: pid(of), code: status, signal: 17 }
}
