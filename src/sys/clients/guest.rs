//! One connection: what has come in and is not understood yet, what is to go out, and until when it may take its time.
//! Neither side's closing loses what the other has said before. It knows nothing of what is said.

mod exchange;
mod standing;

use super::Hall;
use super::peer::Peer;
use super::stream::Stream;
use crate::model::Mono;
use std::time::Duration;

/// A request has at most this length; longer ones cannot be understood.
pub const LONGEST_REQUEST: usize = 16 << 10;
/// From its first byte to its last.
const FOR_A_REQUEST: Duration = Duration::from_secs(10);
/// From its first byte to its last, however steadily it is taken: what waits counts against all.
pub(super) const FOR_AN_ANSWER: Duration = Duration::from_secs(30);
/// Between requests.
const FOR_THE_NEXT: Duration = Duration::from_secs(300);
/// From our last word to the other side's end.
const FOR_A_PARTING: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Guest {
    stream: Stream,
    pub hall: Hall,
    pub(super) door: usize,
    pub peer: Option<Peer>,
    /// Whether it stands in the line of those who are awake.
    pub(super) awake: bool,
    /// Bytes of requests, at most `LONGEST_REQUEST`.
    pub inbox: Vec<u8>,
    outbox: Vec<u8>,
    sent: usize,
    /// The inbox may hold a whole request.
    unheard: bool,
    /// The poll tells of each only once.
    readable: bool,
    writable: bool,
    /// The other side says nothing more.
    ended: bool,
    /// It hears nothing more either.
    hung_up: bool,
    broken: bool,
    leaving: Leaving,
    /// It stays although it asks nothing.
    pub stays: bool,
    /// Requests of its that are answered later.
    pub owed: usize,
    answers: u64,
    /// When it came, or had taken the last answer.
    pub(super) served: Mono,
    deadline: Mono,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Leaving {
    Not,
    /// Nothing more is heard of it; it gets the answers it is owed.
    Soon,
    /// It has them, and knows that nothing follows. What it still says is passed over: to close on unread words would take
    /// back what was said to it.
    Parting,
}

impl Guest {
    pub(super) fn new(stream: Stream, hall: Hall, door: usize, peer: Option<Peer>, now: Mono) -> Guest {
        Guest {
            stream,
            hall,
            door,
            peer,
            awake: false,
            inbox: Vec::new(),
            outbox: Vec::new(),
            sent: 0,
            unheard: true, // who may not ask at all is told before a word
            readable: true,
            writable: true,
            ended: false,
            hung_up: false,
            broken: false,
            leaving: Leaving::Not,
            stays: false,
            owed: 0,
            answers: 0,
            served: now,
            deadline: now + FOR_A_REQUEST,
        }
    }

    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    pub(super) fn woken(&mut self, readable: bool, writable: bool, hung_up: bool) {
        self.readable |= readable || hung_up;
        self.writable |= writable || hung_up;
        self.hung_up |= hung_up;
    }

    /// The first `length` bytes of the inbox are dealt with.
    pub fn understood(&mut self, length: usize) {
        self.inbox.drain(..length);
        if self.inbox.is_empty() {
            self.inbox = Vec::new();
        }
    }

    /// It has had its say; `again`: what it has said may hold another request.
    pub fn heard(&mut self, again: bool) {
        self.unheard = again;
    }

    pub fn answer(&mut self, now: Mono, bytes: &[u8]) {
        if self.outbox.is_empty() {
            self.deadline = now + FOR_AN_ANSWER;
        }
        self.answers += 1;
        self.outbox.extend_from_slice(bytes);
    }

    /// No more is heard of it.
    pub fn leave(&mut self) {
        if self.leaving == Leaving::Not {
            (self.leaving, self.unheard) = (Leaving::Soon, false);
            self.inbox = Vec::new();
        }
    }

    /// Bytes that wait to be taken.
    pub fn unsent(&self) -> usize {
        self.outbox.len() - self.sent
    }

    /// Whether it may be heard: one thing after the other, and no question before the last answer is taken.
    pub fn may_ask(&self) -> bool {
        self.unheard && self.outbox.is_empty()
    }
}
