//! Questions about a process: it has to be read first, and nobody else waits for that. The answer is owed meanwhile.

use super::Desk;
use crate::engine::input::Ticket;
use crate::expose::control::{self, Code, error, ok};
use crate::model::explanation::Explanation;
use crate::model::{Mono, Pid};
use crate::sys::clients::GuestId;
use serde_json::Value;
use std::collections::BTreeMap;

/// Under way at one time; each is over in a millisecond, or in a second if the process cannot be read.
const MOST: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Explaining {
    /// Whose, and how the answer is to be marked.
    waiting: BTreeMap<Ticket, (GuestId, Value)>,
    /// Not yet handed on.
    asked: Vec<(Ticket, Pid)>,
}

impl Desk {
    /// An answer at once only if there are too many already.
    pub(super) fn ask_about(&mut self, id: GuestId, mark: Value, pid: u32) -> Option<Vec<u8>> {
        let waiting = &mut self.explaining.waiting;
        if waiting.len() >= MOST {
            waiting.retain(|_, (id, _)| self.clients.guest(*id).is_some());
        }
        if waiting.len() >= MOST {
            let why = "too many processes are being asked about; ask again";
            return Some(error(&mark, Code::Busy, why));
        }
        self.last_ticket += 1;
        waiting.insert(self.last_ticket, (id, mark));
        self.explaining.asked.push((self.last_ticket, Pid(pid)));
        self.clients.guest(id).into_iter().for_each(|guest| guest.owed += 1);
        None
    }

    /// Processes to be read, each for the answer of this number.
    pub(in crate::reactor) fn asked_about(&mut self) -> Vec<(Ticket, Pid)> {
        std::mem::take(&mut self.explaining.asked)
    }

    pub(in crate::reactor) fn explained(&mut self, now: Mono, ticket: Ticket, mut about: Explanation) {
        let Some((id, mark)) = self.explaining.waiting.remove(&ticket) else { return };
        let Some(guest) = self.clients.guest(id) else { return };
        guest.owed -= 1;
        about.job.iter_mut().for_each(|job| self.metering.put_into(job));
        guest.answer(now, &ok(&mark, "explanation", control::explanation(&about, self.argv)));
        self.clients.serve(now, id);
    }
}
