//! A governor with a root of its own, and processes to be governed. What a test leaves behind is removed when it ends,
//! however it ends.

use ffrtmp::config::foreign::Foreign;
use ffrtmp::config::policy::Policy;
use ffrtmp::engine::effect::{Attach, Task};
use ffrtmp::engine::input::{Attached, Outcome, Prepared, Reply};
use ffrtmp::model::{FileName, Identity, JobId, Limits, Pid, StartTime};
use ffrtmp::sys::governor::{Answer, Governor, Roots};
use ffrtmp::sys::stat;
use netlink_tests::need;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub(crate) struct World {
    pub(crate) governor: Governor,
    pub(crate) root: PathBuf,
    pub(crate) prepared: Prepared,
    pub(crate) mount: PathBuf,
    /// What is done with what is somebody else's.
    pub(crate) foreign: Arc<Foreign>,
    others: Vec<PathBuf>,
}

impl World {
    /// `None` when the test cannot run here, which has been said then.
    pub(crate) fn new(test: &str) -> Option<World> {
        World::with(test, Roots::default())
    }

    pub(crate) fn with(test: &str, roots: Roots) -> Option<World> {
        if !need::groups(test) {
            return None;
        }
        let mount = cgroup2();
        let root = fresh(&mount);
        let mut governor = Governor::new(roots).expect("a governor");
        let prepared = prepare(&mut governor, &root).expect("prepared");
        Some(World { governor, root, prepared, mount, foreign: Arc::default(), others: Vec::new() })
    }

    pub(crate) fn attach(&mut self, identity: Identity) -> Outcome {
        self.attach_with(identity, Limits::default()).0
    }

    pub(crate) fn attach_with(
        &mut self,
        identity: Identity,
        limits: Limits,
    ) -> (Outcome, Option<std::os::fd::OwnedFd>) {
        let attach = Attach {
            foreign: self.foreign.clone(),
            identity,
            command: "sleep".into(),
            limits,
            set: Default::default(),
            names_users: false,
            made: None,
            parent: Pid(std::process::id()),
            parent_name: FileName::new(b"test bench"),
            out_of: None,
            alone: false,
        };
        match self.governor.carry_out(&Task::Attach(Box::new(attach))) {
            (Reply::Attached(attached), pidfd) => {
                let Attached { identity: answered, outcome } = *attached;
                assert_eq!(answered, identity);
                (outcome, pidfd)
            }
            other => panic!("{other:?}"),
        }
    }

    /// Attaches and expects it to be held; its job.
    pub(crate) fn hold(&mut self, identity: Identity) -> JobId {
        match self.attach(identity) {
            Outcome::Held { job, .. } => job,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn reply(&mut self, task: &Task) -> Reply {
        let (reply, pidfd): Answer = self.governor.carry_out(task);
        assert!(pidfd.is_none());
        reply
    }

    /// As after a restart of the service: what is not on the groups is forgotten.
    pub(crate) fn start_anew(&mut self) {
        // The root has one owner: the old one goes first, and its claim with it.
        self.governor = Governor::new(Roots::default()).expect("a governor");
        self.prepared = prepare(&mut self.governor, &self.root).expect("prepared");
    }

    pub(crate) fn group(&self, job: &JobId) -> PathBuf {
        self.root.join("jobs").join(job.as_str())
    }

    /// A group outside the root, as some other manager would have made it.
    pub(crate) fn other_group(&mut self) -> PathBuf {
        let path = fresh(&self.mount);
        fs::create_dir(&path).expect("made");
        self.others.push(path.clone());
        path
    }

    pub(crate) fn jobs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root.join("jobs")).expect("listed").filter_map(Result::ok);
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Processes end a moment after they were killed.
        let over = Instant::now() + Duration::from_secs(5);
        let mine = || self.others.iter().chain([&self.root]);
        while mine().any(|group| group.exists()) && Instant::now() < over {
            mine().for_each(|group| remove(group));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub(crate) fn remove(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().filter_map(Result::ok) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    let _ = fs::remove_dir(group);
}

pub(crate) fn prepare(governor: &mut Governor, root: &Path) -> Result<Prepared, String> {
    let policy = policy(Some(root.to_path_buf()));
    match governor.carry_out(&Task::Prepare { policy: Arc::new(policy) }) {
        (Reply::Prepared(prepared), None) => prepared,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn policy(cgroup_root: Option<PathBuf>) -> Policy {
    Policy {
        scan_interval: Duration::from_secs(10),
        rules: Vec::new(),
        users: Default::default(),
        poll_only: false,
        events_expected: false,
        dry_run: false,
        receive_buffer: 0,
        cgroup_root,
        release_on_stop: false,
        favor_dynmods: None,
        total_limits: Default::default(),
        restore_on_drift: true,
        adopts_made: true,
        foreign: Default::default(),
        retry: None,
        breaker: Default::default(),
        scanner: None,
        health: Default::default(),
        state: None,
        argv_in_log: Default::default(),
    }
}

fn fresh(mount: &Path) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    mount.join(format!("ffrtmp-test-{}-{number}", std::process::id()))
}

pub(crate) fn cgroup2() -> PathBuf {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("read");
    let line = mounts.lines().find(|line| line.contains(" - cgroup2 ")).expect("cgroup2 is mounted");
    line.split(' ').nth(4).expect("a mount point").into()
}

/// A process group of our own; all of it is ended with the test.
pub(crate) struct Started(pub(crate) Child);

impl Started {
    pub(crate) fn sleep() -> Started {
        Started::run("sleep", &["1000"])
    }

    pub(crate) fn shell(script: &str) -> Started {
        Started::run("sh", &["-c", script])
    }

    pub(crate) fn run(program: &str, arguments: &[&str]) -> Started {
        let mut command = Command::new(program);
        command.args(arguments).process_group(0).stdin(Stdio::null());
        Started(command.spawn().expect("started"))
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid(self.0.id())
    }

    pub(crate) fn identity(&self) -> Identity {
        identity(self.pid()).expect("it lives")
    }

    pub(crate) fn end(&mut self) {
        if let Some(group) = rustix::process::Pid::from_raw(self.0.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.end();
    }
}

pub(crate) fn identity(pid: Pid) -> Option<Identity> {
    let line = fs::read(format!("/proc/{pid}/stat")).ok()?;
    Some(Identity { pid, start: stat::parse(&line)?.starttime })
}

pub(crate) fn later(identity: Identity) -> Identity {
    Identity { start: StartTime(identity.start.0 + 1), ..identity }
}

/// Where a process sits in the version 2 hierarchy.
pub(crate) fn cgroup(pid: Pid) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/cgroup")).expect("it lives");
    text.lines().find_map(|line| line.strip_prefix("0::")).expect("a version 2 line").to_owned()
}

pub(crate) fn shown(world: &World, group: &Path) -> String {
    format!("/{}", group.strip_prefix(&world.mount).expect("below the mount").display())
}

pub(crate) fn members(group: &Path) -> Vec<Pid> {
    let text = fs::read_to_string(group.join("cgroup.procs")).expect("read");
    text.lines().map(|line| Pid(line.parse().expect("a number"))).collect()
}

pub(crate) fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let over = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < over, "{what} did not happen in 20 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn put(pid: Pid, group: &Path) {
    fs::write(group.join("cgroup.procs"), pid.to_string()).expect("moved");
}
