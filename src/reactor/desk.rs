//! The front desk: it hears those who ask over HTTP and over the control socket, on the loop's own thread, a bounded
//! number of requests each round. Questions are answered from a snapshot, from metrics and from the history of records;
//! orders go to the engine, which answers them when they are carried out.

mod control;
mod doors;
mod http;
mod wanted;

use crate::config::policy::ArgvInLog;
use crate::config::{Capacity, Settings};
use crate::engine::Engine;
use crate::engine::effect::Refused;
use crate::engine::input::{Order, Ticket};
use crate::expose::control::{Code, Rights, error, ok};
use crate::expose::history::History;
use crate::expose::log::Cause;
use crate::expose::metrics::Metrics;
use crate::model::record::Record;
use crate::model::snapshot::Snapshot;
use crate::model::{Mono, Wall};
use crate::sys::clients::{Clients, GuestId, Hall};
use crate::sys::clock;
use doors::Doors;
use mio::{Registry, Token};
use serde_json::Value;
use std::collections::BTreeMap;

/// Bytes that wait to be taken by all clients together; who asks while there are more is turned away.
const MOST_UNSENT: usize = 4 << 20;
/// What of a stream is made ready for one client at a time.
const A_PORTION: usize = 64 << 10;

#[derive(Debug)]
pub struct Desk {
    clients: Clients,
    doors: Doors,
    rights: Option<Rights>,
    capacity: Capacity,
    own_uid: u32,
    history: History,
    metrics: Metrics,
    /// Who wants records, and the number of the last it has.
    following: BTreeMap<GuestId, u64>,
    /// Orders that are being carried out.
    waiting: BTreeMap<Ticket, Waiting>,
    last_ticket: Ticket,
}

/// Whose order it is, and what else belongs into its answer.
#[derive(Debug)]
struct Waiting {
    guest: GuestId,
    mark: Value,
    /// What is doubtful about it.
    remarks: Vec<String>,
}

impl Desk {
    /// Tokens from `first` on are the desk's.
    pub fn new(registry: Registry, first: usize, own_uid: u32, argv: ArgvInLog) -> Desk {
        Desk {
            clients: Clients::new(registry, first),
            doors: Doors::default(),
            rights: None,
            capacity: Capacity::default(),
            own_uid,
            history: History::new(argv),
            metrics: Metrics::new(),
            following: BTreeMap::new(),
            waiting: BTreeMap::new(),
            last_ticket: 0,
        }
    }

    /// Where to listen and whom to answer, at first and after a reload; what could not be opened is told and tried again.
    pub fn set(&mut self, settings: &Settings, argv: ArgvInLog) {
        self.history.set(argv);
        self.capacity = settings.capacity;
        self.rights = settings.control.clone().map(|control| Rights::new(self.own_uid, control));
        let mode = self.rights.as_ref().map_or(0o600, Rights::mode);
        self.doors.want(settings, mode, &mut self.clients);
    }

    /// Takes in a record, for the metrics and for those who follow.
    pub fn note(&mut self, now: Wall, record: &Record) {
        self.metrics.note(record);
        self.history.note(now, record);
    }

    /// Whether the token is the desk's.
    pub(super) fn woken(&mut self, token: Token, readable: bool, writable: bool) -> bool {
        self.clients.woken(token, readable, writable)
    }

    /// One round: lets in, hears, answers, ends what has taken too long.
    pub(super) fn serve(
        &mut self,
        now: Mono,
        engine: &Engine,
        orders: &mut Vec<(Ticket, Order)>,
        records: &mut Vec<Record>,
    ) {
        self.doors.tick(now, &mut self.clients, records);
        self.clients.tick(now);
        self.clients.admit(now);
        let mut snapshot = None;
        for id in self.clients.awake(now) {
            let mut view = || snapshot.get_or_insert_with(|| engine.snapshot(clock::now())).clone();
            let again = match self.clients.guest(id).map(|guest| guest.hall) {
                Some(Hall::Http) => self.serve_http(now, id, &mut view),
                Some(Hall::Control) => self.serve_control(now, id, &mut view, orders, records),
                None => false,
            };
            self.clients.serve(now, id, again);
        }
    }

    /// Hands over records to those who follow, as fast as they take them.
    pub(super) fn feed(&mut self, now: Mono) {
        self.following.retain(|&id, after| {
            let Some(guest) = self.clients.guest(id) else { return false };
            if *after != self.history.last() && guest.unsent() == 0 {
                guest.answer(now, &control::portion(&self.history, after, A_PORTION));
                self.clients.serve(now, id, false);
            }
            true
        });
    }

    /// What came of an order. Whoever gave it may have left.
    pub(super) fn answered(&mut self, now: Mono, ticket: Ticket, result: &Result<String, Refused>) {
        let Some(Waiting { guest: id, mark, remarks }) = self.waiting.remove(&ticket) else { return };
        let Some(guest) = self.clients.guest(id) else { return };
        let line = match result {
            Ok(done) => {
                let sentences: Vec<&str> =
                    std::iter::once(done).chain(&remarks).map(String::as_str).collect();
                ok(&mark, "done", sentences.join("; ").into())
            }
            Err(Refused::Unknown(why)) => error(&mark, Code::Unknown, why),
            Err(Refused::Busy(why)) => error(&mark, Code::Busy, why),
            Err(Refused::Failed(why)) => error(&mark, Code::Failed, why),
            Err(Refused::Met(what, failure)) => {
                error(&mark, Code::Failed, &format!("{what}: {}", Cause(failure)))
            }
        };
        guest.answer(now, &line);
        self.clients.serve(now, id, true);
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.clients.next_deadline().into_iter().chain(self.doors.next_deadline()).min()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.clients.is_busy()
    }
}

type View<'v> = &'v mut dyn FnMut() -> Snapshot;
