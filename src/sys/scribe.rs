//! A thread that writes lines to where a write may stall (a pipe nobody reads, a terminal stopped with ^S, a slow or dead
//! disk) without ever holding up the event loop: lines are copied to a bounded queue, and what does not fit is counted.
//! It knows nothing of what is written, nor where to: that is its pen's affair.
//!
//! Why a thread. O_NONBLOCK belongs to the open file description, which stdout shares with the shell and every other
//! program on it; a description of our own, by opening /proc/self/fd/1 anew, is not to be had for a socket (what journald
//! gives a service) and not always allowed; and regular files know no O_NONBLOCK at all. The queue's lock is held for a
//! copy or a swap, never across a write.

use crate::model::Wall;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// What may wait: some ten thousand lines. Memory is taken only while the writing lags behind.
pub const LIMIT: usize = 2 << 20;

/// Writes for a scribe, on the scribe's thread, where it may wait as long as it must.
pub trait Pen: Send + 'static {
    /// Writes what came; gives back how many of the batch's lines an error cost.
    fn write(&mut self, batch: &Batch) -> u64;
}

/// What came since the last time. It may hold no line when the pen was only called.
#[derive(Debug, Default)]
pub struct Batch {
    pub lines: Vec<u8>,
    /// Lines refused after those. Once one is refused all are until the queue is taken, so that a notice stands where the
    /// gap is.
    pub missed: u64,
    /// When the last line came: the thread has no clock.
    pub now: Wall,
}

#[derive(Debug)]
pub struct Scribe(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    more: Condvar,
    idle: Condvar,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    batch: Batch,
    called: bool,
    writing: bool,
    closed: bool,
}

impl Scribe {
    pub fn spawn(name: &str, pen: impl Pen) -> io::Result<Scribe> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            more: Condvar::new(),
            idle: Condvar::new(),
            dropped: AtomicU64::new(0),
        });
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name(name.into()).stack_size(64 << 10).spawn(move || theirs.run(pen))?;
        Ok(Scribe(shared))
    }

    /// Takes a line that ends with its only newline, or counts it as dropped. Never waits for the pen.
    pub fn push(&self, now: Wall, line: &[u8]) {
        let mut queue = self.0.lock();
        let batch = &mut queue.batch;
        batch.now = now;
        if batch.missed == 0 && batch.lines.len() + line.len() <= LIMIT {
            batch.lines.extend_from_slice(line);
        } else {
            batch.missed += 1;
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
        drop(queue);
        self.0.more.notify_one();
    }

    /// Has the pen called although there is no line: something else has changed for it.
    pub fn call(&self) {
        self.0.lock().called = true;
        self.0.more.notify_one();
    }

    /// Lines that could not be written since the start.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything is written, but not longer than `timeout`; tells whether it is.
    pub fn flush(&self, timeout: Duration) -> bool {
        let waited =
            self.0.idle.wait_timeout_while(self.0.lock(), timeout, |queue| queue.writing || queue.waits());
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// The thread ends by itself once it has written what it can; nobody waits for it, as it may be stalled.
impl Drop for Scribe {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.more.notify_one();
    }
}

impl Queue {
    fn waits(&self) -> bool {
        self.called || self.batch.missed > 0 || !self.batch.lines.is_empty()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut pen: impl Pen) {
        while let Some(batch) = self.take() {
            let lost = pen.write(&batch);
            self.dropped.fetch_add(lost, Ordering::Relaxed);
            self.lock().writing = false;
            self.idle.notify_all();
        }
    }

    /// Waits for work; `None` when there is none left and there will be no more.
    fn take(&self) -> Option<Batch> {
        let waited = self.more.wait_while(self.lock(), |queue| !queue.waits() && !queue.closed);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        queue.writing = queue.waits();
        queue.called = false;
        let now = queue.batch.now;
        queue.writing.then(|| mem::replace(&mut queue.batch, Batch { now, ..Batch::default() }))
    }
}
