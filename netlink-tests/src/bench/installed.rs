//! The service as an operator has it: installed by make, run by systemd, seen through systemctl and the journal.
//! Only where systemd is PID 1 and the machine is ours: the systemd world.

use super::{cgroup, eventually};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub const WATCH: &str = "ffrtmp-watch.service";
pub const JOBS: &str = "ffrtmp-jobs.service";
const CONFIG: &str = "/etc/ffrtmp/watch-config.yaml";
const DROP_IN: &str = "/run/systemd/system/ffrtmp-watch.service.d";

/// Installed and configured; stopped and cleared away when dropped.
#[derive(Debug)]
pub struct Installed {
    /// When the test began, in seconds, as journalctl wants it. (Its cursors lose an entry when there is a filter.)
    since: String,
}

/// `make install` as in a checkout, once. The shipped configuration is kept aside, to be tried as it is.
fn install() -> &'static str {
    static SHIPPED: OnceLock<String> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let [sources, program] = ["FFRTMP_SRC", "FFRTMP_BIN"].map(|name| std::env::var(name).expect(name));
        run("make", &["-C", &sources, "install", &format!("BIN={program}")]);
        run("systemctl", &["daemon-reload"]);
        std::fs::read_to_string(CONFIG).expect("the shipped configuration")
    })
}

impl Installed {
    pub fn as_shipped() -> Installed {
        Installed::with(install())
    }

    pub fn with(yaml: &str) -> Installed {
        install();
        std::fs::write(CONFIG, yaml).expect("a configuration");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
        Installed { since: format!("--since=@{:.6}", now.as_secs_f64()) }
    }

    /// Settings of the unit that this test needs otherwise.
    #[must_use]
    pub fn unit(self, settings: &str) -> Installed {
        std::fs::create_dir_all(DROP_IN).expect("a folder for settings");
        std::fs::write(Path::new(DROP_IN).join("test.conf"), settings).expect("settings");
        run("systemctl", &["daemon-reload"]);
        self
    }

    /// Returns when systemd says that it is ready.
    #[must_use]
    pub fn start(self) -> Installed {
        self.systemctl("start");
        self
    }

    /// Does so to the service, which must work.
    pub fn systemctl(&self, verb: &str) {
        let mut command = Command::new("systemctl");
        let output = command.args([verb, WATCH]).output().expect("systemctl");
        assert!(output.status.success(), "systemctl {verb}: {output:?}\n{}", self.said().join("\n"));
    }

    pub fn reload(&self, yaml: &str) {
        std::fs::write(CONFIG, yaml).expect("a configuration");
        self.systemctl("reload");
    }

    pub fn pid(&self) -> u32 {
        property(WATCH, "MainPID").parse().expect("a pid")
    }

    /// Waits until another process than `before` is ready.
    pub fn started_again(&self, before: u32) {
        eventually("systemd has started it again", || {
            ![0, before].contains(&self.pid()) && property(WATCH, "ActiveState") == "active"
        });
    }

    /// What it has written to the journal since the test began.
    pub fn journal(&self) -> Vec<Value> {
        run("journalctl", &["--sync"]);
        let text = run("journalctl", &["-u", WATCH, "-t", "ffrtmp-watch", "-o", "json", &self.since]);
        text.lines().map(|line| serde_json::from_str(line).expect("a journal entry")).collect()
    }

    pub fn said(&self) -> Vec<String> {
        self.journal().iter().map(|entry| entry["MESSAGE"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub fn count(&self, part: &str) -> usize {
        self.said().iter().filter(|line| line.contains(part)).count()
    }

    pub fn wait_for(&self, part: &str) -> Value {
        let mut found = None;
        eventually(&format!("the journal has {part:?}"), || {
            let has = |entry: &Value| entry["MESSAGE"].as_str().is_some_and(|said| said.contains(part));
            found = self.journal().into_iter().find(has);
            found.is_some()
        });
        found.expect("just seen")
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the service said:\n{}", self.said().join("\n"));
        }
        let quiet = |program: &str, args: &[&str]| drop(Command::new(program).args(args).output());
        quiet("systemctl", &["stop", WATCH]);
        // The jobs end before their holder: left over, they would keep their unit from starting again.
        let jobs = group("").join("cgroup.kill");
        let _ = std::fs::write(jobs, "1");
        quiet("systemctl", &["kill", "--kill-whom=main", "--signal=TERM", JOBS]);
        for _ in 0..100 {
            if ["inactive", "failed"].contains(&&*property(JOBS, "ActiveState")) && !group("").exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        quiet("systemctl", &["reset-failed", WATCH, JOBS]);
        let _ = std::fs::remove_dir_all(DROP_IN);
        quiet("systemctl", &["daemon-reload"]);
        let _ = std::fs::remove_dir_all("/var/lib/ffrtmp");
    }
}

/// The group of a job, below the one that systemd has delegated.
pub fn group(job: &str) -> PathBuf {
    cgroup::mount().join("system.slice").join(JOBS).join("jobs").join(job)
}

pub fn property(unit: &str, name: &str) -> String {
    run("systemctl", &["show", "-P", name, unit]).trim().to_owned()
}

/// Runs a program that must succeed; what it printed.
pub fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{program} {args:?}: {}\n{out}{err}", output.status);
    out
}
