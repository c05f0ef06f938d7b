//! The simulated host: processes as the kernel keeps them. Whatever changes one is told to the event queue in the order
//! in which it happened, and takes a microsecond of the one clock.

use super::queue::Queue;
use crate::model::sample::{HostUse, Used};
use crate::model::usage::Counts;
use crate::model::{Comm, Mono};
use crate::wire::event::What;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

pub(super) const INIT: u32 = 1;
pub(super) const SHELL: u32 = 20;
pub(super) const OWN: u32 = 30;

#[derive(Clone, Debug)]
pub(super) struct Proc {
    /// Counted in microseconds here, so that no two owners of a pid share one.
    pub start: u64,
    pub ppid: u32,
    pub uid: u32,
    pub comm: String,
    pub exe: Option<String>,
    pub argv0: Option<String>,
    pub cwd: &'static str,
    pub mark: u64,
    pub kernel_thread: bool,
    pub zombie: bool,
    /// Alive, but /proc does not let itself be read: too many open files on our side.
    pub unreadable: bool,
    pub used: Used,
    pub group: String,
    /// Everybody it descends from, by start: adoption by init does not change this.
    pub lineage: BTreeSet<u64>,
}

#[derive(Debug)]
pub(super) struct Host {
    pub now: u64,
    /// What the machine has slept: start times count it, the clock does not.
    pub asleep: u64,
    pub wall_set_by: i64,
    /// What all processes use, what a pass costs the service, and what the service has used.
    pub uses: HostUse,
    pub pass_costs: Duration,
    pub own_cpu: Duration,
    pub procs: BTreeMap<u32, Proc>,
    pub queue: Queue,
    /// Watched by pidfd, and told of.
    pub watched: BTreeSet<(u32, u64)>,
    pub exited: VecDeque<(u32, u64)>,
    /// Watched job groups, and those told to be empty.
    pub watched_groups: BTreeSet<String>,
    pub emptied: VecDeque<String>,
    /// What is counted against each group, and those whose count has grown untold.
    pub counts: BTreeMap<String, Counts>,
    pub touched: BTreeSet<String>,
    next_pid: u32,
    pub last_pid: u32,
    next_mark: u64,
}

impl Host {
    pub(super) fn new() -> Host {
        let mut host = Host {
            now: 1_000_000_000_000,
            asleep: 0,
            wall_set_by: 0,
            uses: HostUse { cores: 4, memory: 8 << 30, ..HostUse::default() },
            pass_costs: Duration::ZERO,
            own_cpu: Duration::ZERO,
            procs: BTreeMap::new(),
            queue: Queue::default(),
            watched: BTreeSet::new(),
            exited: VecDeque::new(),
            watched_groups: BTreeSet::new(),
            emptied: VecDeque::new(),
            counts: BTreeMap::new(),
            touched: BTreeSet::new(),
            next_pid: 100,
            last_pid: 32_768,
            next_mark: 1,
        };
        host.boot(INIT, "systemd", 0);
        host.boot(2, "kthreadd", 0);
        host.boot(3, "kworker/0:1-ffmpeg", 2);
        for pid in [2, 3] {
            let thread = host.proc(pid);
            (thread.kernel_thread, thread.exe, thread.argv0, thread.mark) = (true, None, None, 0);
        }
        host.boot(SHELL, "bash", INIT);
        host.boot(OWN, "ffrtmp", INIT);
        host
    }

    fn boot(&mut self, pid: u32, name: &str, ppid: u32) {
        let start = self.tick();
        let lineage = self.procs.get(&ppid).map(|p| with(&p.lineage, p.start)).unwrap_or_default();
        let proc = Proc {
            start,
            ppid,
            uid: 0,
            comm: cut(name),
            exe: Some(name.into()),
            argv0: Some(name.into()),
            cwd: "/",
            mark: self.mark(),
            kernel_thread: false,
            zombie: false,
            unreadable: false,
            used: Used { threads: 1, state: b'S', ..Used::default() },
            group: "/user.slice".into(),
            lineage,
        };
        self.procs.insert(pid, proc);
    }

    pub(super) fn proc(&mut self, pid: u32) -> &mut Proc {
        self.procs.get_mut(&pid).expect("it exists")
    }

    pub(super) fn alive(&self, pid: u32) -> bool {
        self.procs.get(&pid).is_some_and(|p| !p.zombie)
    }

    pub(super) fn tick(&mut self) -> u64 {
        self.now += 1_000;
        self.now / 1_000
    }

    fn mark(&mut self) -> u64 {
        self.next_mark += 1;
        self.next_mark
    }

    pub(super) fn tell(&mut self, what: What) {
        self.queue.push(Mono(self.now), what);
    }

    fn free_pid(&mut self) -> u32 {
        loop {
            self.next_pid = if self.next_pid >= self.last_pid { 100 } else { self.next_pid + 1 };
            if !self.procs.contains_key(&self.next_pid) {
                return self.next_pid;
            }
        }
    }

    /// Makes the kernel hand out this pid next.
    pub(super) fn next_fork_gets(&mut self, pid: u32) {
        self.next_pid = pid - 1;
    }

    pub(super) fn fork(&mut self, parent: u32) -> u32 {
        let child = self.free_pid();
        let start = self.tick() + self.asleep / 1_000;
        let from = &self.procs[&parent];
        let lineage = with(&from.lineage, from.start);
        let proc = Proc {
            start,
            ppid: parent,
            lineage,
            used: Used { threads: 1, state: b'R', ..Used::default() },
            ..from.clone()
        };
        self.procs.insert(child, proc);
        self.tell(super::events::fork(parent, child));
        child
    }

    /// `name` becomes the executable, the first argument and the short name.
    pub(super) fn exec(&mut self, pid: u32, name: &str) {
        self.exec_as(pid, name, Some(name), name);
    }

    /// A script: the kernel runs its interpreter, and only the short name is the script's own.
    pub(super) fn exec_script(&mut self, pid: u32, name: &str) {
        self.exec_as(pid, "bash", Some("/bin/bash"), name);
    }

    pub(super) fn exec_as(&mut self, pid: u32, exe: &str, argv0: Option<&str>, comm: &str) {
        self.tick();
        let mark = self.mark();
        let p = self.proc(pid);
        (p.exe, p.argv0, p.comm, p.mark) = (Some(exe.into()), argv0.map(Into::into), cut(comm), mark);
        self.tell(super::events::exec(pid));
    }

    pub(super) fn rename(&mut self, pid: u32, name: &str) {
        self.tick();
        self.proc(pid).comm = cut(name);
        self.tell(What::Comm {
            tid: super::pid(pid),
            pid: super::pid(pid),
            comm: Comm::new(cut(name).as_bytes()),
        });
    }

    pub(super) fn set_user(&mut self, pid: u32, uid: u32) {
        self.tick();
        self.proc(pid).uid = uid;
        let pid = super::pid(pid);
        self.tell(What::Uid { tid: pid, pid, real: uid, effective: uid });
    }

    /// A thread of the process execs: the old leader is told to have exited, and the process goes on.
    pub(super) fn exec_from_thread(&mut self, pid: u32, name: &str) {
        self.tick();
        self.tell(super::events::exit(pid));
        self.exec(pid, name);
    }

    /// Its other threads live on.
    pub(super) fn lose_first_thread(&mut self, pid: u32) {
        self.tick();
        self.tell(super::events::exit(pid));
    }

    /// It ends with its last thread, of which no event tells.
    pub(super) fn vanish(&mut self, pid: u32) {
        self.end(pid);
        self.reap(pid);
    }

    /// It ends and stays a zombie until it is reaped.
    pub(super) fn die(&mut self, pid: u32) {
        self.tick();
        self.tell(super::events::exit(pid));
        self.end(pid);
    }

    /// Somebody sends it SIGKILL.
    pub(super) fn kill(&mut self, pid: u32) {
        self.tick();
        self.tell(super::events::exit_with(pid, 9));
        self.end(pid);
        self.reap(pid);
    }

    /// The kernel does, for its group has no memory left.
    pub(super) fn oom_kill(&mut self, pid: u32) {
        let group = self.procs[&pid].group.clone();
        self.count(&group, |counts| [&mut counts.oom, &mut counts.oom_kills]);
        self.kill(pid);
    }

    /// Its group's own limits are met once more.
    pub(super) fn count<const N: usize>(
        &mut self,
        group: &str,
        which: impl Fn(&mut Counts) -> [&mut Option<u64>; N],
    ) {
        let counts = self.counts.entry(group.to_owned()).or_default();
        which(counts).into_iter().for_each(|count| *count = Some(count.unwrap_or(0) + 1));
        self.touched.insert(group.to_owned());
    }

    fn end(&mut self, pid: u32) {
        for orphan in self.procs.values_mut().filter(|p| p.ppid == pid) {
            orphan.ppid = INIT;
        }
        let p = self.proc(pid);
        (p.zombie, p.exe, p.argv0) = (true, None, None);
        let (start, group) = (p.start, p.group.clone());
        if self.watched.remove(&(pid, start)) {
            self.exited.push_back((pid, start));
        }
        self.left(&group);
    }

    /// Its parent waits for it, and has its time added to that of its ended children.
    pub(super) fn reap(&mut self, pid: u32) {
        self.tick();
        assert!(self.proc(pid).zombie);
        let Some(Proc { ppid, used, .. }) = self.procs.remove(&pid) else { return };
        if let Some(parent) = self.procs.get_mut(&ppid) {
            parent.used.reaped.0 += used.cpu.0 + used.reaped.0;
        }
    }

    /// It keeps processors busy for so long; that time itself does not pass.
    pub(super) fn run(&mut self, pid: u32, time: Duration) {
        let nanos = time.as_nanos() as u64;
        self.proc(pid).used.cpu.0 += nanos;
        self.uses.busy.0 += nanos;
    }

    pub(super) fn exit(&mut self, pid: u32) {
        self.die(pid);
        self.reap(pid);
    }

    /// It ends, and its parent ignores that: the kernel adds its time to nobody's.
    pub(super) fn end_unwaited(&mut self, pid: u32) {
        self.die(pid);
        self.procs.remove(&pid);
    }

    pub(super) fn exit_with(&mut self, pid: u32, status: u32) {
        self.tick();
        self.tell(super::events::exit_with(pid, status));
        self.end(pid);
        self.reap(pid);
    }

    pub(super) fn move_to(&mut self, pid: u32, group: &str) {
        let from = std::mem::replace(&mut self.proc(pid).group, group.into());
        self.left(&from);
    }

    pub(super) fn members(&self, group: &str) -> Vec<u32> {
        self.procs.iter().filter(|(_, p)| !p.zombie && p.group == group).map(|(&pid, _)| pid).collect()
    }

    fn left(&mut self, group: &str) {
        if self.watched_groups.contains(group) && self.members(group).is_empty() {
            self.emptied.push_back(group.into());
        }
    }
}

fn with(lineage: &BTreeSet<u64>, one: u64) -> BTreeSet<u64> {
    let mut lineage = lineage.clone();
    lineage.insert(one);
    lineage
}

fn cut(name: &str) -> String {
    name.chars().take(15).collect()
}
