//! The front desk: it hears those who ask over HTTP and over the control socket, on the loop's own thread, a bounded
//! number of requests each round. Questions are answered from a snapshot, from metrics and from the history of records;
//! orders go to the engine, which answers them when they are carried out.

mod control;
mod doors;
mod explaining;
mod following;
mod greatest;
mod http;
mod lives;
mod metering;
mod wanted;

use crate::config::policy::ArgvInLog;
use crate::config::{Capacity, Policy, Settings};
use crate::engine::Engine;
use crate::engine::effect::Refused;
use crate::engine::input::{Order, Ticket};
use crate::expose::control::{Code, Rights, error, ok};
use crate::expose::history::History;
use crate::expose::log::Cause;
use crate::expose::metrics::Metrics;
use crate::expose::page::Page;
use crate::feed::Registrar;
use crate::model::record::Record;
use crate::model::snapshot::Snapshot;
use crate::model::usage::Reading;
use crate::model::{Identity, Mono, Wall};
use crate::sys::clients::{Clients, GuestId, Hall};
use crate::sys::clock;
use crate::sys::meter::Meter;
use crate::sys::own::Own;
use crate::top::Lists;
use doors::Doors;
use explaining::Explaining;
use greatest::{Greatest, with_top};
use lives::Lives;
use metering::Metering;
use mio::Registry;
use mio::event::Event;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// Turns in a round; and after so much time no other begins, as one may cost milliseconds.
const TURNS_A_ROUND: usize = 16;
const TIME_A_ROUND: Duration = Duration::from_millis(1);

/// What reads for the desk what the engine does not know.
#[derive(Debug)]
pub struct Eyes {
    pub meter: Meter,
    pub own: Own,
    pub top: Lists,
    pub consumers: Registrar,
}

#[derive(Debug)]
pub struct Desk {
    clients: Clients,
    doors: Doors,
    rights: Option<Rights>,
    capacity: Capacity,
    own_uid: u32,
    started: Wall,
    history: History,
    metrics: Metrics,
    metering: Metering,
    greatest: Greatest,
    own: Own,
    consumers: Registrar,
    log_lines_dropped: u64,
    page: Page,
    /// Who wants records, and the number of the last it has.
    following: BTreeMap<GuestId, u64>,
    /// Up to which record they have been woken.
    fed: u64,
    lives: Lives,
    /// Orders that are being carried out.
    waiting: BTreeMap<Ticket, Waiting>,
    explaining: Explaining,
    last_ticket: Ticket,
    /// How much of a command line is shown.
    argv: ArgvInLog,
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
    pub fn new(registry: Registry, first: usize, own_uid: u32, argv: ArgvInLog, eyes: Eyes) -> Desk {
        Desk {
            clients: Clients::new(registry, first),
            doors: Doors::default(),
            rights: None,
            capacity: Capacity::default(),
            own_uid,
            started: clock::now().wall,
            history: History::new(argv),
            metrics: Metrics::new(),
            metering: Metering::of(eyes.meter),
            greatest: Greatest::of(eyes.top),
            own: eyes.own,
            lives: Lives::new(eyes.consumers.clone()),
            consumers: eyes.consumers,
            log_lines_dropped: 0,
            page: Page::new(),
            following: BTreeMap::new(),
            fed: 0,
            waiting: BTreeMap::new(),
            explaining: Explaining::default(),
            last_ticket: 0,
            argv,
        }
    }

    /// Where to listen and whom to answer, at first and after a reload; what could not be opened is told and tried again.
    pub fn set(&mut self, settings: &Settings, policy: &Policy) {
        self.argv = policy.argv_in_log;
        self.history.set(self.argv);
        self.metering.set(settings.metrics.max_jobs);
        self.metrics.set(settings.metrics.max_top);
        self.greatest.set(policy.scanner.as_ref().is_some_and(|scanner| scanner.top.is_some()));
        self.capacity = settings.capacity.clone();
        self.rights = settings.control.clone().map(|control| Rights::new(self.own_uid, control));
        let mode = self.rights.as_ref().map_or(0o600, Rights::mode);
        self.doors.want(settings, mode, &mut self.clients);
        // Who may no longer ask may no longer follow.
        let followers = self.following.keys().copied().chain(self.lives.ids());
        followers.for_each(|id| self.clients.wake(id));
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

    /// Whether the event is the desk's.
    pub(super) fn woken(&mut self, event: &Event) -> bool {
        self.clients.woken(event)
    }

    /// What jobs use, where it has been read anew.
    pub(super) fn readings(&mut self) -> Option<&BTreeMap<Identity, Reading>> {
        self.metering.hear()
    }

    /// One round: lets in, hears, answers, ends what has taken too long.
    pub(super) fn serve(
        &mut self,
        now: Mono,
        engine: &Engine,
        orders: &mut Vec<(Ticket, Order)>,
        records: &mut Vec<Record>,
    ) {
        self.metering.look_after(now, engine);
        self.greatest.hear();
        self.doors.tick(now, &mut self.clients, records);
        self.clients.tick(now);
        self.clients.admit(now);
        let (mut snapshot, top) = (None, self.greatest.latest());
        let mut view = || {
            let made = || Rc::new(with_top(engine.snapshot(clock::now()), top.clone(), engine));
            Rc::clone(snapshot.get_or_insert_with(made))
        };
        for _ in 0..TURNS_A_ROUND {
            let Some(id) = self.clients.next(now) else { break };
            self.hear(now, id, engine, &mut view, orders, records);
            self.clients.serve(now, id);
            if self.feed(now, id) | self.feed_lives(now, id) {
                self.clients.wake(id);
            }
            if clock::mono() - now >= TIME_A_ROUND {
                break;
            }
        }
    }

    /// With what its jobs have used, as it was read last.
    fn measured(&mut self, now: Mono, mut snapshot: Snapshot) -> Snapshot {
        self.metering.fill(now, &mut snapshot);
        snapshot
    }

    fn hear(
        &mut self,
        now: Mono,
        id: GuestId,
        engine: &Engine,
        view: View<'_>,
        orders: &mut Vec<(Ticket, Order)>,
        records: &mut Vec<Record>,
    ) {
        let Some(hall) = self.clients.guest(id).filter(|guest| guest.may_ask()).map(|guest| guest.hall)
        else {
            return;
        };
        let again = match hall {
            Hall::Http => self.serve_http(now, id, engine, view),
            Hall::Control => self.serve_control(now, id, engine, view, orders, records),
        };
        self.clients.guest(id).into_iter().for_each(|guest| guest.heard(again));
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
        guest.owed -= 1;
        guest.answer(now, &line);
        self.clients.serve(now, id);
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        let others = self.doors.next_deadline().into_iter().chain(self.metering.next_deadline());
        self.clients.next_deadline().into_iter().chain(others).min()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.clients.is_busy()
    }
}

/// One snapshot serves all who ask in a round.
type View<'v> = &'v mut dyn FnMut() -> Rc<Snapshot>;
