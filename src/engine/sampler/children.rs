//! A parent's time of children that have ended holds all that they ever used, also what rounds before have told of them.
//! To tell nothing twice, that is taken off: a debt of whoever waited for them. Of children that no round met nothing was
//! told: all of theirs is the parent's.
//!
//! What the kernel adds to nobody's account nobody can tell of: the time of children whose parent ignores SIGCHLD.

use super::ledger::{Ledger, Met, Reading};
use crate::model::{Identity, Pid};
use std::collections::HashMap;
use std::time::Duration;

/// What this round and the one before took off, or could not yet.
#[derive(Debug, Default)]
pub(super) struct Debts(Vec<Debt>);

#[derive(Clone, Copy, Debug)]
struct Debt {
    of: Identity,
    /// Its parent, or the nearest ancestor that lives.
    heir: Identity,
    /// The parent has ended, too: the heir waited for both, or some ancestor of it that adopts orphans waited for the child.
    orphaned: bool,
    owed: Duration,
    paid: Duration,
    /// For so many more it may be owed.
    rounds: u8,
}

impl Debts {
    /// By pid, what is to be taken off in this round. What no account had yet is tried once more in the next: a child may
    /// have ended when its parent had just been read. And who seemed to have ended and is met again, because it could
    /// not be read or nobody had waited for it, has its debt taken back.
    pub(super) fn settle(&mut self, last: &Ledger, now: &Ledger) -> HashMap<Pid, Owes> {
        let mut accounts = Accounts { last, now, owes: HashMap::new() };
        let mut debts = Vec::new();
        for debt in self.0.drain(..) {
            let Some(debt) = last.of(debt.heir).and_then(|heir| debt.of_heir(heir, last, now)) else {
                continue;
            };
            match now.of(debt.of).map(|reading| reading.met) {
                Some(Met::Read | Met::Ended) => accounts.give_back(&debt),
                Some(Met::Unread) => debts.push(debt),
                None => debts.push(Debt { rounds: debt.rounds - 1, ..debt }),
            }
        }
        let gone = last.iter().filter(|before| before.met == Met::Read && now.of(before.identity).is_none());
        debts.extend(gone.filter_map(|gone| Debt::new(gone, 1, last, now)));
        let doubtful =
            now.iter().filter(|reading| reading.met == Met::Ended || is_newly_unread(last, reading));
        debts.extend(doubtful.filter_map(|doubtful| Debt::new(doubtful, 2, now, now)));
        // What has but one account is taken off it before others look for what is left in it.
        debts.sort_by_key(|debt| debt.orphaned);
        self.0.extend(debts.into_iter().map(|debt| accounts.charge(debt)));
        self.0.retain(|debt| debt.rounds > 0 && !debt.owed.is_zero() || now.of(debt.of).is_some());
        accounts.owes
    }
}

impl Debt {
    /// `links`: the readings among which its parent is looked for.
    fn new(of: &Reading, rounds: u8, links: &Ledger, now: &Ledger) -> Option<Debt> {
        let owed = Some(of.told()).filter(|owed| !owed.is_zero())?;
        let parent = links.get(of.ppid)?;
        let heir = parent.identity;
        let debt = Debt { of: of.identity, heir, orphaned: false, owed, paid: Duration::ZERO, rounds };
        debt.of_heir(parent, links, now)
    }

    /// Of its heir, or the nearest ancestor of it that is there: also that one's account may have been read too early.
    fn of_heir(self, heir: &Reading, links: &Ledger, now: &Ledger) -> Option<Debt> {
        let mut at = heir;
        // Links of one reading form no ring that is longer than this, and a ring has no heir.
        for _ in 0..links.len() {
            if let Some(there) = now.of(at.identity) {
                let moved = at.identity != heir.identity;
                let orphaned = moved || there.zombie || there.met == Met::Ended;
                return Some(Debt {
                    heir: at.identity,
                    orphaned: self.orphaned | orphaned,
                    rounds: self.rounds + u8::from(moved),
                    ..self
                });
            }
            at = links.get(at.ppid)?;
        }
        None
    }
}

fn is_newly_unread(last: &Ledger, reading: &Reading) -> bool {
    reading.met == Met::Unread && last.of(reading.identity).is_some_and(|before| before.met == Met::Read)
}

/// Nanoseconds that are to be taken off what has come to an account; less than nothing where more was taken off before
/// than should have been.
pub(super) type Owes = i64;

struct Accounts<'l> {
    last: &'l Ledger,
    now: &'l Ledger,
    owes: HashMap<Pid, Owes>,
}

impl Accounts<'_> {
    /// Takes off as much as has come: to the heir, and for orphans then to its ancestors.
    fn charge(&mut self, mut debt: Debt) -> Debt {
        let is_met = self.now.of(debt.of).is_some();
        let mut account = self.now.of(debt.heir);
        for _ in 0..self.now.len() {
            let Some(at) = account.filter(|_| !debt.owed.is_zero()) else { break };
            let before = self.last.of(at.identity).map(|before| before.reaped);
            let came = at.reaped.since(before.unwrap_or_default());
            let owes = self.owes.entry(at.identity.pid).or_default();
            let room = nanos(came).saturating_sub(*owes).max(0);
            let room = Duration::from_nanos(room.cast_unsigned());
            // Whether one that was met has been waited for shows: all that it used has come, or nothing.
            let part = if is_met && room < debt.owed { Duration::ZERO } else { room.min(debt.owed) };
            *owes += nanos(part);
            (debt.owed, debt.paid) = (debt.owed - part, debt.paid + part);
            account = self.now.get(at.ppid).filter(|_| debt.orphaned);
        }
        debt
    }

    fn give_back(&mut self, debt: &Debt) {
        *self.owes.entry(debt.heir.pid).or_default() -= nanos(debt.paid);
    }
}

fn nanos(time: Duration) -> Owes {
    time.as_nanos() as Owes
}
