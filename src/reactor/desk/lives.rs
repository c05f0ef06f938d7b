//! Those who follow processes: each is a consumer with a queue of its own, emptied here, on the loop's thread, as fast as
//! it takes the lines. Whoever takes them slowly fills its queue, learns of the gap, and gets all processes anew.

use super::Desk;
use super::control::{refuse, right};
use crate::engine::Engine;
use crate::expose::control::{Code, Right, Which, error, ok, processes};
use crate::feed::{Filter, Notice, Outlet, Registrar};
use crate::model::lifecycle::Process;
use crate::model::{Mono, Now};
use crate::sys::clients::{Clients, GuestId};
use crate::sys::clock;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Each has a queue, and costs the loop some time.
const MOST: usize = 16;
/// Notices that may wait for one of them.
const QUEUE: usize = 2048;
/// What is made ready for one of them at a time, and how many notices are looked at for it.
const A_PORTION: usize = 32 << 10;
const NOTICES: usize = 512;

#[derive(Debug)]
pub(super) struct Lives {
    registrar: Registrar,
    followers: BTreeMap<GuestId, Follower>,
    /// For the names of their queues.
    named: u64,
}

#[derive(Debug)]
struct Follower {
    outlet: Outlet,
    /// Taken out of the queue to see whether there is anything.
    next: Option<Notice>,
    /// A list of processes that is being told, and how far it is.
    list: Option<(Arc<[Process]>, usize)>,
}

impl Lives {
    pub(super) fn new(registrar: Registrar) -> Lives {
        Lives { registrar, followers: BTreeMap::new(), named: 0 }
    }

    /// From now on this guest follows.
    fn enter(&mut self, id: GuestId, which: Which) -> Result<(), String> {
        self.followers.remove(&id);
        if self.followers.len() >= MOST {
            return Err(format!("{MOST} clients follow processes already"));
        }
        self.named += 1;
        let filter = Filter::changes();
        let filter = if which.is_all() { filter } else { filter.of(move |process| which.fits(process)) };
        let outlet = self.registrar.outlet(&format!("events-{}", self.named), filter, QUEUE);
        let outlet = outlet.map_err(|taken| taken.to_string())?;
        self.followers.insert(id, Follower { outlet, next: None, list: None });
        Ok(())
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = GuestId> {
        self.followers.keys().copied()
    }

    /// Wakes those for whom something has come and who have taken what was there; those who have left are no consumers
    /// any more.
    pub(super) fn announce(&mut self, clients: &mut Clients) {
        self.followers.retain(|&id, _| clients.guest(id).is_some());
        for (&id, follower) in &mut self.followers {
            if clients.guest(id).is_some_and(|guest| guest.unsent() == 0) && follower.has_more() {
                clients.wake(id);
            }
        }
    }
}

impl Follower {
    fn has_more(&mut self) -> bool {
        if self.list.is_none() && self.next.is_none() {
            self.next = self.outlet.try_next();
        }
        self.list.is_some() || self.next.is_some()
    }

    /// What is told next.
    fn portion(&mut self, now: Now) -> Vec<u8> {
        let mut lines = Vec::new();
        for _ in 0..NOTICES {
            if lines.len() >= A_PORTION || !self.has_more() {
                break;
            }
            match self.next.take() {
                Some(Notice::Change(change)) => lines.extend(processes::change(now, &change)),
                Some(Notice::Gap { lost }) => lines.extend(processes::gap(lost)),
                Some(Notice::Resync(all)) => self.list = Some((all, 0)),
                Some(Notice::Round(_)) => {}
                None => lines.extend(self.some_of_the_list(now)),
            }
        }
        lines
    }

    fn some_of_the_list(&mut self, now: Now) -> Vec<u8> {
        let Some((all, told)) = self.list.take() else { return Vec::new() };
        let (line, on_it) = processes::list(now.wall, &all[told..]);
        self.list = (told + on_it < all.len()).then_some((all, told + on_it));
        line
    }
}

impl Desk {
    /// The answer to who asks for processes: to be followed, or those there are.
    pub(super) fn tell_processes(
        &mut self,
        id: GuestId,
        mark: &Value,
        which: Which,
        follow: bool,
        engine: &Engine,
        boot_id: &str,
    ) -> Vec<u8> {
        let since = self.started.exact().to_string();
        let head = ok(mark, "events", json!({ "boot_id": boot_id, "since": since, "of": "processes" }));
        if follow {
            if let Err(why) = self.lives.enter(id, which) {
                return error(mark, Code::Busy, &why);
            }
            self.clients.guest(id).into_iter().for_each(|guest| guest.stays = true);
            return head;
        }
        let all: Vec<Process> = engine.processes().iter().copied().filter(|p| which.fits(p)).collect();
        let (mut lines, mut left, now) = (head, &all[..], clock::now().wall);
        loop {
            let (line, on_it) = processes::list(now, left);
            lines.extend(line);
            left = &left[on_it..];
            if left.is_empty() {
                break;
            }
        }
        lines.extend_from_slice(b"{\"end\":true}\n");
        lines
    }

    /// Hands over lines to one who follows processes; whether there are more for it.
    pub(super) fn feed_lives(&mut self, now: Mono, id: GuestId) -> bool {
        let Some(follower) = self.lives.followers.get_mut(&id) else { return false };
        let Some(guest) = self.clients.guest(id) else { return false };
        if right(self.rights.as_ref(), guest) == Right::None {
            refuse(now, guest);
            self.lives.followers.remove(&id);
        } else if guest.unsent() == 0 && follower.has_more() {
            guest.answer(now, &follower.portion(clock::now()));
        }
        self.clients.serve(now, id);
        let taken = self.clients.guest(id).is_some_and(|guest| guest.unsent() == 0);
        taken && self.lives.followers.get_mut(&id).is_some_and(Follower::has_more)
    }
}
