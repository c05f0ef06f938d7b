//! Who has to go when there are too many, or when too much waits to be taken. A newcomer always finds a place, and keeps it
//! until it has been heard; one that comes again and again on the same connection is not pushed out by a crowd of others.

use super::guest::{FOR_AN_ANSWER, Guest};
use super::{Clients, GuestId, Hall};
use crate::model::Mono;
use std::time::Duration;

/// Connections at one time.
pub(super) const MOST_OF_A_HALL: usize = 256;
/// Bytes that wait to be taken by all together.
pub(super) const MOST_UNSENT: usize = 4 << 20;
/// To take an answer, when others need the room.
const A_MOMENT: Duration = Duration::from_secs(1);

impl Clients {
    /// Makes a place for one more.
    pub(super) fn make_room(&mut self, hall: Hall) {
        if self.guests.len() < MOST_OF_A_HALL || self.connected(hall) < MOST_OF_A_HALL {
            return;
        }
        if let Some(id) = self.longest(hall, Guest::is_leaving) {
            return self.forget(id);
        }
        let regulars = self.guests.values().filter(|guest| guest.hall == hall && guest.is_regular()).count();
        let many = regulars > MOST_OF_A_HALL / 2;
        if let Some(id) = self.longest(hall, |guest| guest.is_regular() == many) {
            self.drop_for_another(id);
        }
    }

    /// The one of those who was served the longest time ago.
    fn longest(&self, hall: Hall, those: impl Fn(&Guest) -> bool) -> Option<GuestId> {
        let theirs = self.guests.iter().filter(|(_, guest)| guest.hall == hall && those(guest));
        theirs.min_by_key(|(_, guest)| guest.served).map(|(&id, _)| id)
    }

    /// Whether too much waits to be taken to answer yet another one. Those who had a moment to take theirs make room.
    pub fn is_crowded(&mut self, now: Mono) -> bool {
        while self.unsent() > MOST_UNSENT {
            let oldest =
                self.owed.iter().filter_map(|id| Some((self.guests.get(id)?.deadline()?, *id))).min();
            match oldest {
                Some((deadline, id)) if deadline <= now + FOR_AN_ANSWER.saturating_sub(A_MOMENT) => {
                    self.drop_for_another(id);
                }
                _ => return true,
            }
        }
        false
    }

    fn unsent(&self) -> usize {
        self.owed.iter().filter_map(|id| self.guests.get(id)).map(Guest::unsent).sum()
    }

    fn drop_for_another(&mut self, id: GuestId) {
        self.dropped += 1;
        self.forget(id);
    }
}
