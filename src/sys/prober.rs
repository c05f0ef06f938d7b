//! Reads command lines, and whatever else of a process may stall, on a thread of its own: the kernel may keep such a read
//! waiting for as long as the process's memory map is busy. A read that does not return in time is named, answered for, and its thread replaced.

use super::inquiry::{self, Inquiry};
use super::proc::{PidPath, Proc};
use super::stat;
use super::{cgroup_file, clock};
use crate::engine::input::Description;
use crate::engine::inquiry::Rest;
use crate::model::process::base_name;
use crate::model::{FileName, Identity, Mono, Pid};
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Both ways; what does not fit waits with the asker.
const QUEUE: usize = 256;
const STUCK_AFTER: Duration = Duration::from_secs(1);
/// Threads that may be stuck at one time; after that, names are decided without command lines.
const MOST_WORKERS: usize = 5;
/// How much of a command line is read at all.
pub(super) const ARGV: usize = 4096;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    Name(Pid),
    Argv(Identity),
    /// For an explanation.
    Rest(Box<Inquiry>),
}

#[derive(Debug)]
pub enum Answer {
    Name { pid: Pid, read_at: Mono, name: Option<FileName> },
    Argv { identity: Identity, description: Description },
    Rest { inquiry: Box<Inquiry>, rest: Option<Rest> },
}

#[derive(Debug)]
pub struct Prober {
    proc: PathBuf,
    wake: Arc<mio::Waker>,
    questions: SyncSender<Question>,
    /// Taken by whichever worker is free; a stuck one does not hold it.
    queue: Arc<Mutex<Receiver<Question>>>,
    answer: SyncSender<Answer>,
    answers: Receiver<Answer>,
    workers: Vec<Arc<Slot>>,
    /// What the queue has no room for yet: never more than there are processes.
    overflow: VecDeque<Question>,
    under_way: usize,
}

/// What a worker is reading, and since when; zero: nothing.
#[derive(Debug, Default)]
struct Slot {
    since: AtomicU64,
    question: Mutex<Option<Question>>,
}

impl Prober {
    pub fn start(proc: PathBuf, wake: Arc<mio::Waker>) -> std::io::Result<Prober> {
        let (questions, queue) = sync_channel(QUEUE);
        let (answer, answers) = sync_channel(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        let mut prober = Prober {
            proc,
            wake,
            questions,
            queue,
            answer,
            answers,
            workers: Vec::new(),
            overflow: VecDeque::new(),
            under_way: 0,
        };
        prober.add_worker()?;
        Ok(prober)
    }

    fn add_worker(&mut self) -> std::io::Result<()> {
        let slot = Arc::new(Slot::default());
        let worker = Worker {
            proc: Proc::open(&self.proc)?,
            slot: Arc::clone(&slot),
            queue: Arc::clone(&self.queue),
            answer: self.answer.clone(),
            wake: Arc::clone(&self.wake),
        };
        std::thread::Builder::new()
            .name("prober".into())
            .stack_size(128 << 10)
            .spawn(move || worker.run())?;
        self.workers.push(slot);
        Ok(())
    }

    pub fn ask(&mut self, question: Question) {
        self.under_way += 1;
        self.overflow.push_back(question);
        self.refill();
    }

    fn refill(&mut self) {
        while let Some(question) = self.overflow.pop_front() {
            if let Err(TrySendError::Full(question) | TrySendError::Disconnected(question)) =
                self.questions.try_send(question)
            {
                self.overflow.push_front(question);
                return;
            }
        }
    }

    pub fn next_answer(&mut self) -> Option<Answer> {
        let answer = self.answers.try_recv().ok()?;
        self.under_way = self.under_way.saturating_sub(1);
        self.refill();
        Some(answer)
    }

    /// When to look for stuck reads; never while nothing is asked.
    pub fn next_check(&self, now: Mono) -> Option<Mono> {
        (self.under_way > 0).then(|| now + STUCK_AFTER)
    }

    /// Reads that are stuck since the last look: each is answered with nothing here, and its worker is replaced while
    /// the bound allows. The late answer, should it come, finds nobody waiting.
    pub fn stuck(&mut self, now: Mono, mut tell: impl FnMut(Answer, Pid, bool)) {
        let mut replace = 0;
        self.workers.retain(|slot| {
            let since = slot.since.load(Ordering::Acquire);
            if since == 0 || now - Mono(since) < STUCK_AFTER {
                return true;
            }
            let Some(question) = slot.question.lock().ok().and_then(|mut question| question.take()) else {
                return true;
            };
            replace += 1;
            let pid = question.pid();
            tell(unanswered(question), pid, replace < MOST_WORKERS);
            false
        });
        for _ in 0..replace {
            if Arc::strong_count(&self.queue) <= MOST_WORKERS + 1 {
                let _ = self.add_worker(); // without a new thread the old one's return brings the answers
            }
        }
        if self.workers.is_empty() {
            let waiting: Vec<Question> = self.overflow.drain(..).collect();
            for question in waiting {
                self.under_way = self.under_way.saturating_sub(1);
                let pid = question.pid();
                tell(unanswered(question), pid, false);
            }
        }
    }
}

impl Question {
    fn pid(&self) -> Pid {
        match self {
            Question::Name(pid) => *pid,
            Question::Argv(identity) => identity.pid,
            Question::Rest(inquiry) => inquiry.look.seen.identity.pid,
        }
    }
}

fn unanswered(question: Question) -> Answer {
    match question {
        Question::Name(pid) => Answer::Name { pid, read_at: clock::mono(), name: None },
        Question::Argv(identity) => Answer::Argv { identity, description: Description::default() },
        Question::Rest(inquiry) => Answer::Rest { inquiry, rest: None },
    }
}

/// As a whole: of one that goes on behind what was read, the last part is not known.
pub(super) fn first_argument<'b>(proc: &Proc, pid: Pid, buffer: &'b mut [u8; ARGV]) -> Option<&'b [u8]> {
    let argv = proc.read(&PidPath::of(pid, "/cmdline"), buffer).filter(|argv| !argv.is_empty())?;
    let whole = argv.len() < ARGV || argv.contains(&0);
    argv.split(|&b| b == 0).next().filter(|_| whole)
}

struct Worker {
    proc: Proc,
    slot: Arc<Slot>,
    queue: Arc<Mutex<Receiver<Question>>>,
    answer: SyncSender<Answer>,
    wake: Arc<mio::Waker>,
}

impl Worker {
    fn run(self) {
        loop {
            // Whoever waits holds the lock; whoever reads does not.
            let Some(question) = self.queue.lock().ok().and_then(|queue| queue.recv().ok()) else { return };
            if let Ok(mut current) = self.slot.question.lock() {
                *current = Some(question.clone());
            }
            self.slot.since.store(clock::mono().0, Ordering::Release);
            let answer = self.read(question);
            self.slot.since.store(0, Ordering::Release);
            // Taken away: this read was given up, another worker has this one's place.
            let given_up = self.slot.question.lock().is_ok_and(|mut current| current.take().is_none());
            if given_up || self.answer.send(answer).is_err() {
                return;
            }
            let _ = self.wake.wake();
        }
    }

    fn read(&self, question: Question) -> Answer {
        match question {
            Question::Name(pid) => self.name(pid),
            Question::Argv(identity) => {
                let description = self.describe(identity).unwrap_or_default();
                Answer::Argv { identity, description }
            }
            Question::Rest(inquiry) => {
                let rest = Some(inquiry::rest(&self.proc, &inquiry));
                Answer::Rest { inquiry, rest }
            }
        }
    }

    fn name(&self, pid: Pid) -> Answer {
        let read_at = clock::mono();
        let mut buffer = [0; ARGV];
        let name = first_argument(&self.proc, pid, &mut buffer).map(|first| FileName::new(base_name(first)));
        Answer::Name { pid, read_at, name }
    }

    fn describe(&self, identity: Identity) -> Option<Description> {
        let pid = identity.pid;
        let mut buffer = vec![0; ARGV];
        let length = self.proc.read(&PidPath::of(pid, "/cmdline"), &mut buffer)?.len();
        buffer.truncate(length);
        let mut path = [MaybeUninit::uninit(); 4096];
        let exe = self.proc.link(pid, "/exe", &mut path).map(<[u8]>::to_vec);
        let cwd = self.proc.link(pid, "/cwd", &mut path).map(<[u8]>::to_vec);
        let mut line = [0; 4096];
        let cgroup = self.proc.read(&PidPath::of(pid, "/cgroup"), &mut line).and_then(cgroup_file::unified);
        let cgroup = cgroup.map(|group| String::from_utf8_lossy(group).into_owned());
        // Still the same process: then all of the above was its.
        let mut line = [0; 1024];
        let stat = stat::parse(self.proc.read(&PidPath::of(pid, "/stat"), &mut line)?)?;
        (stat.starttime == identity.start).then_some(Description {
            argv_cut: length == ARGV,
            argv: buffer,
            exe,
            cwd,
            cgroup,
        })
    }
}

#[cfg(test)]
mod tests;
