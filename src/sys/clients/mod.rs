//! Those who ask: listening sockets and the connections made to them, all on the loop's own poll, each with bounded
//! buffers and a deadline, so that no client holds up anything. A round costs what those cost who are awake, however many
//! sleep. What is said is the business of others.

mod door;
mod doors;
mod guest;
mod peer;
mod room;
mod stream;
#[cfg(test)]
mod tests;

pub use guest::{Guest, LONGEST_REQUEST};
pub use peer::Peer;

use crate::config::Address;
use crate::model::Mono;
use door::Door;
use mio::event::Event;
use mio::{Registry, Token};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is spoken at a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hall {
    Http,
    Control,
}

pub type GuestId = usize;

#[derive(Debug)]
pub struct Clients {
    registry: Registry,
    first: usize,
    next: usize,
    doors: BTreeMap<usize, (Hall, Address, Door)>,
    /// Doors where somebody may be waiting.
    knocks: BTreeSet<usize>,
    /// When to look at all doors again, as nobody could be let in.
    look_again: Option<Mono>,
    guests: BTreeMap<GuestId, Guest>,
    /// Guests with whom there may be something to do, each once, in turn.
    awake: VecDeque<GuestId>,
    /// Guests for whom something waits to be taken.
    owed: BTreeSet<GuestId>,
    /// The earliest deadline, or earlier.
    check_at: Option<Mono>,
    dropped: u64,
}

impl Clients {
    /// Tokens from `first` on are this module's.
    pub fn new(registry: Registry, first: usize) -> Clients {
        Clients {
            registry,
            first,
            next: first,
            doors: BTreeMap::new(),
            knocks: BTreeSet::new(),
            look_again: None,
            guests: BTreeMap::new(),
            awake: VecDeque::new(),
            owed: BTreeSet::new(),
            check_at: None,
            dropped: 0,
        }
    }

    /// Whether the event is for one of ours; what it says is remembered.
    pub fn woken(&mut self, event: &Event) -> bool {
        let Token(id) = event.token();
        if id < self.first {
            return false;
        }
        if let Some(guest) = self.guests.get_mut(&id) {
            let readable = event.is_readable() || event.is_read_closed();
            guest.woken(readable, event.is_writable(), event.is_write_closed() || event.is_error());
            self.wake(id);
        } else if self.doors.contains_key(&id) {
            self.knocks.insert(id);
        }
        true
    }

    /// Gives it a turn, behind those who wait for theirs.
    pub fn wake(&mut self, id: GuestId) {
        if let Some(guest) = self.guests.get_mut(&id)
            && !std::mem::replace(&mut guest.awake, true)
        {
            self.awake.push_back(id);
        }
    }

    /// Whose turn it is. It has been sent what it takes, and what it has said stands in its inbox. `serve` ends the turn.
    pub fn next(&mut self, now: Mono) -> Option<GuestId> {
        loop {
            let id = self.awake.pop_front()?;
            // Whose turn it was may be gone.
            let Some(guest) = self.guests.get_mut(&id) else { continue };
            guest.awake = false;
            guest.write(now);
            guest.read(now);
            return Some(id);
        }
    }

    pub fn guest(&mut self, id: GuestId) -> Option<&mut Guest> {
        self.guests.get_mut(&id)
    }

    /// Sends what can be sent of what it was answered.
    pub fn serve(&mut self, now: Mono, id: GuestId) {
        let Some(guest) = self.guests.get_mut(&id) else { return };
        guest.write(now);
        if guest.is_done() {
            return self.forget(id);
        }
        let (busy, owed, deadline) = (guest.is_busy(), guest.unsent() > 0, guest.deadline());
        if busy {
            self.wake(id);
        }
        if owed {
            self.owed.insert(id)
        } else {
            self.owed.remove(&id)
        };
        self.watch(deadline);
    }

    /// Ends connections that have had all the time there is, and looks at the doors again where that was put off.
    pub fn tick(&mut self, now: Mono) {
        if self.look_again.is_some_and(|at| at <= now) {
            self.look_again = None;
            self.knocks.extend(self.doors.keys());
        }
        if self.check_at.is_none_or(|at| at > now) {
            return;
        }
        let late = |guest: &Guest| guest.deadline().is_some_and(|at| at <= now);
        let gone: Vec<GuestId> = self.guests.iter().filter(|(_, g)| late(g)).map(|(&id, _)| id).collect();
        gone.into_iter().for_each(|id| self.drop_guest(id));
        self.check_at = self.guests.values().filter_map(Guest::deadline).min();
    }

    pub fn next_deadline(&self) -> Option<Mono> {
        self.check_at.into_iter().chain(self.look_again).min()
    }

    pub fn is_busy(&self) -> bool {
        !self.awake.is_empty() || !self.knocks.is_empty()
    }

    /// How many are connected at each kind of door.
    pub fn connected(&self, hall: Hall) -> usize {
        self.guests.values().filter(|guest| guest.hall == hall).count()
    }

    /// Connections ended because they were too slow, or too many.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// One that owes nothing, not even its first word, has only been idle.
    fn drop_guest(&mut self, id: GuestId) {
        self.dropped += u64::from(self.guests.get(&id).is_some_and(|guest| !guest.is_square()));
        self.forget(id);
    }

    fn forget(&mut self, id: GuestId) {
        if let Some(mut guest) = self.guests.remove(&id) {
            guest.stream().deregister(&self.registry);
        }
        self.owed.remove(&id);
    }

    fn watch(&mut self, deadline: Option<Mono>) {
        self.check_at = self.check_at.into_iter().chain(deadline).min();
    }

    fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next
    }
}
