//! What is said over the control socket: questions are answered at once, orders when they are carried out, and records as
//! they come.

use super::following::portion;
use super::wanted::Wanted;
use super::{Desk, View, Waiting};
use crate::engine::Engine;
use crate::engine::input::{Order, Ticket};
use crate::expose::control::{self, Asked, Call, Code, Command, Of, Question, Right, Rights, error, ok};
use crate::model::record::Record;
use crate::model::{Mono, Pid};
use crate::sys::clients::{Guest, GuestId, LONGEST_REQUEST};
use serde_json::{Value, json};
use std::rc::Rc;

/// Orders under way at one time.
const MOST_ORDERS: usize = 256;

impl Desk {
    /// Answers one request; tells whether another may be waiting behind it.
    pub(super) fn serve_control(
        &mut self,
        now: Mono,
        id: GuestId,
        engine: &Engine,
        view: View<'_>,
        orders: &mut Vec<(Ticket, Order)>,
        records: &mut Vec<Record>,
    ) -> bool {
        let Some(guest) = self.clients.guest(id) else { return false };
        let right = right(self.rights.as_ref(), guest);
        if right == Right::None {
            refuse(now, guest);
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
            Ok(_) if self.clients.is_crowded(now) => {
                Some(error(&mark, Code::Busy, "too many answers wait to be taken; ask again"))
            }
            Ok(Call::Question(question)) => self.reply(now, id, &mark, question, engine, view),
            Ok(Call::Command(_)) if right < Right::Command => {
                let why = "you may ask here, but not command; control.operators names who may";
                Some(error(&mark, Code::Refused, why))
            }
            Ok(Call::Command(command)) => self.command(id, mark, command, orders, records),
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
        mark: &Value,
        question: Question,
        engine: &Engine,
        view: View<'_>,
    ) -> Option<Vec<u8>> {
        Some(match question {
            Question::Explain { pid } => return self.ask_about(id, mark.clone(), pid),
            Question::Status {} => ok(mark, "status", control::status(&view())),
            Question::Ps { tree } => {
                let jobs = self.measured(now, Rc::unwrap_or_clone(view()));
                let jobs = if tree { engine.with_families(jobs) } else { jobs };
                ok(mark, "jobs", control::jobs(&jobs))
            }
            Question::Top {} => ok(mark, "top", control::top(&view())),
            Question::Events { of: Of::Processes, after: None, follow, commands, uids, governed } => {
                let which = control::Which { commands, uids, governed };
                self.tell_processes(id, mark, which, follow, engine, &view().boot_id)
            }
            Question::Events {
                of: Of::Records,
                after,
                follow,
                commands: None,
                uids: None,
                governed: None,
            } => {
                let last = self.history.last();
                let mut after = after.unwrap_or(0);
                // Numbers begin anew with the service: one that knows another start asks from 0 on.
                let since = self.started.exact().to_string();
                let head = json!({ "boot_id": view().boot_id, "since": since, "last": last });
                let mut lines = ok(mark, "events", head);
                if follow {
                    self.following.insert(id, after);
                    self.clients.guest(id).into_iter().for_each(|guest| guest.stays = true);
                } else {
                    lines.extend(portion(&self.history, &mut after, usize::MAX));
                    lines.extend_from_slice(b"{\"end\":true}\n");
                }
                lines
            }
            Question::Events { .. } => {
                let why =
                    "\"after\" is for records; \"commands\", \"uids\" and \"governed\" are for processes";
                error(mark, Code::Malformed, why)
            }
        })
    }

    fn command(
        &mut self,
        id: GuestId,
        mark: Value,
        command: Command,
        orders: &mut Vec<(Ticket, Order)>,
        records: &mut Vec<Record>,
    ) -> Option<Vec<u8>> {
        if self.waiting.len() >= MOST_ORDERS {
            return Some(error(&mark, Code::Busy, "too many orders are being carried out; ask again"));
        }
        let Wanted { order, words, remarks } = match Wanted::of(command, &self.capacity) {
            Ok(wanted) => wanted,
            Err(why) => return Some(error(&mark, Code::Malformed, &why)),
        };
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        let guest = self.clients.guest(id)?;
        let peer = guest.peer.as_ref()?;
        records.push(Record::Ordered { order: words, uid: peer.uid, pid: peer.pid.map(Pid) });
        guest.owed += 1;
        self.waiting.insert(ticket, Waiting { guest: id, mark, remarks });
        orders.push((ticket, order));
        None
    }
}

pub(super) fn right(rights: Option<&Rights>, guest: &Guest) -> Right {
    rights.map_or(Right::None, |rights| rights.of(guest.peer.as_ref()))
}

pub(super) fn refuse(now: Mono, guest: &mut Guest) {
    let why = "you may not ask here; control.readers, control.groups and control.operators name who may";
    guest.answer(now, &error(&Value::Null, Code::Refused, why));
    guest.leave();
}
