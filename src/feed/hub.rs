//! The giving end: on the loop's thread, once a round. It never waits; a queue that is full loses.

use super::outlet::{Gauge, ROUNDS_WAITING, Wake};
use super::registrar::{Names, Newcomer, Registrar};
use super::{Filter, Notice};
use crate::model::lifecycle::{Change, Process};
use crate::model::sample::Round;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, channel};
use std::sync::{Arc, Mutex};

pub struct Hub {
    lines: Vec<Line>,
    newcomers: Receiver<Newcomer>,
    names: Names,
    registrar: Registrar,
}

/// To one consumer.
#[derive(Debug)]
pub(super) struct Line {
    pub name: Arc<str>,
    pub filter: Filter,
    pub capacity: usize,
    pub queue: SyncSender<Notice>,
    pub gauge: Arc<Gauge>,
    /// Since the last resync, and in all.
    pub lost: u64,
    pub lost_ever: u64,
    pub panics: u64,
}

/// How one consumer fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    pub name: Arc<str>,
    pub waiting: usize,
    pub lost: u64,
    pub panics: u64,
}

impl Hub {
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Hub {
        let (send, newcomers) = channel();
        let names = Arc::new(Mutex::new(BTreeSet::new()));
        let wake: Wake = Arc::new(wake);
        let registrar = Registrar::new(Arc::clone(&names), send, wake);
        Hub { lines: Vec::new(), newcomers, names, registrar }
    }

    pub fn registrar(&self) -> Registrar {
        self.registrar.clone()
    }

    /// Whether anybody wants to know what becomes of processes.
    pub fn wants_changes(&self) -> bool {
        self.lines.iter().any(|line| line.filter.changes)
    }

    pub fn standings(&self) -> impl Iterator<Item = Standing> {
        self.lines.iter().map(|line| Standing {
            name: Arc::clone(&line.name),
            waiting: line.gauge.waiting.load(Relaxed),
            lost: line.lost_ever,
            panics: line.panics,
        })
    }

    /// Lets in and out, gives to each what it wants, and to those who lost something the whole picture: `all`.
    pub fn serve(
        &mut self,
        changes: impl Iterator<Item = Change>,
        round: Option<&Arc<Round>>,
        all: &mut dyn FnMut() -> Arc<[Process]>,
    ) {
        for change in changes {
            self.lines.iter_mut().for_each(|line| line.tell_change(&change));
        }
        for line in &mut self.lines {
            if let Some(round) = round.filter(|_| line.filter.rounds) {
                line.tell(Notice::Round(Arc::clone(round)));
            }
            line.make_good(all);
        }
        // Whoever is let in now finds the changes in the picture.
        for newcomer in self.newcomers.try_iter() {
            let line = Line::from(newcomer);
            if line.filter.changes {
                line.give(Notice::Resync(line.fitting(&all())));
            }
            self.lines.push(line);
        }
        self.let_out();
    }

    fn let_out(&mut self) {
        let names = &self.names;
        self.lines.retain(|line| {
            let stays = !line.gauge.done.load(Relaxed);
            if !stays && let Ok(mut names) = names.lock() {
                names.remove(&line.name);
            }
            stays
        });
    }
}

impl From<Newcomer> for Line {
    fn from(Newcomer { name, filter, capacity, queue, gauge }: Newcomer) -> Line {
        Line { name, filter, capacity, queue, gauge, lost: 0, lost_ever: 0, panics: 0 }
    }
}

impl Line {
    fn tell_change(&mut self, change: &Change) {
        if self.filter.changes && self.filter.wants(&change.process) {
            self.tell(Notice::Change(*change));
        }
    }

    fn tell(&mut self, notice: Notice) {
        let is_round = matches!(notice, Notice::Round(_));
        let has_room = !is_round || self.gauge.rounds.load(Relaxed) < ROUNDS_WAITING;
        if self.lost > 0 || !has_room || !self.give(notice) {
            self.lose();
        }
    }

    fn give(&self, notice: Notice) -> bool {
        // Counted before it can be taken.
        let is_round = matches!(notice, Notice::Round(_));
        self.gauge.waiting.fetch_add(1, Relaxed);
        self.gauge.rounds.fetch_add(usize::from(is_round), Relaxed);
        let given = self.queue.try_send(notice).is_ok();
        if !given {
            self.gauge.waiting.fetch_sub(1, Relaxed);
            self.gauge.rounds.fetch_sub(usize::from(is_round), Relaxed);
        }
        given
    }

    fn lose(&mut self) {
        self.lost += 1;
        self.lost_ever += 1;
        self.gauge.behind.store(true, Relaxed);
    }

    /// The gap and the whole picture, as soon as half of the queue is free.
    fn make_good(&mut self, all: &mut dyn FnMut() -> Arc<[Process]>) {
        if self.gauge.stumbled.swap(false, Relaxed) {
            self.panics += 1;
            self.lose();
        }
        if self.lost == 0 || self.gauge.waiting.load(Relaxed) > self.capacity / 2 {
            return;
        }
        self.gauge.behind.store(false, Relaxed);
        let lost = std::mem::take(&mut self.lost);
        self.give(Notice::Gap { lost });
        self.give(Notice::Resync(self.fitting(&all())));
    }

    fn fitting(&self, all: &[Process]) -> Arc<[Process]> {
        all.iter().copied().filter(|process| self.filter.wants(process)).collect()
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("lines", &self.lines).finish_non_exhaustive()
    }
}
