//! The giving end of one consumer's queue. From a loss until the gap and the whole picture are given all that comes is
//! lost, too: a picture with holes would be no use. Losses are counted here alone.

use super::Notice;
use super::seat::Seat;
use super::sieve::{Panicked, Sieve};
use super::trouble::{Cause, Trouble};
use crate::model::Mono;
use crate::model::lifecycle::{Change, Process};
use crate::model::record::Record;
use crate::model::sample::Round;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

pub(super) struct Line {
    pub seat: Arc<Seat>,
    pub sieve: Sieve,
    queue: SyncSender<Notice>,
    /// A whole picture is due, after so many losses: at first, after none.
    due: Option<u64>,
    /// Its panics that have been counted as losses.
    panics: u64,
    /// The number of the last picture: what is behind it is complete.
    picture: u64,
    trouble: Trouble,
}

/// The moment, and where to tell of what happens.
pub(super) struct Telling<'r> {
    pub now: Mono,
    pub records: &'r mut Vec<Record>,
}

impl Line {
    pub(super) fn new(seat: Arc<Seat>, sieve: Sieve, queue: SyncSender<Notice>) -> Line {
        let due = sieve.changes.then_some(0);
        Line { seat, sieve, queue, due, panics: 0, picture: 0, trouble: Trouble::default() }
    }

    pub(super) fn change(&mut self, change: &Change, to: &mut Telling<'_>) {
        if self.sieve.changes {
            match self.sieve.wants(change) {
                Ok(true) => self.tell(Notice::Change(*change), to),
                Ok(false) => {}
                Err(Panicked) => {
                    self.seat.panicked();
                    self.count_panics(to);
                }
            }
        }
    }

    pub(super) fn round(&mut self, round: &Arc<Round>, to: &mut Telling<'_>) {
        if self.sieve.rounds {
            self.tell(Notice::Round(Arc::clone(round)), to);
        }
    }

    fn tell(&mut self, notice: Notice, to: &mut Telling<'_>) {
        if self.due.is_some() {
            self.lose(Cause::Gap, to);
        } else if !self.seat.has_room_for(&notice) {
            self.lose(Cause::Slow, to);
        } else {
            self.give(notice);
        }
    }

    /// There is room: nobody else gives. Where nobody takes any more nothing is missed.
    fn give(&self, notice: Notice) {
        self.seat.goes_in(&notice);
        let _ = self.queue.try_send(notice);
    }

    fn lose(&mut self, cause: Cause, to: &mut Telling<'_>) {
        *self.due.get_or_insert(0) += 1;
        self.seat.lost();
        to.records.extend(self.trouble.lost(to.now, cause, &self.seat.name).map(Record::Consumer));
    }

    /// What it, or its filter, panicked at it has not dealt with.
    fn count_panics(&mut self, to: &mut Telling<'_>) {
        while self.panics < self.seat.panics() {
            self.panics += 1;
            self.lose(Cause::Panic, to);
        }
    }

    /// The gap and the whole picture, once there is room for both and the last are some time ago.
    pub(super) fn make_good(&mut self, all: &mut dyn FnMut() -> Arc<[Process]>, to: &mut Telling<'_>) {
        self.count_panics(to);
        let Some(lost) = self.due else {
            return self.tell_if_over(to);
        };
        if to.now < self.trouble.rests_until() || !self.seat.has_room_to_make_good() {
            return;
        }
        if lost > 0 {
            self.trouble.made_good(to.now);
        }
        let picture = self.sieve.changes.then(|| self.sieve.picture(&all()));
        match picture.transpose() {
            Err(Panicked) => self.seat.panicked(),
            Ok(picture) => {
                self.due = None;
                if lost > 0 {
                    self.give(Notice::Gap { lost });
                }
                picture.into_iter().for_each(|picture| self.give(Notice::Resync(picture)));
                self.picture = self.seat.given();
            }
        }
    }

    /// One that has not taken the picture has not caught up, however quiet it is.
    fn tell_if_over(&mut self, to: &mut Telling<'_>) {
        if self.seat.taken() >= self.picture {
            to.records.extend(self.trouble.over(to.now, &self.seat.name).map(Record::Consumer));
        }
    }

    /// When it is to be served without anything new.
    pub(super) fn deadline(&self, now: Mono) -> Option<Mono> {
        let at = match self.due {
            Some(_) => Some(self.trouble.rests_until()),
            None => self.trouble.ends(),
        };
        // What is past waits for the consumer to take: for room it wakes us, for good news there is time.
        at.filter(|at| *at > now)
    }
}
