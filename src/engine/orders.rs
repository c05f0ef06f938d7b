//! What operators want done, and what came of it. An order is answered once: at once, or when it has been carried out.

use super::Engine;
use super::effect::{Effect, Effects};
use super::input::{Order, Ticket};

/// Orders that wait for the same; who comes after them asks again.
const MOST_WAITING: usize = 64;

/// Tickets of those who wait for the configuration to be read.
#[derive(Debug, Default)]
pub(super) struct Orders {
    reloads: Vec<Ticket>,
}

impl Engine {
    pub(super) fn ordered(&mut self, ticket: Ticket, order: &Order, fx: &mut Effects) {
        if self.is_stopping() {
            return answer(ticket, Err("the service is stopping".into()), fx);
        }
        match order {
            Order::Reload if self.orders.reloads.len() < MOST_WAITING => {
                self.orders.reloads.push(ticket);
                self.reload(fx);
            }
            Order::Reload => answer(ticket, Err("too many wait for a reload already".into()), fx),
        }
    }

    /// The configuration has been read, and is in force if it is a good one.
    pub(super) fn answer_reloads(&mut self, result: &Result<String, String>, fx: &mut Effects) {
        for ticket in std::mem::take(&mut self.orders.reloads) {
            answer(ticket, result.clone(), fx);
        }
    }
}

fn answer(ticket: Ticket, result: Result<String, String>, fx: &mut Effects) {
    fx.want(Effect::Answer { ticket, result });
}
