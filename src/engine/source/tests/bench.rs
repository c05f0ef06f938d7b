//! A kernel that answers as it is told to, and the source in front of it.

use super::super::{Change, Source};
use super::{BUFFER, SourceRefusal, What};
use crate::engine::effect::{Effect, Effects};
use crate::model::record::{Record, SourceRecord};
use crate::model::{Mono, Pid};
use std::time::Duration;

#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// Whether the world answers to `OpenSource` at all.
    pub(super) answers: bool,
    pub(super) opens: Result<(), SourceRefusal>,
    pub(super) sends: Result<(), SourceRefusal>,
    pub(super) narrows: Result<(), SourceRefusal>,
    pub(super) acks: bool,
    pub(super) ack_errno: u32,
    pub(super) events: bool,
    /// Another program's IGNORE: no events until somebody listens.
    pub(super) silenced: bool,
    /// What the open socket has dropped.
    pub(super) drops: u32,
    /// Whether /proc can be read.
    pub(super) scans: bool,
}

impl Kernel {
    pub(super) fn sound() -> Kernel {
        Kernel {
            answers: true,
            opens: Ok(()),
            sends: Ok(()),
            narrows: Ok(()),
            acks: true,
            ack_errno: 0,
            events: true,
            silenced: false,
            drops: 0,
            scans: true,
        }
    }
}

pub(super) fn refused(why: &str, may_heal: bool) -> SourceRefusal {
    SourceRefusal { why: why.into(), may_heal }
}

pub(super) struct Bench {
    pub(super) source: Source,
    pub(super) kernel: Kernel,
    pub(super) wanted: Vec<Effect>,
    pub(super) records: Vec<SourceRecord>,
    now: Mono,
    fx: Effects,
    number: u32,
}

impl Bench {
    pub(super) fn new(kernel: Kernel) -> Bench {
        Bench {
            source: Source::new(None, BUFFER),
            kernel,
            wanted: Vec::new(),
            records: Vec::new(),
            now: Mono(1_000_000),
            fx: Effects::default(),
            number: 0,
        }
    }

    pub(super) fn live() -> Bench {
        let mut bench = Bench::new(Kernel::sound());
        assert_eq!(bench.start(), [Change::Live]);
        bench.forget();
        bench
    }

    pub(super) fn forget(&mut self) {
        self.wanted.clear();
        self.records.clear();
    }

    pub(super) fn start(&mut self) -> Vec<Change> {
        let change = self.source.start(self.now, &mut self.fx);
        self.settle(change)
    }

    pub(super) fn overrun(&mut self) -> Vec<Change> {
        let change = self.source.overrun(self.now, &mut self.fx);
        self.settle(change)
    }

    pub(super) fn broken(&mut self, why: &str) -> Vec<Change> {
        let change = self.source.broken(self.now, refused(why, true), &mut self.fx);
        self.settle(change)
    }

    pub(super) fn ack(&mut self, to: u32, errno: u32) -> Vec<Change> {
        let change = self.source.heard(self.now, &What::Ack { to, errno }, &mut self.fx);
        self.settle(change)
    }

    pub(super) fn other_event(&mut self) -> Change {
        self.source.heard(self.now, &What::Exec { tid: Pid(7), pid: Pid(7) }, &mut self.fx)
    }

    pub(super) fn opened(&mut self, result: Result<usize, SourceRefusal>) -> Change {
        let change = self.source.opened(self.now, result, &mut self.fx);
        self.settle(Change::None);
        change
    }

    /// Time passes, and the deadline with it if it lies within.
    pub(super) fn after(&mut self, time: Duration) -> Vec<Change> {
        self.now = self.now + time;
        let change = self.source.tick(self.now, &mut self.fx);
        self.settle(change)
    }

    /// To the next deadline, however far; nothing when there is none.
    pub(super) fn jump(&mut self) -> Vec<Change> {
        self.source.deadline().map_or_else(Vec::new, |deadline| self.after(deadline - self.now))
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn listens(&self) -> usize {
        self.wanted.iter().filter(|e| matches!(e, Effect::Listen { .. })).count()
    }

    pub(super) fn why(&self) -> &str {
        self.source.polling().expect("it polls")
    }

    /// A scan as the engine makes one every now and then, done at once.
    pub(super) fn scan(&mut self, full: bool) -> Vec<Change> {
        self.source.scan_began(self.now, full, &mut self.fx);
        self.source.scan_ended(self.now, self.kernel.scans, &mut self.fx);
        self.settle(Change::None)
    }

    /// The kernel answers until nothing is wanted any more, and scans that are due are made.
    fn settle(&mut self, change: Change) -> Vec<Change> {
        let mut changes = vec![change];
        loop {
            if changes.last() == Some(&Change::Resync) {
                self.source.scan_began(self.now, true, &mut self.fx);
                self.source.scan_ended(self.now, self.kernel.scans, &mut self.fx);
            }
            let Some(effect) = self.fx.wanted.pop_front() else {
                match self.source.tick(self.now, &mut self.fx) {
                    Change::None if self.fx.wanted.is_empty() => break,
                    change => changes.push(change),
                }
                continue;
            };
            changes.push(self.answer(&effect));
            self.wanted.push(effect);
        }
        self.records.extend(self.fx.records.drain(..).filter_map(|record| match record {
            Record::Source(record) => Some(record),
            _ => None,
        }));
        changes.retain(|change| *change != Change::None);
        changes
    }

    fn answer(&mut self, effect: &Effect) -> Change {
        let (now, fx, kernel) = (self.now, &mut self.fx, &mut self.kernel);
        match effect {
            Effect::OpenSource { buffer } if kernel.answers => {
                kernel.drops = 0;
                self.source.opened(now, kernel.opens.clone().map(|()| buffer / 2), fx)
            }
            Effect::Listen { seq } => {
                self.number = *seq;
                kernel.silenced = false;
                match kernel.sends.clone() {
                    Err(refusal) => self.source.broken(now, refusal, fx),
                    Ok(()) if kernel.acks => {
                        let errno = kernel.ack_errno;
                        self.source.heard(now, &What::Ack { to: *seq, errno }, fx)
                    }
                    Ok(()) => Change::None,
                }
            }
            Effect::Narrow => {
                self.source.narrowed(kernel.narrows.clone(), fx);
                Change::None
            }
            Effect::CountDrops => self.source.dropped(now, kernel.drops, fx),
            Effect::Canary if kernel.events && !kernel.silenced => self.other_event(),
            _ => Change::None,
        }
    }
}
