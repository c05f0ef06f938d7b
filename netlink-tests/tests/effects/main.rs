//! Limits hold by their effect, each of those that are files of a group: what governed processes get, not what the files
//! say. Only where the version 2 hierarchy has the controllers, which is in the virtual machines.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod cpu;
mod later;
mod memory;
mod pids;
mod total;

use netlink_tests::bench::{Actor, Service, Stage, has_controllers};
use netlink_tests::need;
use std::path::PathBuf;

const MIB: u64 = 1 << 20;

fn can_run(test: &str) -> bool {
    need::service(test) && need::have_in_a_world(test, has_controllers())
}

/// Started under a service that has `name` as a target, and in its job with the limits written; and its group.
fn caught(service: &Service, stage: &Stage, name: &str, words: &str) -> (Actor, PathBuf) {
    let actor = Actor::start(&stage.copy(name), words);
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    let group = service.group(&actor.job().expect("a job"));
    (actor, group)
}

/// A file that makes those go on who await it.
fn signal(stage: &Stage, name: &str) -> (PathBuf, impl Fn()) {
    let path = stage.path().join(name);
    (path.clone(), move || std::fs::write(&path, "").expect("the word to go"))
}
