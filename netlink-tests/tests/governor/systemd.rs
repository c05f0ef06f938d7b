//! Beside the real systemd: its delegated group is the root, what it delegated to others is left, and what a unit
//! limits stays limited. Nothing here makes sense without it as PID 1.

use super::world::{World, cgroup, cgroup2, wait_for};
use ffrtmp::engine::effect::Task;
use ffrtmp::engine::input::{Outcome, Reply};
use ffrtmp::model::foreign::Bond;
use ffrtmp::model::{LimitKey, Limits, Pid};
use ffrtmp::sys::governor::Governor;
use netlink_tests::bench::has_controllers;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// A transient unit, stopped with the test.
struct Unit(String);

impl Unit {
    fn start(name: &str, properties: &[&str], command: &str) -> Unit {
        let unit = Unit(name.to_owned());
        let mut run = Command::new("systemd-run");
        run.args(["--quiet", "--collect", &format!("--unit={name}")]);
        for property in properties {
            run.args(["-p", property]);
        }
        let done = run.args(["sh", "-c", command]).status().expect("run");
        assert!(done.success(), "{name}: {done}");
        unit
    }

    fn main_pid(&self) -> Pid {
        let shown = Command::new("systemctl").args(["show", "--value", "-p", "MainPID", &self.0]).output();
        let text = String::from_utf8(shown.expect("asked").stdout).expect("text");
        Pid(text.trim().parse().expect("a number"))
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // Without a process the unit stops by itself, and --collect forgets it.
        let _ = Command::new("systemctl").args(["kill", "--signal=KILL", &self.0]).status();
    }
}

/// Said where it is not: such a test runs in the world of that name.
fn runs(test: &str) -> bool {
    let there = Path::new("/run/systemd/system").exists() && has_controllers();
    if !there {
        println!("SKIPPED {test}: systemd is not PID 1 here; runs in the world `systemd`");
    }
    there
}

#[test]
fn the_delegated_group_of_the_jobs_unit_is_the_root() {
    if !runs("the_delegated_group_of_the_jobs_unit_is_the_root") {
        return;
    }
    let aside = "g=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup); mkdir $g/holder; echo 0 > $g/holder/cgroup.procs; \
                 exec sleep 1000";
    let unit = Unit::start("ffrtmp-jobs.service", &["Delegate=yes", "KillMode=process"], aside);
    let holder = unit.main_pid();
    wait_for("the step aside", || cgroup(holder).ends_with("/holder"));

    let mut governor = Governor::new(Default::default()).expect("a governor");
    let policy = super::world::policy(None);
    let (Reply::Prepared(prepared), _) = governor.carry_out(&Task::Prepare { policy: Arc::new(policy) })
    else {
        panic!("another answer")
    };
    let prepared = prepared.expect("prepared");
    let root = cgroup2().join("system.slice/ffrtmp-jobs.service");
    assert_eq!(Path::new(&prepared.root), root);
    let lost = |key| prepared.cannot_hold.iter().any(|(other, _)| *other == key);
    assert!(!lost(LimitKey::CpuQuota) && !lost(LimitKey::MemoryLimit), "{:?}", prepared.cannot_hold);
    assert!(root.join("jobs").is_dir());
}

#[test]
fn what_systemd_delegated_to_others_is_limited_there_or_left_and_units_are_not() {
    let test = "what_systemd_delegated_to_others_is_limited_there_or_left_and_units_are_not";
    if !runs(test) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    // Its main process and what descends from that are alone there; the child is not.
    let delegated =
        Unit::start("ffrtmp-test-delegated.service", &["Delegate=yes"], "sleep 1000 & exec sleep 1000");
    let main = delegated.main_pid();
    wait_for("its child", || super::tree::descendants(main).len() == 1);
    let child = super::tree::descendants(main).pop_first().expect("a child");
    let outcome = world.attach(super::world::identity(child).expect("it lives"));
    assert!(
        matches!(&outcome, Outcome::Foreign { why } if why.contains("delegated") && why.contains("not alone")),
        "{outcome:?}"
    );
    let outcome = world.attach(super::world::identity(main).expect("it lives"));
    let Outcome::Held { job, bond: Some(Bond::InPlace { .. }), .. } = outcome else { panic!("{outcome:?}") };
    super::lives::release(&mut world, &job);

    let plain =
        Unit::start("ffrtmp-test-plain.service", &["CPUQuota=40%", "MemoryMax=40M"], "exec sleep 1000");
    let identity = super::world::identity(plain.main_pid()).expect("it lives");
    let outcome = world.attach(identity);
    let Outcome::Held { job, kept, origin, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(origin, "/system.slice/ffrtmp-test-plain.service");
    // Units have a part of all processes that there may be, unless told otherwise: how many is systemd's business.
    assert!(kept.has(LimitKey::PidsMax));
    let kept = kept.with(LimitKey::PidsMax, None);
    assert_eq!(kept, Limits::from([(LimitKey::CpuQuota, 40), (LimitKey::MemoryLimit, 40 << 20)]));

    // Its group is gone with the moved process or stays empty: systemd decides. Above it, only the top takes processes.
    let back = super::lives::release(&mut world, &job);
    assert!(["/system.slice/ffrtmp-test-plain.service", "/"].contains(&&*back.to), "{back:?}");
    assert_eq!((back.processes, cgroup(identity.pid)), (1, back.to));
}
