//! All processes at once: a small program that runs in the kernel, once for each task, tells what /proc/PID/stat would, and
//! spares opening it. Who is there is for /proc to say, and whoever is not told of here, or not wholly, is read there. Where
//! the kernel, its layout or our rights do not allow it, or a trial shows any difference, it is not used at all.

mod btf;
mod layout;
mod program;
mod row;

use super::bpf::{iterator, lets_us_call};
use super::clock;
use super::proc::{Proc, Units};
use crate::engine::input::Sighting;
use crate::model::Pid;
use btf::Btf;
use layout::Layout;
use row::{LENGTH, Row};
use rustix::thread::{CapabilitySet, capabilities};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

const ROWS: usize = 192;

/// The program, loaded and linked. It costs nothing while nobody reads.
#[derive(Debug)]
pub(super) struct Tasks {
    link: OwnedFd,
}

impl Tasks {
    /// What it tells of us must be what `proc` says. What it says of others' stacks we may see if we may trace them.
    pub(super) fn load(proc: &Proc) -> io::Result<Tasks> {
        if !capabilities(None)?.effective.contains(CapabilitySet::SYS_PTRACE) {
            return Err(io::Error::other("CAP_SYS_PTRACE is missing"));
        }
        if !lets_us_call() {
            return Err(io::Error::other("the seccomp policy ends who calls bpf"));
        }
        let layout = Layout::read()?;
        let known = Btf::parse(&layout)
            .and_then(|btf| Some((program::assemble(&btf)?, btf.function("bpf_iter_task")?)));
        let (program, function) =
            known.ok_or_else(|| io::Error::other("this kernel's structures are others"))?;
        let program = iterator::load(&program, function)?;
        let tasks = Tasks { link: iterator::link(program.as_fd())? };
        if !tasks.is_right(proc) {
            return Err(io::Error::other("it does not say of us what /proc does"));
        }
        if !tasks.is_right_of_others(proc) {
            return Err(io::Error::other("/proc keeps from us what it says of others"));
        }
        Ok(tasks)
    }

    /// Begins to tell of all processes, in the order of their pids.
    pub(super) fn run(&self) -> io::Result<Run> {
        let rows = Box::new([0; ROWS * LENGTH]);
        Ok(Run { file: iterator::run(self.link.as_fd())?, rows, next: 0, end: 0, asleep: Duration::ZERO })
    }

    fn is_right(&self, proc: &Proc) -> bool {
        let own = Pid(std::process::id());
        let told = self.run().ok().and_then(|mut run| Some(run.row(own)?.told(proc.units(), run.asleep)));
        let (Some(told), Some(seen)) = (told, proc.sight(own)) else { return false };
        let of_memory = told.used.resident.abs_diff(seen.used.resident) <= seen.used.resident / 4;
        let same = Sighting { age: seen.age, used: seen.used, read_at: seen.read_at, ..told };
        of_memory && same == seen && told.used.threads == seen.used.threads && told.read_at <= seen.read_at
    }

    /// A security policy may hide where others' stacks begin, in /proc alone: one process would be told of in two ways.
    fn is_right_of_others(&self, proc: &Proc) -> bool {
        let Ok(mut run) = self.run() else { return false };
        while let Some(row) = run.peek() {
            run.next += LENGTH;
            let told = row.told(proc.units(), run.asleep);
            let is_other = told.exec_mark != 0 && told.identity.pid.0 != std::process::id();
            let seen = is_other.then(|| proc.sight(told.identity.pid)).flatten();
            if let Some(seen) = seen.filter(|seen| seen.identity == told.identity && !seen.zombie) {
                return seen.exec_mark != 0;
            }
        }
        true
    }
}

/// What is told in one run.
#[derive(Debug)]
pub(super) struct Run {
    file: OwnedFd,
    rows: Box<[u8; ROWS * LENGTH]>,
    next: usize,
    end: usize,
    /// How long the machine had slept when those were read.
    asleep: Duration,
}

impl Run {
    /// To be asked for one pid after another, none lower than the last. `None`: look for yourself.
    pub(super) fn sighting(&mut self, pid: Pid, units: Units) -> Option<Sighting> {
        self.row(pid)?.sighting(units, self.asleep)
    }

    fn row(&mut self, pid: Pid) -> Option<Row> {
        loop {
            let row = self.peek()?;
            if row.pid() > pid {
                return None;
            }
            self.next += LENGTH;
            if row.pid() == pid {
                return Some(row);
            }
        }
    }

    /// The kernel hands out whole rows, as many as fit.
    fn peek(&mut self) -> Option<Row> {
        if self.next == self.end {
            (self.next, self.end) = (0, 0);
            self.end = rustix::io::read(&self.file, &mut self.rows[..]).ok()?;
            self.asleep = clock::asleep();
        }
        Some(Row::parse(self.rows[..self.end].get(self.next..)?.first_chunk()?))
    }
}
