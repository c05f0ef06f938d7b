//! `ffrtmp run`, `attach` and `release` as a shell, a script and a person at a terminal have them: without a service, and
//! beside one that runs, starts, stops or is killed.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod alone;
mod beside;
mod plain;
mod refused;
mod signals;
mod terminal;

use netlink_tests::bench::{cgroup, eventually, service};
use nix::sys::signal::{SigHandler, Signal};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A place for jobs that no service knows of; gone with all that lives there when dropped.
#[derive(Debug)]
struct Ground {
    root: PathBuf,
    folder: tempfile::TempDir,
}

impl Ground {
    fn new() -> Ground {
        as_at_a_terminal();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = cgroup::mount().join(format!("ffrtmp-run-{}-{number}", std::process::id()));
        Ground { root, folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of ours that finds no service.
    fn ffrtmp(&self, words: &str) -> Command {
        let mut command = Command::new(service::program());
        let mut words = words.split(' ').filter(|word| !word.is_empty());
        command.args(words.next()).arg("--cgroup-root").arg(&self.root);
        command.arg("--control-socket").arg(self.file("nobody.sock")).args(words);
        command
    }

    /// `run OPTIONS -- sh -c SCRIPT`.
    fn script(&self, options: &str, script: &str) -> Command {
        let mut command = self.ffrtmp(&format!("run {options}"));
        command.args(["--", "sh", "-c", script]);
        command
    }

    fn jobs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join("jobs")).into_iter().flatten().flatten();
        entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    }
}

/// Whoever started these tests in the background had signals of the terminal ignored, and what ignores them hands that down.
fn as_at_a_terminal() {
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT] {
        #[expect(unsafe_code, reason = "an action of a signal is set")]
        // SAFETY: no function is installed.
        unsafe {
            nix::sys::signal::signal(signal, SigHandler::SigDfl).expect("an action");
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        for job in self.jobs() {
            let _ = std::fs::write(self.root.join("jobs").join(job).join("cgroup.kill"), "1");
        }
        cgroup::remove(&self.root);
    }
}

/// A command under way in a process group of its own.
#[derive(Debug)]
struct Under {
    child: Child,
}

impl Under {
    fn start(command: &mut Command) -> Under {
        let child = command.process_group(0).spawn();
        Under { child: child.unwrap_or_else(|e| panic!("{command:?}: {e}")) }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, signal: i32) {
        send(self.pid(), signal);
    }

    fn ended(&mut self) -> std::process::ExitStatus {
        let mut status = None;
        eventually("it ends", || {
            status = self.child.try_wait().expect("wait");
            status.is_some()
        });
        status.expect("just seen")
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn send(pid: u32, signal: i32) {
    let result = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).status();
    assert!(result.expect("kill").success());
}

/// What it wrote and how it ended, with nothing to read.
#[track_caller]
fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A command as one would type it.
fn typed(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''")));
    quoted.collect::<Vec<_>>().join(" ")
}

/// The number that a script has written, once it has.
fn number_in(file: &Path) -> u32 {
    let mut number = None;
    eventually(&format!("a number stands in {}", file.display()), || {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        number = text.ends_with('\n').then(|| text.trim().parse().expect("a number"));
        number.is_some()
    });
    number.expect("just read")
}

/// The state of a process, as ps shows it; `None` when it is gone.
fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn is_gone(pid: u32) -> bool {
    matches!(state(pid), None | Some('Z'))
}
