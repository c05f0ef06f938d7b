//! What both ends of one consumer's queue share besides the queue: a few numbers. By them the giving end knows whether
//! there is room without ever waiting, and the taking end knows whether it is waited for. They never tell of less than
//! lies in the queue: a notice is counted as given before it goes in, and as taken after it has come out.

use super::Notice;
use super::roll::Roll;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};

/// Wakes the loop that gives.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Rounds and whole pictures are large: no more than so many wait for one consumer.
const LARGE: usize = 2;

pub(super) struct Seat {
    pub name: Arc<str>,
    pub capacity: usize,
    given: AtomicU64,
    taken: AtomicU64,
    /// How many of those that wait are large.
    large: AtomicUsize,
    /// The giver has something to make good and no room for it.
    awaited: AtomicBool,
    left: AtomicBool,
    lost: AtomicU64,
    panics: AtomicU64,
    roll: Arc<Roll>,
    wake: Wake,
}

impl Seat {
    pub(super) fn new(name: Arc<str>, capacity: usize, roll: Arc<Roll>, wake: Wake) -> Seat {
        Seat {
            name,
            capacity,
            given: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            large: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
            left: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            roll,
            wake,
        }
    }

    pub(super) fn has_room_for(&self, notice: &Notice) -> bool {
        self.waiting() < self.capacity && (!notice.is_large() || self.large.load(Relaxed) < LARGE)
    }

    /// Whether what was lost can be made good now. If not, whoever takes wakes the loop once there may be room.
    pub(super) fn has_room_to_make_good(&self) -> bool {
        // Both ends write first and read then, in one order for all: one of the two sees what the other has done.
        self.awaited.store(true, SeqCst);
        let has_room = self.waiting() <= self.capacity / 2 && self.large.load(SeqCst) < LARGE;
        if has_room {
            self.awaited.store(false, SeqCst);
        }
        has_room
    }

    pub(super) fn goes_in(&self, notice: &Notice) {
        self.given.fetch_add(1, SeqCst);
        self.large.fetch_add(usize::from(notice.is_large()), Relaxed);
    }

    pub(super) fn came_out(&self, notice: &Notice) {
        self.large.fetch_sub(usize::from(notice.is_large()), SeqCst);
        self.taken.fetch_add(1, SeqCst);
        if self.waiting() <= self.capacity / 2 && self.awaited.swap(false, SeqCst) {
            (self.wake)();
        }
    }

    fn waiting(&self) -> usize {
        // In this order: what is taken was given before, so this is never negative.
        let taken = self.taken.load(SeqCst);
        (self.given.load(SeqCst) - taken) as usize
    }

    /// How many notices were given so far.
    pub(super) fn given(&self) -> u64 {
        self.given.load(SeqCst)
    }

    /// How many of them were taken.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(SeqCst)
    }

    pub(super) fn lost(&self) {
        self.lost.fetch_add(1, Relaxed);
    }

    pub(super) fn panicked(&self) {
        self.panics.fetch_add(1, SeqCst);
        (self.wake)();
    }

    pub(super) fn panics(&self) -> u64 {
        self.panics.load(SeqCst)
    }

    /// Its name is free at once; the loop shows it out at its next round.
    pub(super) fn leave(&self) {
        if !self.left.swap(true, SeqCst) {
            self.roll.strike(&self.name);
            (self.wake)();
        }
    }

    pub(super) fn has_left(&self) -> bool {
        self.left.load(SeqCst)
    }

    pub(super) fn wake(&self) {
        (self.wake)();
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            name: Arc::clone(&self.name),
            waiting: self.waiting(),
            lost: self.lost.load(Relaxed),
            panics: self.panics.load(Relaxed),
        }
    }
}

/// How one consumer fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    pub name: Arc<str>,
    /// Notices that it has not taken yet.
    pub waiting: usize,
    /// Notices that it never got, or panicked at.
    pub lost: u64,
    pub panics: u64,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.standing().fmt(f)
    }
}
