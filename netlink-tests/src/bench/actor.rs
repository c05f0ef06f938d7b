//! Processes that play transcoders.

use super::{cgroup, eventually};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A folder with programs in it: copies and links of the actor under whatever names a test needs.
#[derive(Debug)]
pub struct Stage {
    folder: tempfile::TempDir,
}

impl Default for Stage {
    fn default() -> Self {
        Stage { folder: tempfile::tempdir().expect("a folder for programs") }
    }
}

impl Stage {
    pub fn new() -> Stage {
        Stage::default()
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A copy of the actor, open to every user, under a name. Asked for again it is the same file, which may run by then.
    pub fn copy(&self, name: impl AsRef<OsStr>) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let to = self.path().join(name.as_ref());
        if to.exists() {
            return to;
        }
        std::fs::copy(program(), &to).expect("a copy of the actor");
        for path in [self.path(), &to] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        }
        to
    }

    /// A copy that outlives this stage; the caller removes its folder.
    pub fn keep_copy(self, name: &str) -> PathBuf {
        self.copy(name);
        self.folder.keep().join(name)
    }

    pub fn link(&self, name: &str) -> PathBuf {
        let to = self.path().join(name);
        std::os::unix::fs::symlink(program(), &to).expect("a link to the actor");
        to
    }

    /// An executable file with this text.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let to = self.path().join(name);
        std::fs::write(&to, text).expect("a script");
        std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        to
    }
}

/// The actor's own executable.
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("FFRTMP_ACTOR") {
        return path.into();
    }
    beside_tests("actor")
}

/// A program that cargo has built into the folder above that of the running test.
pub fn beside_tests(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("own path");
    let folder = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built: run `make build` first", path.display());
    path
}

/// A process of the test's own: killed and reaped when dropped.
#[derive(Debug)]
pub struct Actor {
    child: Child,
}

impl Actor {
    /// `words` tell it what to do, see the actor's own source.
    pub fn start(program: &Path, words: &str) -> Actor {
        Actor::of(Command::new(program).args(words.split(' ').filter(|w| !w.is_empty())))
    }

    pub fn named(program: &Path, argv0: impl AsRef<OsStr>, words: &str) -> Actor {
        Actor::of(Command::new(program).arg0(argv0).args(words.split(' ')))
    }

    /// In a process group of its own, so that all of it can be ended.
    pub fn of(command: &mut Command) -> Actor {
        let command = command.stdin(Stdio::null()).process_group(0);
        let mut child = command.spawn();
        // A fork of another test may hold the copy open for writing until it has become another program.
        for _ in 0..1000 {
            match &child {
                Err(e) if e.kind() == ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(Duration::from_millis(1));
                    child = command.spawn();
                }
                _ => break,
            }
        }
        Actor { child: child.unwrap_or_else(|e| panic!("{command:?}: {e}")) }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn job(&self) -> Option<String> {
        cgroup::job_of(self.pid())
    }

    /// Waits until it is in a job of the usual name, which is returned.
    pub fn caught_as(&self, command: &str) -> String {
        let expected = format!("auto-{command}-{}", self.pid());
        eventually(&format!("{expected} is a job with its process in it"), || {
            self.job().as_deref() == Some(&expected)
        });
        expected
    }

    /// Ends the first process alone; what it forked lives on until this is dropped.
    pub fn kill_alone(&mut self) {
        self.child.kill().expect("a signal to the actor");
        let _ = self.child.wait();
    }

    /// Its processes and all of theirs that did not leave the process group.
    pub fn kill(&mut self) {
        let group = nix::unistd::Pid::from_raw(self.pid() as i32);
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.child.wait();
    }

    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().expect("wait")
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("wait").is_none()
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Direct children as /proc tells.
pub fn children_of(pid: u32) -> Vec<u32> {
    let all = procfs::process::all_processes().expect("/proc");
    all.flatten()
        .filter_map(|p| p.stat().ok())
        .filter(|s| s.ppid == pid as i32)
        .map(|s| s.pid as u32)
        .collect()
}
