//! A world is what it says it is: its kernel's version, and a cgroup2 tree with the controllers limits need.
//! Runs in guests only; on the host, where `FFRTMP_WORLD` is unset, it has nothing to say.
#![expect(clippy::disallowed_methods, reason = "tests look at real files")]

use std::fs;

fn world(test: &str) -> Option<String> {
    let world = std::env::var("FFRTMP_WORLD").ok();
    if world.is_none() {
        println!("SKIPPED {test}: runs in virtual machines only");
    }
    world
}

#[test]
fn the_kernel_is_the_one_asked_for() {
    let Some(world) = world("the_kernel_is_the_one_asked_for") else { return };
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let series = if world == "systemd" { "6.1" } else { &world };
    assert!(release.starts_with(&format!("{series}.")), "{release}");
}

#[test]
fn cgroup2_has_the_controllers() {
    if world("cgroup2_has_the_controllers").is_none() {
        return;
    }
    let controllers = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").unwrap();
    for wanted in ["cpu", "memory", "io", "pids"] {
        assert!(controllers.split_whitespace().any(|there| there == wanted), "no {wanted} in {controllers}");
    }
}

#[test]
fn pid_1_is_the_worlds() {
    let Some(world) = world("pid_1_is_the_worlds") else { return };
    let first = fs::read_to_string("/proc/1/comm").unwrap();
    assert_eq!(first.trim() == "systemd", world == "systemd", "{first}");
}

#[test]
fn the_product_is_here() {
    if world("the_product_is_here").is_none() {
        return;
    }
    let product = std::env::var_os("FFRTMP_BIN").expect("FFRTMP_BIN");
    assert!(fs::metadata(&product).unwrap().len() > 0);
}
