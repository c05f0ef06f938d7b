//! What is said over the control socket: questions are answered at once, orders when they are carried out, and records as
//! they come.

use super::{Desk, MOST_UNSENT, View};
use crate::engine::input::{Order, Ticket};
use crate::expose::control::{self, Asked, Call, Code, Command, Question, Right, Rights, error, ok};
use crate::expose::history::History;
use crate::model::Mono;
use crate::sys::clients::{GuestId, LONGEST_REQUEST};
use serde_json::{Value, json};

/// Orders under way at one time.
const MOST_ORDERS: usize = 256;

impl Desk {
    /// Answers one request; tells whether another may be waiting behind it.
    pub(super) fn serve_control(
        &mut self,
        now: Mono,
        id: GuestId,
        view: View<'_>,
        orders: &mut Vec<(Ticket, Order)>,
    ) -> bool {
        let Some(guest) = self.clients.guest(id).filter(|guest| guest.unsent() == 0) else { return false };
        let right =
            self.rights.as_ref().map_or(Right::None, |rights: &Rights| rights.of(guest.peer.as_ref()));
        if right == Right::None {
            let why =
                "you may not ask here; control.readers, control.groups and control.operators name who may";
            guest.answer(now, &error(&Value::Null, Code::Refused, why));
            guest.leave();
            return false;
        }
        let Some(end) = guest.inbox.iter().position(|&byte| byte == b'\n') else {
            if guest.inbox.len() >= LONGEST_REQUEST {
                let why = format!("a request has at most {LONGEST_REQUEST} bytes");
                guest.answer(now, &error(&Value::Null, Code::Malformed, &why));
                guest.leave();
            }
            return false;
        };
        let Asked { id: mark, call } = control::read(&guest.inbox[..end]);
        guest.understood(end + 1);
        let answer = match call {
            Err(why) => Some(error(&mark, Code::Malformed, &why)),
            Ok(_) if self.clients.unsent() > MOST_UNSENT => {
                Some(error(&mark, Code::Busy, "too many answers wait to be taken; ask again"))
            }
            Ok(Call::Question(question)) => self.reply(now, id, mark, &question, view),
            Ok(Call::Command(_)) if right < Right::Command => {
                let why = "you may ask here, but not command; control.operators names who may";
                Some(error(&mark, Code::Refused, why))
            }
            Ok(Call::Command(command)) => self.command(id, mark, &command, orders),
        };
        let Some(guest) = self.clients.guest(id) else { return false };
        if let Some(answer) = answer {
            guest.answer(now, &answer);
        }
        !guest.inbox.is_empty()
    }

    /// Nothing comes at once of what has to be found out first.
    fn reply(
        &mut self,
        now: Mono,
        id: GuestId,
        mark: Value,
        question: &Question,
        view: View<'_>,
    ) -> Option<Vec<u8>> {
        let mark = &mark;
        Some(match *question {
            Question::Explain { pid } => return self.ask_about(id, mark.clone(), pid),
            Question::Status {} => ok(mark, "status", control::status(&view())),
            Question::Ps {} => ok(mark, "jobs", control::jobs(&self.measured(now, view()))),
            Question::Events { after, follow } => {
                let last = self.history.last();
                let mut after = after.unwrap_or(0);
                // The boot tells a client that numbers begin anew.
                let mut lines = ok(mark, "events", json!({ "boot_id": view().boot_id, "last": last }));
                if follow {
                    self.following.insert(id, after);
                    self.clients.guest(id).into_iter().for_each(|guest| guest.stays = true);
                } else {
                    lines.extend(portion(&self.history, &mut after, usize::MAX));
                    lines.extend_from_slice(b"{\"end\":true}\n");
                }
                lines
            }
        })
    }

    fn command(
        &mut self,
        id: GuestId,
        mark: Value,
        command: &Command,
        orders: &mut Vec<(Ticket, Order)>,
    ) -> Option<Vec<u8>> {
        if self.waiting.len() >= MOST_ORDERS {
            return Some(error(&mark, Code::Busy, "too many orders are being carried out; ask again"));
        }
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        self.waiting.insert(ticket, (id, mark));
        self.clients.guest(id).into_iter().for_each(|guest| guest.owed += 1);
        let wanted = match command {
            Command::Reload {} => Order::Reload,
        };
        orders.push((ticket, wanted));
        None
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
