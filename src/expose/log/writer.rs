//! Writes lines to a descriptor that may stall (a pipe nobody reads, a terminal stopped with ^S, a slow disk) without ever
//! holding up the event loop: lines are copied to a bounded queue, and a thread of its own does the writes.
//!
//! Why a thread. O_NONBLOCK belongs to the open file description, which stdout shares with the shell and every other
//! program on it; a description of our own, by opening /proc/self/fd/1 anew, is not to be had for a socket (what journald
//! gives a service) and not always allowed; and regular files know no O_NONBLOCK at all. The queue's lock is held for a
//! copy or a swap, never across a write.

use super::stream::{Notice, Stream};
use crate::model::Wall;
use std::mem;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// What may wait: some ten thousand lines. Memory is taken only while the reader lags behind.
const LIMIT: usize = 2 << 20;

#[derive(Debug)]
pub(super) struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    more: Condvar,
    idle: Condvar,
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    lines: Vec<u8>,
    /// Lines refused since the thread last took the queue. Once one is refused all are, so that the notice stands
    /// where the gap is.
    missed: u64,
    /// When the last line came: the writer thread has no clock.
    now: Wall,
    writing: bool,
    closed: bool,
}

impl Writer {
    pub(super) fn spawn(to: OwnedFd, notice: Notice) -> io::Result<Writer> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            more: Condvar::new(),
            idle: Condvar::new(),
            dropped: AtomicU64::new(0),
        });
        let theirs = Arc::clone(&shared);
        thread::Builder::new()
            .name("log".into())
            .stack_size(64 << 10)
            .spawn(move || theirs.run(to, notice))?;
        Ok(Writer(shared))
    }

    /// Takes a line that ends with its only newline, or counts it as dropped. Never waits for the descriptor.
    pub(super) fn push(&self, now: Wall, line: &[u8]) {
        let mut queue = self.0.lock();
        queue.now = now;
        if queue.missed == 0 && queue.lines.len() + line.len() <= LIMIT {
            queue.lines.extend_from_slice(line);
        } else {
            queue.missed += 1;
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
        drop(queue);
        self.0.more.notify_one();
    }

    pub(super) fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything is written, but not longer than `timeout`; tells whether it is.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let waited =
            self.0.idle.wait_timeout_while(self.0.lock(), timeout, |queue| queue.writing || queue.waits());
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// The thread ends by itself once it has written what it can; nobody waits for it, as it may be stalled.
impl Drop for Writer {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.more.notify_one();
    }
}

impl Queue {
    fn waits(&self) -> bool {
        !self.lines.is_empty() || self.missed > 0
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, to: OwnedFd, notice: Notice) {
        let mut stream = Stream::new(to);
        let mut untold = 0;
        while let Some((lines, missed, now)) = self.take() {
            untold = stream.tell(notice, now, untold);
            let lost = stream.write(&lines);
            self.dropped.fetch_add(lost, Ordering::Relaxed);
            untold = stream.tell(notice, now, untold + lost + missed);
            self.lock().writing = false;
            self.idle.notify_all();
        }
    }

    /// Waits for lines; `None` when there are none left and there will be no more.
    fn take(&self) -> Option<(Vec<u8>, u64, Wall)> {
        let waited = self.more.wait_while(self.lock(), |queue| !queue.waits() && !queue.closed);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        queue.writing = queue.waits();
        queue.writing.then(|| (mem::take(&mut queue.lines), mem::take(&mut queue.missed), queue.now))
    }
}

#[cfg(test)]
mod tests;
