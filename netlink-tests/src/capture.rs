//! Raw datagrams of the real connector, received by a socket that shares no code with the product's.

use netlink_sys::{Socket, SocketAddr};
use nix::sys::socket::{setsockopt, sockopt};
use std::path::Path;
use std::process::Command;

const NETLINK_CONNECTOR: isize = 11;
/// Holds more than 100,000 events: nobody reads while they are made.
const BUFFER: usize = 64 << 20;

/// LISTEN with number 5, byte by byte.
fn listen() -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_ne_bytes()).collect::<Vec<u8>>();
    let halves = |halves: [u16; 2]| halves.into_iter().flat_map(u16::to_ne_bytes).collect::<Vec<u8>>();
    [words(&[40]), halves([3, 0]), words(&[5, 0, 1, 1, 5, 5]), halves([4, 0]), words(&[1])].concat()
}

/// Everything that the connector says while `act` runs, a datagram each. Other processes of the host are in it too.
pub fn capture(act: impl FnOnce()) -> Vec<Vec<u8>> {
    let mut socket = Socket::new(NETLINK_CONNECTOR).expect("socket");
    socket.set_non_blocking(true).expect("nonblocking");
    setsockopt(&socket, sockopt::RcvBufForce, &BUFFER).expect("SO_RCVBUFFORCE");
    socket.bind(&SocketAddr::new(0, 1)).expect("bind");
    socket.send_to(&listen(), &SocketAddr::new(0, 0), 0).expect("LISTEN");
    act();
    let mut datagrams = Vec::new();
    loop {
        let mut bytes = Vec::with_capacity(4096);
        match socket.recv_from(&mut bytes, 0) {
            Ok(_) => datagrams.push(bytes),
            Err(e) if e.raw_os_error() == Some(libc::EAGAIN) => return datagrams,
            Err(e) => panic!("after {} datagrams: {e}", datagrams.len()),
        }
    }
}

/// Runs the emitter, whose path a test gets from Cargo, to its end; returns its pid.
pub fn act(emitter: impl AsRef<Path>, arguments: &[&str]) -> u32 {
    let mut child = Command::new(emitter.as_ref()).args(arguments).spawn().expect("spawn the emitter");
    let pid = child.id();
    assert!(child.wait().expect("wait").success(), "emitter {arguments:?}");
    pid
}
