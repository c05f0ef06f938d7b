//! Those who ask: listening sockets and the connections made to them, all on the loop's own poll, each with bounded
//! buffers and a deadline, so that no client holds up anything. What is said is the business of others.

mod door;
mod guest;
mod peer;
mod stream;

pub use guest::{Guest, LONGEST_REQUEST};
pub use peer::Peer;

use crate::config::Address;
use crate::model::Mono;
use door::Door;
use mio::{Registry, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;

/// What is spoken at a door.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hall {
    Http,
    Control,
}

/// Connections at one time, and new ones in a round.
const MOST_OF_A_HALL: usize = 256;
const NEW_A_ROUND: usize = 16;
/// Guests served in a round.
const SERVED_A_ROUND: usize = 16;

pub type GuestId = usize;

#[derive(Debug)]
pub struct Clients {
    registry: Registry,
    first: usize,
    next: usize,
    doors: BTreeMap<usize, (Hall, Address, Door)>,
    /// Doors where somebody may be waiting.
    knocks: BTreeSet<usize>,
    guests: BTreeMap<GuestId, Guest>,
    /// Guests with whom there may be something to do.
    awake: BTreeSet<GuestId>,
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
            guests: BTreeMap::new(),
            awake: BTreeSet::new(),
            check_at: None,
            dropped: 0,
        }
    }

    /// Opens a door; tells where it is, if that is a port. The reason why not begins with nothing of the address.
    pub fn open(&mut self, hall: Hall, address: &Address, mode: u32) -> Result<Option<SocketAddr>, String> {
        let mut door = Door::open(address, mode)?;
        let id = self.fresh();
        door.register(&self.registry, Token(id)).map_err(|e| e.to_string())?;
        let port = door.port();
        self.doors.insert(id, (hall, address.clone(), door));
        Ok(port)
    }

    /// Closes a door; who came through it stays.
    pub fn close(&mut self, hall: Hall, address: &Address) {
        self.doors.retain(|_, (theirs, at, _)| (*theirs, &*at) != (hall, address));
    }

    /// Whether the token is one of ours; what it says is remembered.
    pub fn woken(&mut self, token: Token, readable: bool, writable: bool) -> bool {
        let Token(id) = token;
        if id < self.first {
            return false;
        }
        if let Some(guest) = self.guests.get_mut(&id) {
            guest.woken(readable, writable);
            self.awake.insert(id);
        } else if self.doors.contains_key(&id) {
            self.knocks.insert(id);
        }
        true
    }

    /// Lets in who waits at a door.
    pub fn admit(&mut self, now: Mono) {
        for id in std::mem::take(&mut self.knocks) {
            for _ in 0..NEW_A_ROUND {
                let Some((hall, _, door)) = self.doors.get(&id) else { break };
                match door.accept() {
                    Ok((stream, peer)) => self.welcome(Guest::new(stream, *hall, peer, now)),
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                    // The one that waited is gone, or there are no descriptors left: the next knock tells.
                    Err(_) => break,
                }
                self.knocks.insert(id);
            }
        }
    }

    fn welcome(&mut self, mut guest: Guest) {
        let id = self.fresh();
        if guest.stream().register(&self.registry, Token(id)).is_err() {
            return;
        }
        let others = self.guests.iter().filter(|(_, other)| other.hall == guest.hall);
        if others.clone().count() >= MOST_OF_A_HALL
            && let Some((&longest, _)) =
                others.min_by_key(|(_, other)| other.deadline().unwrap_or(Mono(u64::MAX)))
        {
            self.drop_guest(longest);
        }
        self.watch(guest.deadline());
        self.guests.insert(id, guest);
        self.awake.insert(id);
    }

    /// Some of those with whom there is something to do; what they have said by now stands in their inboxes.
    pub fn awake(&mut self, now: Mono) -> Vec<GuestId> {
        let some: Vec<GuestId> = self.awake.iter().copied().take(SERVED_A_ROUND).collect();
        for id in &some {
            self.awake.remove(id);
            if let Some(guest) = self.guests.get_mut(id) {
                guest.read(now);
            }
        }
        some
    }

    pub fn guest(&mut self, id: GuestId) -> Option<&mut Guest> {
        self.guests.get_mut(&id)
    }

    /// Sends what can be sent. `again`: more of what it has asked waits.
    pub fn serve(&mut self, now: Mono, id: GuestId, again: bool) {
        let Some(guest) = self.guests.get_mut(&id) else { return };
        guest.write(now);
        if guest.is_done() && !again {
            self.forget(id);
            return;
        }
        if guest.is_busy() || again && guest.unsent() == 0 {
            self.awake.insert(id);
        }
        let deadline = guest.deadline();
        self.watch(deadline);
    }

    /// Bytes that wait to be taken, of all.
    pub fn unsent(&self) -> usize {
        self.guests.values().map(Guest::unsent).sum()
    }

    /// Ends connections that have had all the time there is.
    pub fn tick(&mut self, now: Mono) {
        if self.check_at.is_none_or(|at| at > now) {
            return;
        }
        let late = |guest: &Guest| guest.deadline().is_some_and(|at| at <= now);
        let gone: Vec<GuestId> = self.guests.iter().filter(|(_, g)| late(g)).map(|(&id, _)| id).collect();
        gone.into_iter().for_each(|id| self.drop_guest(id));
        self.check_at = self.guests.values().filter_map(Guest::deadline).min();
    }

    pub fn next_deadline(&self) -> Option<Mono> {
        self.check_at
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

    fn drop_guest(&mut self, id: GuestId) {
        self.dropped += 1;
        self.forget(id);
    }

    fn forget(&mut self, id: GuestId) {
        if let Some(mut guest) = self.guests.remove(&id) {
            guest.stream().deregister(&self.registry);
        }
        self.awake.remove(&id);
    }

    fn watch(&mut self, deadline: Option<Mono>) {
        self.check_at = self.check_at.into_iter().chain(deadline).min();
    }

    fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next
    }
}
