//! A program that is measured: started in a folder and a cgroup root of its own, held still while another has its turn,
//! and gone with all it made when dropped.

use super::bare;
use netlink_tests::bench::{cgroup, eventually, service};
use nix::sys::signal::{Signal, kill};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

static NUMBER: AtomicU32 = AtomicU32::new(0);

#[derive(Debug)]
pub(crate) struct Contestant {
    child: Child,
    folder: tempfile::TempDir,
    root: Option<PathBuf>,
}

impl Contestant {
    /// The service as it is shipped, for one target; its log goes to a file.
    pub(crate) fn service(target: &str) -> Contestant {
        Contestant::watching(target, "off", "")
    }

    /// The same, with its metrics served at `address`.
    pub(crate) fn listening(target: &str) -> Contestant {
        Contestant::watching(target, "127.0.0.1:0", "")
    }

    /// With a configuration beside its flags.
    pub(crate) fn configured(target: &str, yaml: &str) -> Contestant {
        Contestant::watching(target, "off", yaml)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let log = self.log();
        let line = log.lines().find(|line| line.contains("Listening at 127.0.0.1:")).expect("it listens");
        line.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("an address")
    }

    fn watching(target: &str, listen: &str, yaml: &str) -> Contestant {
        let (folder, root) = (folder(), new_root());
        let mut command = Command::new(service::program());
        command.arg("watch").args([
            "--no-state",
            "--metrics-listen",
            listen,
            "--log-format",
            "text",
            "--target",
            target,
        ]);
        let config = folder.path().join("watch-config.yaml");
        std::fs::write(&config, yaml).expect("a configuration");
        command.arg("--watch-config").arg(config);
        command.arg("--control-socket").arg(folder.path().join("socket"));
        command.arg("--cgroup-root").arg(&root);
        command.args(["--cpu-quota", "50", "--memory-limit", "1024"]);
        let contestant = Contestant::start(&mut command, folder, Some(root));
        contestant.wait_for("Auto-attach service started");
        contestant
    }

    pub(crate) fn bare(target: &str) -> Contestant {
        let (folder, root) = (folder(), new_root());
        let mut command = Command::new(std::env::current_exe().expect("own path"));
        command.arg(bare::WORD).arg(&root).arg(target);
        let contestant = Contestant::start(&mut command, folder, Some(root));
        contestant.wait_for("ready");
        contestant
    }

    pub(crate) fn start(
        command: &mut Command,
        folder: tempfile::TempDir,
        root: Option<PathBuf>,
    ) -> Contestant {
        let log = File::create(folder.path().join("log")).expect("a log");
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log")).stderr(log);
        let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        Contestant { child, folder, root }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("the log")
    }

    fn wait_for(&self, part: &str) {
        eventually(&format!("it says {part:?}"), || self.log().contains(part));
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its first thread and those of these names.
    pub(crate) fn threads(&self, names: &[&str]) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).expect("its threads").flatten();
        let named = tasks.filter(|task| {
            let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            names.contains(&name.trim())
        });
        let others = named.filter_map(|task| task.file_name().to_str()?.parse().ok());
        std::iter::once(self.pid()).chain(others).collect()
    }

    pub(crate) fn jobs(&self) -> PathBuf {
        self.root.as_deref().expect("a contestant with a root").join("jobs")
    }

    /// Where its groups lie, as the kernel names them.
    pub(crate) fn jobs_shown(&self) -> String {
        let below = self.jobs().strip_prefix(cgroup::mount()).expect("below the mount").to_path_buf();
        Path::new("/").join(below).display().to_string()
    }

    pub(crate) fn hold_still(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub(crate) fn go_on(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        kill(nix::unistd::Pid::from_raw(self.pid().cast_signed()), signal).expect("a signal");
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("it said:\n{}", self.log());
        }
        self.root.iter().for_each(|root| cgroup::remove(root));
    }
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn new_root() -> PathBuf {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    cgroup::mount().join(format!("ffrtmp-side-by-side-{}-{number}", std::process::id()))
}
