//! What a pass that samples has read so far, and the round that it becomes. Each sample is whole as soon as it is read, but for
//! what ended children had: whose time that was shows when the pass has ended.

use super::children::Debts;
use super::ledger::{Ledger, Met, Reading};
use super::{rates, worth};
use crate::engine::input::Sighting;
use crate::model::sample::{HostUse, Round, Sample, Used};
use crate::model::{Identity, Mono, Pid};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Gathering {
    ledger: Ledger,
    samples: Vec<Sample>,
    left_out: usize,
    /// Samples that may be kept.
    most: usize,
}

/// What the next round needs of this one.
#[derive(Debug)]
pub(super) struct Last {
    pub ledger: Ledger,
    /// What the host had used, and when.
    host: Option<(HostUse, Mono)>,
    /// So many samples were kept, and so many not.
    pub kept: usize,
    pub left_out: usize,
}

impl Gathering {
    pub(super) fn begin(now: Mono, slept: Duration, most: usize, last: Option<&Last>) -> Gathering {
        let usual = last.map_or(0, |last| last.ledger.len());
        let samples = Vec::with_capacity((usual + usual / 8).min(worth::room(most)));
        Gathering { ledger: Ledger::begin(now, slept, usual), samples, left_out: 0, most }
    }

    /// `slept`: what the machine has until now.
    pub(super) fn met(&mut self, seen: &Sighting, governed: bool, slept: Duration, last: Option<&Last>) {
        let mut reading = Reading::of(seen);
        let mut recent = None;
        if let Some(last) = last {
            let before = last.ledger.of(seen.identity);
            reading.newborn = rates::is_newborn(seen, slept, &last.ledger);
            reading.io = seen.used.io.or(before.and_then(|before| before.io));
            let span = rates::since(last.ledger.at, before, &reading);
            recent = span.and_then(|span| span.recent(0, cores(last.host)));
        }
        self.ledger.add(reading);
        self.samples.push(Sample {
            identity: seen.identity,
            ppid: seen.ppid,
            uid: seen.uid,
            comm: seen.comm,
            kernel_thread: seen.kernel_thread,
            governed,
            used: Used { io: reading.io, ..seen.used },
            read_at: seen.read_at,
            recent,
        });
        if self.samples.len() >= worth::room(self.most) {
            self.left_out += worth::keep(&mut self.samples, self.most);
        }
    }

    /// One that is listed and cannot be read keeps its place: its rate will be over a longer time.
    pub(super) fn unread(&mut self, pid: Pid, last: &Last) {
        if let Some(before) = last.ledger.get(pid) {
            self.ledger.add(Reading { met: Met::Unread, ..*before });
        }
    }

    /// `ended`: whether one that was read has ended by now.
    pub(super) fn finish(
        self,
        now: Mono,
        host: Option<HostUse>,
        last: Option<&Last>,
        debts: &mut Debts,
        ended: impl Fn(Identity) -> bool,
    ) -> (Round, Last) {
        let Gathering { mut ledger, mut samples, mut left_out, most } = self;
        left_out += worth::keep(&mut samples, most);
        samples.sort_unstable_by_key(|sample| sample.identity.pid);
        ledger.close();
        ledger.note_ends(|reading| ended(reading.identity));
        let host = host.map(|host| (host, now)).or(last.and_then(|last| last.host));
        let told = host.map(|(host, _)| host).unwrap_or_default();
        let mut round = Round { at: ledger.at, over: None, host: told, busy: None, samples, left_out };
        if let Some(last) = last {
            round.over = Some(ledger.at - last.ledger.at).filter(|over| !over.is_zero());
            round.busy = busy(last.host, host);
            for (pid, owes) in debts.settle(&last.ledger, &ledger) {
                let (Some(sample), Some(reading)) = (round.of_mut(pid), ledger.get(pid)) else { continue };
                let span = rates::since(last.ledger.at, last.ledger.of(reading.identity), reading);
                sample.recent = span.and_then(|span| span.recent(owes, cores(host)));
            }
        }
        let kept = round.samples.len();
        (round, Last { ledger, host, kept, left_out })
    }
}

/// Cores that were busy between two readings of the host.
fn busy(before: Option<(HostUse, Mono)>, now: Option<(HostUse, Mono)>) -> Option<f64> {
    let ((before, from), (now, until)) = (before?, now?);
    let over = until - from;
    (!over.is_zero()).then(|| now.busy.since(before.busy).as_secs_f64() / over.as_secs_f64())
}

/// As many as there are, if that is known.
fn cores(host: Option<(HostUse, Mono)>) -> u32 {
    host.map_or(u32::MAX, |(host, _)| host.cores)
}
