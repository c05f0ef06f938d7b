//! Real sockets on a real poll, and a clock that jumps. Whoever is asked here answers a line with what the line says.
#![expect(clippy::disallowed_methods, reason = "tests look at real files")]

mod crowds;
mod doors;
mod partings;
mod slowness;

use super::*;
use mio::{Events, Poll};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

const FIRST: usize = 100;

/// A house with a door of the file system to each hall, and one to HTTP on a port.
struct House {
    poll: Poll,
    clients: Clients,
    now: Mono,
    folder: tempfile::TempDir,
    port: SocketAddr,
}

impl House {
    fn new() -> House {
        let poll = Poll::new().unwrap();
        let mut clients = Clients::new(poll.registry().try_clone().unwrap(), FIRST);
        let folder = tempfile::tempdir().unwrap();
        for hall in [Hall::Http, Hall::Control] {
            clients.open(hall, &Address::Unix(path(&folder, hall)), 0o600).unwrap();
        }
        let port =
            clients.open(Hall::Http, &Address::Tcp("127.0.0.1:0".parse().unwrap()), 0).unwrap().unwrap();
        House { poll, clients, now: Mono(0), folder, port }
    }

    fn come(&mut self, hall: Hall) -> UnixStream {
        let guest = self.knock(hall);
        self.settle();
        guest
    }

    fn knock(&self, hall: Hall) -> UnixStream {
        let guest = UnixStream::connect(path(&self.folder, hall)).unwrap();
        guest.set_nonblocking(true).unwrap();
        guest
    }

    fn come_by_tcp(&mut self) -> TcpStream {
        let guest = TcpStream::connect(self.port).unwrap();
        guest.set_nonblocking(true).unwrap();
        self.settle();
        guest
    }

    /// One round, as the loop makes it.
    fn round(&mut self) {
        let mut events = Events::with_capacity(1024);
        self.poll.poll(&mut events, Some(Duration::from_millis(1))).unwrap();
        events.iter().for_each(|event| assert!(self.clients.woken(event)));
        self.clients.tick(self.now);
        self.clients.admit(self.now);
        for _ in 0..16 {
            let Some(id) = self.clients.next(self.now) else { break };
            if let Some(guest) = self.clients.guest(id).filter(|guest| guest.may_ask()) {
                let again = answer(guest, self.now);
                guest.heard(again);
            }
            self.clients.serve(self.now, id);
        }
    }

    /// Rounds until nothing is left to do.
    fn settle(&mut self) {
        self.round();
        while self.clients.is_busy() {
            self.round();
        }
        self.round();
    }

    fn later(&mut self, seconds: u64) {
        self.settle();
        self.now = self.now + Duration::from_secs(seconds);
        self.settle();
    }

    fn said(&mut self, guest: &mut (impl Read + Write), words: &str) -> String {
        guest.write_all(words.as_bytes()).unwrap();
        self.settle();
        hear(guest).0
    }

    fn all(&self) -> usize {
        self.clients.guests.len()
    }
}

fn path(folder: &tempfile::TempDir, hall: Hall) -> PathBuf {
    folder.path().join(format!("{hall:?}"))
}

/// Does what one line says; whether another may be waiting.
fn answer(guest: &mut Guest, now: Mono) -> bool {
    let Some(end) = guest.inbox.iter().position(|&byte| byte == b'\n') else {
        if guest.inbox.len() >= LONGEST_REQUEST {
            guest.answer(now, b"too long\n");
            guest.leave();
        }
        return false;
    };
    let line = String::from_utf8(guest.inbox[..end].to_vec()).unwrap();
    guest.understood(end + 1);
    match line.split_once(' ') {
        Some(("big", bytes)) => guest.answer(now, &vec![b'x'; bytes.parse().unwrap()]),
        _ if line == "stay" => guest.stays = true,
        _ if line == "order" => guest.owed += 1,
        _ if line == "bye" => {
            guest.answer(now, b"bye\n");
            guest.leave();
        }
        _ => guest.answer(now, format!("{line}\n").as_bytes()),
    }
    !guest.inbox.is_empty()
}

/// What has come, and whether that was all there is to come.
fn hear(guest: &mut impl Read) -> (String, bool) {
    let mut all = Vec::new();
    let end = match guest.read_to_end(&mut all) {
        Ok(_) => true,
        Err(e) if e.kind() == ErrorKind::WouldBlock => false,
        Err(e) => panic!("it is cut off after {} bytes: {e}", all.len()),
    };
    (String::from_utf8(all).unwrap(), end)
}

/// Everything, however often it has to be taken.
fn hear_all(house: &mut House, guest: &mut impl Read) -> (String, bool) {
    let mut all = String::new();
    loop {
        let (more, end) = hear(guest);
        all += &more;
        house.settle();
        if end || more.is_empty() {
            return (all, end);
        }
    }
}
