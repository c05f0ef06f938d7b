//! A real container runtime, with both of its ways to make groups: what is alone in its container is limited there, what is
//! not is left, and the runtime can do what it could.

use super::can_run;
use netlink_tests::bench::installed::{Installed, run};
use netlink_tests::bench::{Stage, cgroup, cpu, eventually};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const NAME: &str = "ffrtmp-test-box";
const LIMITS: &str = "{ scan_interval: 1s, default_limits: { cpu_quota: 20, memory_limit: 256 } }";

struct Container {
    manager: &'static str,
    _stage: Stage,
}

impl Container {
    /// A bundle that sees the system's programs and one transcoder, which works.
    fn run(manager: &'static str, groups: &str) -> Container {
        let stage = Stage::new();
        stage.copy("ffmpeg");
        let bundle = stage.path().join("bundle");
        for folder in ["rootfs/stage", "rootfs/usr", "rootfs/bin", "rootfs/lib", "rootfs/lib64"] {
            std::fs::create_dir_all(bundle.join(folder)).expect("made");
        }
        run("sh", &["-c", &format!("cd {} && crun spec", bundle.display())]);
        let config = bundle.join("config.json");
        let mut spec: Value =
            serde_json::from_slice(&std::fs::read(&config).expect("read")).expect("a configuration");
        spec["process"]["terminal"] = json!(false);
        spec["process"]["args"] = json!(["/stage/ffmpeg"]);
        spec["process"]["env"] = json!(["ACTOR=busy", "PATH=/usr/bin:/bin"]);
        spec["linux"]["cgroupsPath"] = json!(groups);
        let mounts = spec["mounts"].as_array_mut().expect("mounts");
        let seen = |from: &Path, to: &str| json!({ "source": from, "destination": to, "type": "bind", "options": ["bind", "ro"] });
        mounts.push(seen(stage.path(), "/stage"));
        for folder in ["/usr", "/bin", "/lib", "/lib64"] {
            mounts.push(seen(Path::new(folder), folder));
        }
        std::fs::write(&config, spec.to_string()).expect("written");
        let container = Container { manager, _stage: stage };
        let started = container.crun(&["run", "--detach", "--bundle", bundle.to_str().expect("text"), NAME]);
        assert!(started.success());
        container
    }

    fn crun(&self, args: &[&str]) -> std::process::ExitStatus {
        let mut command = Command::new("crun");
        command.arg(format!("--cgroup-manager={}", self.manager)).args(args);
        // What it starts keeps its descriptors.
        command.stdin(std::process::Stdio::null()).status().expect("crun")
    }

    fn pid(&self) -> u32 {
        let state: Value = serde_json::from_str(&run("crun", &["state", NAME])).expect("a state");
        state["pid"].as_u64().expect("a pid").try_into().expect("a pid")
    }

    fn group(&self) -> PathBuf {
        let group = cgroup::of(self.pid()).expect("a group");
        cgroup::mount().join(group.trim_start_matches('/'))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.crun(&["delete", "--force", NAME]);
    }
}

/// Limited where it is, given back, and deleted: all that the runtime does works meanwhile.
fn is_governed_in_place(manager: &'static str, groups: &str) {
    let installed = Installed::with(LIMITS).start();
    let container = Container::run(manager, groups);
    let (pid, group) = (container.pid(), container.group());
    let job = format!("auto-ffmpeg-{pid}");
    installed.wait_for(&format!("Job {job} is governed in place"));
    assert_eq!(container.group(), group);
    assert_eq!(cgroup::read(&group, "cpu.max"), "20000 100000");
    let limited = |[share]: [f64; 1]| (0.12..=0.27).contains(&share);
    let share = cpu::shares_as([pid], Duration::from_secs(2), limited);
    assert!(limited(share), "{share:?}");

    // A restart of ours finds it, and a reload of systemd leaves it.
    installed.systemctl("restart");
    installed.wait_for(&format!("Adopted PID {pid} "));
    run("systemctl", &["daemon-reload"]);
    assert_eq!(cgroup::read(&group, "cpu.max"), "20000 100000");

    // It is its owner's to set other limits; the tighter one stands, and his own in the end.
    assert!(container.crun(&["update", "--cpu-period", "100000", "--cpu-quota", "60000", NAME]).success());
    eventually("the tighter one stands again", || {
        installed.count("Drift: somebody else changed cpu_quota") > 0
            && cgroup::read(&group, "cpu.max") == "20000 100000"
    });

    // Company: its limits are taken off both.
    assert!(container.crun(&["exec", "--detach", NAME, "/usr/bin/sleep", "1000"]).success());
    installed.wait_for(&format!("Job {job} is not alone in its group any more"));
    installed.wait_for(&format!("Left PID {pid} (ffmpeg) where it is"));
    assert_eq!(cgroup::read(&group, "cpu.max"), "60000 100000");

    assert!(container.crun(&["kill", NAME, "KILL"]).success());
    eventually("it ends", || !Path::new(&format!("/proc/{pid}/exe")).exists());
    assert!(container.crun(&["delete", "--force", NAME]).success());
    assert!(!group.exists(), "{}", group.display());
}

#[test]
fn a_container_of_crun_with_groups_of_its_own() {
    if can_run("a_container_of_crun_with_groups_of_its_own") {
        is_governed_in_place("cgroupfs", "/ffrtmp-test-box");
    }
}

#[test]
fn a_container_of_crun_in_a_scope_of_systemd() {
    if can_run("a_container_of_crun_in_a_scope_of_systemd") {
        is_governed_in_place("systemd", "system.slice:crun:ffrtmp-test-box");
    }
}

#[test]
fn a_container_that_is_deleted_takes_its_job_along() {
    if !can_run("a_container_that_is_deleted_takes_its_job_along") {
        return;
    }
    let installed = Installed::with(LIMITS).start();
    let container = Container::run("cgroupfs", "/ffrtmp-test-box");
    let (pid, group) = (container.pid(), container.group());
    installed.wait_for(&format!("Job auto-ffmpeg-{pid} is governed in place"));
    assert!(container.crun(&["delete", "--force", NAME]).success());
    installed.wait_for(&format!("Process {pid} exited"));
    eventually("nothing of it is left", || {
        let jobs = netlink_tests::bench::installed::group(&format!("auto-ffmpeg-{pid}"));
        !group.exists() && !jobs.exists()
    });
}
