//! The state file on a disk that is full, read-only, gone or refuses: the service goes on, says it once, never harms the
//! file before, and makes good when it can. Each disk is a mount of a namespace that the test made.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::program;
use netlink_tests::bench::{Actor, Service, Setup, Stage, eventually, turn};
use netlink_tests::need;
use nix::sys::signal::Signal;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A service whose state is kept on a small file system that nobody else sees.
struct OnDisk {
    service: Service,
    point: tempfile::TempDir,
    stage: Stage,
    actors: Vec<Actor>,
}

impl OnDisk {
    fn new() -> OnDisk {
        let point = tempfile::tempdir().expect("a mount point");
        let (path, actor) = (point.path().to_str().expect("a path"), program());
        let words = [actor.to_str().unwrap(), "unshare", "mnt", "tmpfs", path, "64", "exec"];
        let state = format!("{path}/s/watch-state.json");
        let service = Setup::new().flags(&["--state-path", &state]).under(&words).start();
        OnDisk { service, point, stage: Stage::new(), actors: Vec::new() }
    }

    /// The file system as the service sees it.
    fn disk(&self) -> PathBuf {
        let point = self.point.path().strip_prefix("/").expect("from the root");
        Path::new("/proc").join(self.service.pid().to_string()).join("root").join(point)
    }

    fn folder(&self) -> PathBuf {
        self.disk().join("s")
    }

    fn state(&self) -> String {
        std::fs::read_to_string(self.folder().join("watch-state.json")).unwrap_or_default()
    }

    /// Something to be saved.
    fn change(&mut self) -> String {
        self.actors.push(Actor::start(&self.stage.copy("ffmpeg"), "sleep"));
        self.actors.last().expect("just started").caught_as("ffmpeg")
    }

    fn saves(&mut self) -> String {
        let job = self.change();
        eventually("it is saved", || self.state().contains(&job));
        self.state()
    }

    /// The next save fails, and the two after it: that is said once, and what was there stays, alone.
    fn fails(&mut self, cause: &str) {
        let (before, told) = (self.state(), self.failures(|_| true));
        self.change();
        eventually("saving has failed three times", || self.failures(|_| true) >= told + 3);
        self.service.wait_for(cause);
        assert_eq!(self.news(cause), 1, "{:?}", self.service.said());
        assert_eq!(self.state(), before);
        for entry in std::fs::read_dir(self.folder()).into_iter().flatten().flatten() {
            assert!(
                [".watch-state.json.lock", "watch-state.json"].map(Into::into).contains(&entry.file_name())
            );
        }
    }

    fn works_again(&mut self) {
        self.service.wait_for("State saved again, after ");
        let jobs = self.service.jobs();
        eventually("what came meanwhile is saved", || jobs.iter().all(|job| self.state().contains(job)));
    }

    fn failures(&self, which: impl Fn(&serde_json::Value) -> bool) -> usize {
        failures(&self.service, which)
    }

    fn news(&self, cause: &str) -> usize {
        self.failures(|r| r["again"] == false && r["why"].as_str().unwrap().contains(cause))
    }

    /// `readonly` covers the folder with a view of itself that nobody writes through; `umount` takes that away.
    fn within(&self, word: &str) {
        let mut command = Command::new(program());
        let pid = self.service.pid().to_string();
        command.args(["enter", &pid, word]).arg(self.point.path().join("s")).arg("exit");
        assert!(command.status().expect("another mount").success());
    }

    fn fill(&self) {
        let mut filler = std::fs::File::create(self.disk().join("filler")).expect("a filler");
        while filler.write_all(&[0; 4096]).is_ok() {}
    }
}

fn failures(service: &Service, which: impl Fn(&serde_json::Value) -> bool) -> usize {
    let records = service.records();
    records.iter().filter(|r| r["event"] == "state_save_failed" && which(r)).count()
}

#[test]
fn a_full_disk_costs_nothing_but_the_saves() {
    if !need::service("a_full_disk_costs_nothing_but_the_saves") {
        return;
    }
    let _turn = turn();
    let mut on = OnDisk::new();
    on.saves();
    on.fill();
    on.fails("ENOSPC");
    std::fs::remove_file(on.disk().join("filler")).unwrap();
    on.works_again();
    // Full once more when it is told to stop: the end comes all the same, and not without a word.
    on.fill();
    let before = on.state();
    let copy = on.folder().join("watch-state.json");
    let kept = std::fs::File::open(&copy).unwrap();
    on.service.signal(Signal::SIGTERM);
    assert_eq!(on.service.ended().code(), Some(0));
    let said = on.service.said();
    let stopping = said.iter().position(|line| line.contains("Stopping")).expect("it stops");
    assert!(said[stopping..].iter().any(|line| line.contains("ENOSPC")), "{said:?}");
    assert!(said.last().unwrap().contains("Service stopped gracefully"));
    assert_eq!(std::io::read_to_string(kept).unwrap(), before);
}

#[test]
fn a_disk_that_becomes_read_only_and_comes_back() {
    if !need::service("a_disk_that_becomes_read_only_and_comes_back") {
        return;
    }
    let _turn = turn();
    let mut on = OnDisk::new();
    on.saves();
    on.within("readonly");
    on.fails("EROFS");
    on.within("umount");
    on.works_again();
}

#[test]
fn a_folder_that_is_removed_is_made_again() {
    if !need::service("a_folder_that_is_removed_is_made_again") {
        return;
    }
    let _turn = turn();
    let mut on = OnDisk::new();
    on.saves();
    std::fs::remove_dir_all(on.folder()).unwrap();
    on.saves();
    assert_eq!(std::fs::metadata(on.folder()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(on.failures(|_| true), 0);
    // And if something else took its place, until that is gone.
    std::fs::remove_dir_all(on.folder()).unwrap();
    std::fs::write(on.folder(), "").unwrap();
    on.fails("ENOTDIR");
    std::fs::remove_file(on.folder()).unwrap();
    on.works_again();
}

#[test]
fn without_descriptors_it_is_saved_when_there_are_some_again() {
    if !need::service("without_descriptors_it_is_saved_when_there_are_some_again") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().flags(&["--state-flush-interval", "100ms"]).start();
    service.wait_for("State saved");
    let pid = Pid::from_raw(service.pid().cast_signed()).expect("a pid");
    let limited = |current| Rlimit { current: Some(current), maximum: Some(1024) };
    prlimit(Some(pid), Resource::Nofile, limited(3)).expect("a limit");
    let said = service.wait_for("EMFILE");
    assert!(said.contains("raise LimitNOFILE"), "{said}");
    eventually("it has failed more than once", || failures(&service, |_| true) > 1);
    assert_eq!(failures(&service, |r| r["again"] == false), 1);
    prlimit(Some(pid), Resource::Nofile, limited(1024)).expect("a limit");
    service.wait_for("State saved again");
}

/// A quota does not hold root back, so the kernel's answer is put in its mouth; it may come as late as with the sync.
#[test]
fn a_sync_that_is_refused_is_a_save_that_failed() {
    let test = "a_sync_that_is_refused_is_a_save_that_failed";
    if !need::service(test) || !need::have(test, "strace", Path::new("/usr/bin/strace").exists()) {
        return;
    }
    let _turn = turn();
    for error in ["EDQUOT", "EIO"] {
        let inject = format!("inject=fsync:error={error}:when=1..2");
        let under = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync", "-e", &inject];
        let service = Setup::new().flags(&["--state-flush-interval", "100ms"]).under(&under).start();
        let said = service.wait_for(&format!("not saved: sync {}", service.folder().display()));
        assert!(said.contains(error), "{said}");
        service.wait_for("State saved again, after 2 failure(s)");
        assert_eq!(failures(&service, |r| r["again"] == false), 1);
    }
}

#[test]
fn what_is_said_of_sync_and_mode_is_done() {
    let test = "what_is_said_of_sync_and_mode_is_done";
    if !need::service(test) || !need::have(test, "strace", Path::new("/usr/bin/strace").exists()) {
        return;
    }
    let _turn = turn();
    let trace = tempfile::NamedTempFile::new().unwrap();
    for (yaml, synced, mode) in [("", true, 0o600), ("state: {sync: false, mode: 0640}", false, 0o640)] {
        let calls = ["-e", "trace=fsync,fdatasync,syncfs,sync_file_range,sync"];
        let mut under =
            vec!["strace", "-f", "-qq", "-e", "signal=none", "-o", trace.path().to_str().unwrap()];
        under.extend(calls);
        let mut service = Setup::new().config(yaml).under(&under).start();
        assert_eq!(service.stop().code(), Some(0));
        service.wait_for("State saved");
        let traced = std::fs::read_to_string(trace.path()).unwrap();
        assert_eq!(traced.contains("sync("), synced, "{traced}");
        let file = std::fs::metadata(service.folder().join("watch-state.json")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, mode);
    }
}
