//! A service of the test's own: its configuration, state and cgroup root are the test's, and gone with it.

use super::{cgroup, eventually, patience};
use nix::sys::signal::{Signal, kill};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
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
    left_out: Vec<&'static str>,
    unread: bool,
    heard: bool,
    program: PathBuf,
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
            left_out: Vec::new(),
            unread: false,
            heard: false,
            program: program(),
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

    pub fn folder(&self) -> &Path {
        self.folder.path()
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

    /// Without one of the flags that tests usually start it with.
    pub fn without(mut self, flag: &'static str) -> Setup {
        self.left_out.push(flag);
        self
    }

    /// Another copy of the product, for a user who cannot reach ours.
    pub fn program(mut self, program: &Path) -> Setup {
        self.program = program.into();
        self
    }

    /// Nobody reads its log before `read_on`.
    pub fn unread(mut self) -> Setup {
        self.unread = true;
        self
    }

    /// What it says on stderr is kept for `complaint`.
    pub fn heard(mut self) -> Setup {
        self.heard = true;
        self
    }

    /// Run under another command, `strace` for instance.
    pub fn under(mut self, wrapper: &[&str]) -> Setup {
        self.wrapper = wrapper.iter().map(ToString::to_string).collect();
        self
    }

    fn complaint_path(&self) -> PathBuf {
        self.folder.path().join("stderr")
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

    fn usual(&self) -> [(&'static str, PathBuf); 6] {
        let inside = |name: &str| self.folder.path().join(name);
        [
            ("--cgroup-root", self.root.clone()),
            ("--log-format", "json".into()),
            ("--log-level", "debug".into()),
            ("--control-socket", inside("control.sock")),
            ("--metrics-listen", "off".into()),
            ("--state-path", inside("watch-state.json")),
        ]
    }

    pub fn launch(self) -> Service {
        let unread = self.unread;
        let service = Service {
            running: Some(Running::launch(&self)),
            setup: self,
            log: Arc::default(),
            lines: Arc::default(),
            reader: None,
        };
        if unread { service } else { service.read_on() }
    }
}

#[derive(Debug)]
pub struct Service {
    setup: Setup,
    running: Option<Running>,
    log: Arc<Mutex<Vec<Value>>>,
    /// The same, byte by byte.
    lines: Arc<Mutex<Vec<Vec<u8>>>>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
}

impl Running {
    fn launch(setup: &Setup) -> Running {
        let mut words = setup
            .wrapper
            .iter()
            .map(std::ffi::OsString::from)
            .chain([setup.program.clone().into_os_string()]);
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).arg("watch").env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        for (flag, value) in setup.usual().into_iter().filter(|(flag, _)| !setup.left_out.contains(flag)) {
            command.arg(flag).arg(value);
        }
        if setup.config {
            command.arg("--watch-config").arg(setup.config_path());
        }
        command.args(&setup.flags).envs(setup.env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        if setup.heard {
            let file = std::fs::File::create(setup.complaint_path()).expect("a file for its complaint");
            command.stderr(file);
        }
        Running { child: command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}")) }
    }
}

/// How many descriptors a process has open.
pub fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs").count()
}

/// How many files a process watches through inotify.
pub fn watches(pid: u32) -> usize {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fdinfo")).into_iter().flatten().flatten();
    let text = descriptors.map(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default());
    text.map(|text| text.matches("inotify wd:").count()).sum()
}

/// The product under test.
pub fn program() -> PathBuf {
    std::env::var_os("FFRTMP_BIN").map_or_else(|| super::actor::beside_tests("ffrtmp"), PathBuf::from)
}

impl Service {
    /// Begins to read its log.
    pub fn read_on(mut self) -> Service {
        let stdout = self.running.as_mut().and_then(|r| r.child.stdout.take()).expect("its log");
        let (log, lines) = (Arc::clone(&self.log), Arc::clone(&self.lines));
        self.reader = Some(std::thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                let text = || Value::String(String::from_utf8_lossy(&line).into_owned());
                let record = serde_json::from_slice(&line).unwrap_or_else(|_| text());
                lines.lock().expect("the lines").push(line);
                log.lock().expect("the log").push(record);
            }
        }));
        self
    }

    /// Its log as it wrote it, each line without its end.
    pub fn lines(&self) -> Vec<Vec<u8>> {
        self.lines.lock().expect("the lines").clone()
    }

    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("a running service").child.id()
    }

    /// The pid of the service itself where it runs under a wrapper.
    pub fn own_pid(&self) -> u32 {
        let mut pid = self.pid();
        let is_service = |pid: u32| {
            let exe = std::fs::read_link(format!("/proc/{pid}/exe")).expect("it runs");
            exe.file_name() == program().file_name()
        };
        while !self.setup.wrapper.is_empty() && !is_service(pid) {
            pid = *super::actor::children_of(pid).first().expect("the wrapper runs the service");
        }
        pid
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

    /// What it has said on stderr, if it was started `heard`.
    pub fn complaint(&self) -> String {
        std::fs::read_to_string(self.setup.complaint_path()).expect("its complaint")
    }

    /// What it has said, sentence by sentence.
    pub fn said(&self) -> Vec<String> {
        let log = self.log.lock().expect("the log");
        log.iter()
            .map(|r| r["msg"].as_str().or(r.as_str()).map_or_else(|| r.to_string(), str::to_owned))
            .collect()
    }

    pub fn records(&self) -> Vec<Value> {
        self.log.lock().expect("the log").clone()
    }

    /// What it has said since this was last asked, which is then forgotten: for those who run it for hours.
    pub fn take_records(&self) -> Vec<Value> {
        self.lines.lock().expect("the lines").clear();
        std::mem::take(&mut self.log.lock().expect("the log"))
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

    pub fn is_running(&mut self) -> bool {
        let child = self.running.as_mut().map(|running| running.child.try_wait().expect("wait"));
        child.is_some_and(|ended| ended.is_none())
    }

    /// From the next start on without the command it was run under.
    pub fn without_wrapper(mut self) -> Service {
        self.setup.wrapper.clear();
        self
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let mut running = self.running.take().expect("a running service");
        let mut status = None;
        eventually("the service ends", || {
            status = running.child.try_wait().expect("wait");
            status.is_some()
        });
        // What it said last may still be on its way to us.
        eventually("its log ends, too", || self.reader.as_ref().is_none_or(JoinHandle::is_finished));
        status.expect("just seen")
    }

    /// The same service again, in the same place, after `stop` or `kill`. Its log starts anew.
    pub fn start_again(self) -> Service {
        let service = self.launch_again();
        service.wait_for("Auto-attach service started");
        service
    }

    pub fn launch_again(mut self) -> Service {
        (self.log, self.lines) = Default::default();
        self.running = Some(Running::launch(&self.setup));
        self.read_on()
    }

    pub fn without_state(self) -> Service {
        let _ = std::fs::remove_file(self.setup.folder.path().join("watch-state.json"));
        self
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // A wrapper that is killed leaves what it runs behind.
            let mut all = vec![running.child.id()];
            for next in 0.. {
                let Some(&pid) = all.get(next) else { break };
                all.extend(super::actor::children_of(pid));
            }
            for pid in all {
                let _ = kill(nix::unistd::Pid::from_raw(pid as i32), Signal::SIGKILL);
            }
            let _ = running.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the service said:\n{}", self.said().join("\n"));
        }
        cgroup::remove(&self.setup.root);
    }
}
