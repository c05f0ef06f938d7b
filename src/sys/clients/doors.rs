//! Doors are opened and closed, and those who wait at them let in, a few in a round. Whatever hinders that, a door stays
//! looked after and the loop at rest.

use super::door::Door;
use super::guest::Guest;
use super::{Clients, Hall};
use crate::config::Address;
use crate::model::Mono;
use mio::Token;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

/// New ones at a door in a round.
const NEW_A_ROUND: usize = 16;
/// Until those are looked after who could not be let in, mostly for want of descriptors.
const A_PAUSE: Duration = Duration::from_secs(1);

impl Clients {
    /// Opens a door; tells where it is, if that is a port. The reason why not begins with nothing of the address.
    pub fn open(&mut self, hall: Hall, address: &Address, mode: u32) -> Result<Option<SocketAddr>, String> {
        let mut door = Door::open(address, mode)?;
        let id = self.fresh();
        door.register(&self.registry, Token(id)).map_err(|e| e.to_string())?;
        let port = door.port();
        self.doors.insert(id, (hall, address.clone(), door));
        Ok(port)
    }

    /// Closes a door; who came through it gets what it is owed.
    pub fn close(&mut self, hall: Hall, address: &Address) {
        let Some(id) = self.at(hall, address) else { return };
        self.doors.remove(&id);
        let theirs = self.guests.iter_mut().filter(|(_, guest)| guest.door == id);
        let leaving: Vec<_> = theirs.map(|(&id, guest)| (guest.leave(), id).1).collect();
        leaving.into_iter().for_each(|id| self.wake(id));
    }

    /// Gives up a door that nobody can find; who came through it stays.
    pub fn give_up(&mut self, hall: Hall, address: &Address) {
        if let Some(id) = self.at(hall, address) {
            self.doors.remove(&id);
        }
    }

    /// Whether who looks for the door finds it.
    pub fn stands(&self, hall: Hall, address: &Address) -> bool {
        self.at(hall, address).is_some_and(|id| self.doors[&id].2.stands())
    }

    /// Other permissions for an open door.
    pub fn set_mode(&self, hall: Hall, address: &Address, mode: u32) {
        self.at(hall, address).into_iter().for_each(|id| self.doors[&id].2.set_mode(mode));
    }

    fn at(&self, hall: Hall, address: &Address) -> Option<usize> {
        let mut all = self.doors.iter();
        all.find(|(_, (theirs, at, _))| (*theirs, at) == (hall, address)).map(|(&id, _)| id)
    }

    /// Lets in who waits at a door.
    pub fn admit(&mut self, now: Mono) {
        for id in std::mem::take(&mut self.knocks) {
            if self.admit_at(id, now) {
                self.knocks.insert(id);
            }
        }
    }

    /// Tells whether more may be waiting.
    fn admit_at(&mut self, id: usize, now: Mono) -> bool {
        for _ in 0..NEW_A_ROUND {
            let Some((hall, _, door)) = self.doors.get(&id) else { return false };
            match door.accept() {
                Ok((stream, peer)) => self.welcome(Guest::new(stream, *hall, id, peer, now), now),
                Err(e) => match e.kind() {
                    ErrorKind::WouldBlock => return false,
                    // The one that waited is gone; the next may not be.
                    ErrorKind::ConnectionAborted | ErrorKind::Interrupted => {}
                    // No knock will tell of those who wait already, and to try at once would be to try for ever.
                    _ => {
                        self.look_again = Some(now + A_PAUSE);
                        return false;
                    }
                },
            }
        }
        true
    }

    fn welcome(&mut self, mut guest: Guest, now: Mono) {
        self.make_room(guest.hall);
        let id = self.fresh();
        if guest.stream().register(&self.registry, Token(id)).is_err() {
            self.look_again = Some(now + A_PAUSE);
            self.dropped += 1;
            return;
        }
        self.watch(guest.deadline());
        self.guests.insert(id, guest);
        self.wake(id);
    }
}
