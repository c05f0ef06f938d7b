//! One connection: what has come in and is not understood yet, what is to go out, and until when it may take its time.
//! It knows nothing of what is said.

use super::Hall;
use super::peer::Peer;
use super::stream::Stream;
use crate::model::Mono;
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

/// A request has at most this length; longer ones cannot be understood.
pub const LONGEST_REQUEST: usize = 16 << 10;
/// Taken in at a time.
const A_READ: usize = 4096;
/// From its first byte to its last.
const FOR_A_REQUEST: Duration = Duration::from_secs(10);
/// From one piece of an answer being taken to the next.
const FOR_AN_ANSWER: Duration = Duration::from_secs(30);
/// Between requests.
const FOR_THE_NEXT: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub struct Guest {
    stream: Stream,
    pub hall: Hall,
    pub peer: Option<Peer>,
    /// Bytes of requests, at most `LONGEST_REQUEST`.
    pub inbox: Vec<u8>,
    outbox: Vec<u8>,
    sent: usize,
    /// The poll tells of each only once.
    readable: bool,
    writable: bool,
    ended: bool,
    /// Nothing more is read, and it is closed once it has its answer.
    leaving: bool,
    /// Requests of its that are answered later.
    pub owed: usize,
    /// It stays although it asks nothing.
    pub stays: bool,
    deadline: Mono,
}

impl Guest {
    pub(super) fn new(stream: Stream, hall: Hall, peer: Option<Peer>, now: Mono) -> Guest {
        Guest {
            stream,
            hall,
            peer,
            inbox: Vec::new(),
            outbox: Vec::new(),
            sent: 0,
            readable: true,
            writable: true,
            ended: false,
            leaving: false,
            owed: 0,
            stays: false,
            deadline: now + FOR_A_REQUEST,
        }
    }

    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    pub(super) fn woken(&mut self, readable: bool, writable: bool) {
        self.readable |= readable;
        self.writable |= writable;
    }

    /// Takes in what there is room for.
    pub(super) fn read(&mut self, now: Mono) {
        if !self.readable || self.leaving || !self.outbox.is_empty() {
            return; // one that does not take its answers asks nothing more
        }
        let mut piece = [0; A_READ];
        let room = A_READ.min(LONGEST_REQUEST - self.inbox.len());
        if room == 0 {
            return; // what it says is too long to be understood, which it is about to be told
        }
        match self.stream.read(&mut piece[..room]) {
            Ok(0) => (self.readable, self.ended) = (false, true),
            Ok(came) => {
                if self.inbox.is_empty() {
                    self.deadline = now + FOR_A_REQUEST;
                }
                self.inbox.extend_from_slice(&piece[..came]);
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => (self.readable, self.ended) = (false, true),
        }
    }

    /// The first `length` bytes of the inbox are dealt with.
    pub fn understood(&mut self, length: usize) {
        self.inbox.drain(..length);
        if self.inbox.is_empty() {
            self.inbox = Vec::new();
        }
    }

    pub fn answer(&mut self, now: Mono, bytes: &[u8]) {
        if self.outbox.is_empty() {
            self.deadline = now + FOR_AN_ANSWER;
        }
        self.outbox.extend_from_slice(bytes);
    }

    /// No more is heard of it.
    pub fn leave(&mut self) {
        self.leaving = true;
        self.inbox = Vec::new();
    }

    pub(super) fn write(&mut self, now: Mono) {
        while self.writable && self.sent < self.outbox.len() {
            match self.stream.write(&self.outbox[self.sent..]) {
                Ok(sent) => {
                    self.sent += sent;
                    self.deadline = now + FOR_AN_ANSWER;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    self.writable = false;
                    self.ended |= e.kind() != ErrorKind::WouldBlock;
                    self.leaving |= self.ended;
                    return;
                }
            }
        }
        if self.sent > 0 && self.sent == self.outbox.len() {
            (self.outbox, self.sent) = (Vec::new(), 0);
            self.deadline = now + if self.inbox.is_empty() { FOR_THE_NEXT } else { FOR_A_REQUEST };
        }
    }

    /// Bytes that wait to be taken.
    pub fn unsent(&self) -> usize {
        self.outbox.len() - self.sent
    }

    /// Whether there is something to do that no poll will tell of.
    pub(super) fn is_busy(&self) -> bool {
        self.readable && !self.leaving && self.outbox.is_empty()
    }

    pub(super) fn is_done(&self) -> bool {
        let answered = self.outbox.is_empty() && self.owed == 0;
        self.ended && (self.leaving || answered) || self.leaving && answered
    }

    /// `None`: it may wait for ever.
    pub(super) fn deadline(&self) -> Option<Mono> {
        (!self.stays || !self.outbox.is_empty() || !self.inbox.is_empty()).then_some(self.deadline)
    }
}
