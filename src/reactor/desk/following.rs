//! Those who follow the records get them as fast as they take them, in turn with all others, as long as they may ask.

use super::Desk;
use super::control::{refuse, right};
use crate::expose::control::Right;
use crate::expose::history::History;
use crate::model::Mono;
use crate::sys::clients::GuestId;
use serde_json::json;

/// What is made ready for one of them at a time.
const A_PORTION: usize = 16 << 10;

impl Desk {
    /// Wakes those who follow, if there is something new for them.
    pub(in crate::reactor) fn announce(&mut self) {
        if std::mem::replace(&mut self.fed, self.history.last()) != self.history.last() {
            self.following.retain(|&id, _| self.clients.guest(id).is_some());
            self.following.keys().for_each(|&id| self.clients.wake(id));
        }
        self.lives.announce(&mut self.clients);
    }

    /// Hands over records to one who follows, as fast as it takes them; whether there are more for it.
    pub(super) fn feed(&mut self, now: Mono, id: GuestId) -> bool {
        let Some(after) = self.following.get_mut(&id) else { return false };
        let Some(guest) = self.clients.guest(id) else { return false };
        if right(self.rights.as_ref(), guest) == Right::None {
            refuse(now, guest);
            self.following.remove(&id);
            self.clients.serve(now, id);
            return false;
        }
        if *after != self.history.last() && guest.unsent() == 0 {
            guest.answer(now, &portion(&self.history, after, A_PORTION));
        }
        let more = *after != self.history.last();
        self.clients.serve(now, id);
        more && self.clients.guest(id).is_some_and(|guest| guest.unsent() == 0)
    }

    /// The last records, as far as they are taken at once.
    pub(in crate::reactor) fn say_goodbye(&mut self, now: Mono) {
        for id in self.following.keys().copied().collect::<Vec<_>>() {
            while self.feed(now, id) {}
        }
    }
}

/// The records behind number `after`, as many as fit; those that are no longer held are told of.
pub(super) fn portion(history: &History, after: &mut u64, most: usize) -> Vec<u8> {
    let since = history.since(*after);
    let mut lines = Vec::new();
    *after = (*after).min(history.last());
    if let Some((first, last)) = since.gap {
        lines.extend_from_slice(json!({ "gap": { "first": first, "last": last } }).to_string().as_bytes());
        lines.push(b'\n');
        *after = last;
    }
    for line in since.lines {
        if lines.len() >= most {
            break;
        }
        lines.extend_from_slice(line);
        lines.push(b'\n');
        *after += 1;
    }
    lines
}
