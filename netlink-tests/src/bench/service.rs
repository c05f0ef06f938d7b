//! A service of the test's own: its configuration, state and cgroup root are the test's, and gone with it.

use super::{cgroup, eventually, patience};
use nix::sys::signal::{Signal, kill};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// What a service is started with.
#[derive(Debug)]
pub struct Setup {
    folder: tempfile::TempDir,
    root: PathBuf,
    flags: Vec<String>,
    wrapper: Vec<String>,
    env: Vec<(String, String)>,
    config: bool,
    level: bool,
}

impl Default for Setup {
    fn default() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("ffrtmp-test-{}-{number}", std::process::id());
        Setup {
            folder: tempfile::tempdir().expect("a folder for the service"),
            root: cgroup::mount().join(name),
            flags: Vec::new(),
            wrapper: Vec::new(),
            env: Vec::new(),
            config: false,
            level: true,
        }
    }
}

impl Setup {
    pub fn new() -> Setup {
        Setup::default()
    }

    pub fn config(mut self, yaml: &str) -> Setup {
        std::fs::write(self.config_path(), yaml).expect("a configuration");
        self.config = true;
        self
    }

    pub fn config_path(&self) -> PathBuf {
        self.folder.path().join("watch-config.yaml")
    }

    pub fn flags(mut self, flags: &[&str]) -> Setup {
        self.flags.extend(flags.iter().map(ToString::to_string));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Setup {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without the flag that asks for every line.
    pub fn without_level(mut self) -> Setup {
        self.level = false;
        self
    }

    /// Run under another command, `strace` for instance.
    pub fn under(mut self, wrapper: &[&str]) -> Setup {
        self.wrapper = wrapper.iter().map(ToString::to_string).collect();
        self
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Starts it and waits until it says that it is ready.
    pub fn start(self) -> Service {
        let service = self.launch();
        service.wait_for("Auto-attach service started");
        service
    }

    pub fn launch(self) -> Service {
        Service { running: Some(Running::launch(&self)), setup: self, log: Arc::default() }.attach_log()
    }
}

#[derive(Debug)]
pub struct Service {
    setup: Setup,
    running: Option<Running>,
    log: Arc<Mutex<Vec<Value>>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
}

impl Running {
    fn launch(setup: &Setup) -> Running {
        let program = program();
        let mut words = setup.wrapper.iter().map(std::ffi::OsString::from).chain([program.into_os_string()]);
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).arg("watch").env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let state = setup.folder.path().join("watch-state.json");
        command.arg("--cgroup-root").arg(&setup.root).args(["--log-format", "json"]);
        if setup.level {
            command.args(["--log-level", "debug"]);
        }
        command
            .arg("--control-socket")
            .arg(setup.folder.path().join("control.sock"))
            .args(["--metrics-listen", "off"]);
        if !setup.flags.iter().any(|flag| flag == "--no-state" || flag == "--state-path") {
            command.arg("--state-path").arg(state);
        }
        if setup.config {
            command.arg("--watch-config").arg(setup.config_path());
        }
        command.args(&setup.flags).envs(setup.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Running { child: command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}")) }
    }
}

/// The product under test.
pub fn program() -> PathBuf {
    std::env::var_os("FFRTMP_BIN").map_or_else(|| super::actor::beside_tests("ffrtmp"), PathBuf::from)
}

impl Service {
    fn attach_log(mut self) -> Service {
        let stdout = self.running.as_mut().and_then(|r| r.child.stdout.take()).expect("its log");
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let record = serde_json::from_str(&line).unwrap_or_else(|_| Value::String(line.clone()));
                log.lock().expect("the log").push(record);
            }
        });
        self
    }

    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("a running service").child.id()
    }

    /// The pid of the service itself where it runs under a wrapper.
    pub fn own_pid(&self) -> u32 {
        if self.setup.wrapper.is_empty() { self.pid() } else { super::actor::children_of(self.pid())[0] }
    }

    pub fn root(&self) -> &Path {
        &self.setup.root
    }

    pub fn folder(&self) -> &Path {
        self.setup.folder.path()
    }

    pub fn group(&self, job: &str) -> PathBuf {
        self.setup.root.join("jobs").join(job)
    }

    /// The groups of jobs that stand now.
    pub fn jobs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.setup.root.join("jobs")).into_iter().flatten().flatten();
        entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    }

    /// What it has said, sentence by sentence.
    pub fn said(&self) -> Vec<String> {
        let log = self.log.lock().expect("the log");
        log.iter().map(|r| r["msg"].as_str().map_or_else(|| r.to_string(), str::to_owned)).collect()
    }

    pub fn records(&self) -> Vec<Value> {
        self.log.lock().expect("the log").clone()
    }

    pub fn count(&self, part: &str) -> usize {
        self.said().iter().filter(|line| line.contains(part)).count()
    }

    /// Waits until it has said something that contains `part`, and returns the sentence.
    pub fn wait_for(&self, part: &str) -> String {
        self.wait_for_nth(part, 1)
    }

    pub fn wait_for_nth(&self, part: &str, nth: usize) -> String {
        let began = Instant::now();
        loop {
            if let Some(line) = self.said().into_iter().filter(|line| line.contains(part)).nth(nth - 1) {
                return line;
            }
            assert!(
                began.elapsed() < patience(),
                "it never said {part:?} ({nth}); it said:\n{}",
                self.said().join("\n")
            );
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill(nix::unistd::Pid::from_raw(self.own_pid() as i32), signal).expect("a signal to the service");
    }

    /// Writes another configuration and has it loaded.
    pub fn reload(&self, yaml: &str) {
        std::fs::write(self.setup.config_path(), yaml).expect("a configuration");
        self.signal(Signal::SIGHUP);
    }

    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.ended()
    }

    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.ended();
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let mut running = self.running.take().expect("a running service");
        let mut status = None;
        eventually("the service ends", || {
            status = running.child.try_wait().expect("wait");
            status.is_some()
        });
        status.expect("just seen")
    }

    /// The same service again, in the same place, after `stop` or `kill`. Its log starts anew.
    pub fn start_again(self) -> Service {
        let service = self.launch_again();
        service.wait_for("Auto-attach service started");
        service
    }

    pub fn launch_again(mut self) -> Service {
        self.log = Arc::default();
        self.running = Some(Running::launch(&self.setup));
        self.attach_log()
    }

    pub fn without_state(self) -> Service {
        let _ = std::fs::remove_file(self.setup.folder.path().join("watch-state.json"));
        self
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the service said:\n{}", self.said().join("\n"));
        }
        cgroup::remove(&self.setup.root);
    }
}
