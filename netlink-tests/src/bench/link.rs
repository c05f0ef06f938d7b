//! Two network namespaces of a test's own and a pair of virtual links between them. Both, and what is in them, are gone with
//! the last thread, process and socket there.

use rustix::thread::{UnshareFlags, unshare_unsafe};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Receiver, Sender, channel};

const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
/// Request, acknowledged, and for what is made: only if it is not there.
const CHANGE: u16 = 5;
const MAKE: u16 = CHANGE | 0x600;

/// A thread in a namespace, which does what it is told there.
#[derive(Debug)]
pub struct Side {
    work: Sender<Box<dyn FnOnce() + Send>>,
    pub v4: Ipv4Addr,
    pub v6: Ipv6Addr,
}

impl Side {
    fn new(number: u8) -> Side {
        let (work, todo): (_, Receiver<Box<dyn FnOnce() + Send>>) = channel();
        std::thread::spawn(move || {
            #[expect(unsafe_code, reason = "namespaces are left by one thread alone")]
            // SAFETY: of the network namespace nothing in this process's memory depends.
            unsafe { unshare_unsafe(UnshareFlags::NEWNET) }.expect("a network namespace");
            todo.into_iter().for_each(|job| job());
        });
        let v6 = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number.into());
        Side { work, v4: Ipv4Addr::new(10, 99, 0, number), v6 }
    }

    /// Sockets that are opened, threads and processes that are started by this are there.
    pub fn inside<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> R {
        let (done, result) = channel();
        self.work.send(Box::new(move || drop(done.send(job())))).expect("its thread");
        result.recv().expect("no panic there")
    }
}

/// Both sides, up and with their addresses.
pub fn pair() -> [Side; 2] {
    let sides = [1, 2].map(Side::new);
    let there = sides[1].inside(|| std::fs::File::open("/proc/thread-self/ns/net").expect("a namespace"));
    sides[0].inside(move || make_links(there.as_raw_fd()).expect("a pair of links"));
    for side in &sides {
        let (v4, v6) = (side.v4, side.v6);
        side.inside(move || raise(v4, v6).expect("addresses"));
    }
    sides
}

fn make_links(there: i32) -> io::Result<()> {
    let length = attribute(4, &9000u32.to_ne_bytes());
    let peer =
        [link(0, 0), attribute(3, b"far\0"), length.clone(), attribute(28, &there.to_ne_bytes())].concat();
    let kind = [attribute(1, b"veth"), attribute(2, &attribute(1, &peer))].concat();
    ask(NEW_LINK, MAKE, &[link(0, 0), attribute(3, b"near\0"), length, attribute(18, &kind)].concat())
}

/// The one link there is besides loopback.
fn raise(v4: Ipv4Addr, v6: Ipv6Addr) -> io::Result<()> {
    #[expect(unsafe_code, reason = "no crate at hand wraps it")]
    // SAFETY: the names are texts that end with a zero.
    let numbers = [c"near", c"far"].map(|name| unsafe { libc::if_nametoindex(name.as_ptr()) });
    let index = numbers.into_iter().find(|&index| index > 0).expect("a link");
    // Without asking whether somebody else has it.
    let address = |family: u8, bits: u8, octets: &[u8]| {
        let head = [&[family, bits, 2, 0][..], &index.to_ne_bytes()].concat();
        [head, attribute(2, octets), attribute(1, octets)].concat()
    };
    ask(NEW_ADDRESS, MAKE, &address(2, 24, &v4.octets()))?;
    ask(NEW_ADDRESS, MAKE, &address(10, 64, &v6.octets()))?;
    ask(NEW_LINK, CHANGE, &link(index, 1))
}

fn link(index: u32, up: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), up.to_ne_bytes(), up.to_ne_bytes()].concat()
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = [(value.len() as u16 + 4).to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn ask(kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let mut socket = netlink_sys::Socket::new(0)?;
    socket.bind_auto()?;
    let length = (body.len() as u32 + 16).to_ne_bytes();
    let head = [&length[..], &kind.to_ne_bytes(), &flags.to_ne_bytes(), &[0; 8]].concat();
    socket.send(&[&head, body].concat(), 0)?;
    let mut answer = vec![0; 4096];
    socket.recv(&mut &mut answer[..], 0)?;
    match i32::from_ne_bytes(answer[16..20].try_into().expect("a number")) {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(-errno)),
    }
}
