//! The front desk: it hears those who ask over HTTP and over the control socket, on the loop's own thread, a bounded
//! number of requests each round. Questions are answered from a snapshot, from metrics and from the history of records;
//! orders go to the engine, which answers them when they are carried out.

mod control;
mod doors;
mod explaining;
mod http;
mod metering;

use crate::config::Settings;
use crate::config::policy::ArgvInLog;
use crate::engine::Engine;
use crate::engine::input::{Order, Ticket};
use crate::expose::control::{Code, Rights, error, ok};
use crate::expose::history::History;
use crate::expose::metrics::Metrics;
use crate::expose::page::Page;
use crate::model::record::Record;
use crate::model::snapshot::Snapshot;
use crate::model::{Mono, Wall};
use crate::sys::clients::{Clients, GuestId, Hall};
use crate::sys::clock;
use crate::sys::meter::Meter;
use crate::sys::own::Own;
use doors::Doors;
use explaining::Explaining;
use metering::Metering;
use mio::{Registry, Token};
use serde_json::Value;
use std::collections::BTreeMap;

/// Bytes that wait to be taken by all clients together; who asks while there are more is turned away.
const MOST_UNSENT: usize = 4 << 20;
/// What of a stream is made ready for one client at a time.
const A_PORTION: usize = 64 << 10;

/// What reads for the desk what the engine does not know.
#[derive(Debug)]
pub struct Eyes {
    pub meter: Meter,
    pub own: Own,
}

#[derive(Debug)]
pub struct Desk {
    clients: Clients,
    doors: Doors,
    rights: Option<Rights>,
    own_uid: u32,
    history: History,
    metrics: Metrics,
    metering: Metering,
    own: Own,
    log_lines_dropped: u64,
    page: Page,
    /// Who wants records, and the number of the last it has.
    following: BTreeMap<GuestId, u64>,
    /// Orders that are being carried out: whose, and how its answer is to be marked.
    waiting: BTreeMap<Ticket, (GuestId, Value)>,
    explaining: Explaining,
    last_ticket: Ticket,
    /// How much of a command line is shown.
    argv: ArgvInLog,
}

impl Desk {
    /// Tokens from `first` on are the desk's.
    pub fn new(registry: Registry, first: usize, own_uid: u32, argv: ArgvInLog, eyes: Eyes) -> Desk {
        Desk {
            clients: Clients::new(registry, first),
            doors: Doors::default(),
            rights: None,
            own_uid,
            history: History::new(argv),
            metrics: Metrics::new(),
            metering: Metering::of(eyes.meter),
            own: eyes.own,
            log_lines_dropped: 0,
            page: Page::new(),
            following: BTreeMap::new(),
            waiting: BTreeMap::new(),
            explaining: Explaining::default(),
            last_ticket: 0,
            argv,
        }
    }

    /// Where to listen and whom to answer, at first and after a reload; what could not be opened is told and tried again.
    pub fn set(&mut self, settings: &Settings, argv: ArgvInLog) {
        self.argv = argv;
        self.history.set(argv);
        self.metering.set(settings.metrics.max_jobs);
        self.rights = settings.control.clone().map(|control| Rights::new(self.own_uid, control));
        let mode = self.rights.as_ref().map_or(0o600, Rights::mode);
        self.doors.want(settings, mode, &mut self.clients);
    }

    /// Takes in a record, for the metrics and for those who follow.
    pub fn note(&mut self, now: Wall, record: &Record) {
        self.metrics.note(record);
        self.history.note(now, record);
    }

    /// How many lines of the log were dropped so far.
    pub fn note_log_lines_dropped(&mut self, count: u64) {
        self.log_lines_dropped = count;
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
        self.metering.hear();
        self.doors.tick(now, &mut self.clients, records);
        self.clients.tick(now);
        self.clients.admit(now);
        let mut snapshot = None;
        for id in self.clients.awake(now) {
            let mut view = || snapshot.get_or_insert_with(|| engine.snapshot(clock::now())).clone();
            let again = match self.clients.guest(id).map(|guest| guest.hall) {
                Some(Hall::Http) => self.serve_http(now, id, engine, &mut view),
                Some(Hall::Control) => self.serve_control(now, id, &mut view, orders),
                None => false,
            };
            self.clients.serve(now, id, again);
        }
    }

    /// With what its jobs have used, as it was read last.
    fn measured(&mut self, now: Mono, mut snapshot: Snapshot) -> Snapshot {
        self.metering.fill(now, &mut snapshot);
        snapshot
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
    pub(super) fn answered(&mut self, now: Mono, ticket: Ticket, result: &Result<String, String>) {
        let Some((id, mark)) = self.waiting.remove(&ticket) else { return };
        let Some(guest) = self.clients.guest(id) else { return };
        let line = match result {
            Ok(done) => ok(&mark, "done", done.as_str().into()),
            Err(why) => error(&mark, Code::Failed, why),
        };
        guest.owed -= 1;
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
