//! Network traffic as fast as it goes, in as many connections at once as a test wants. What this end has taken in is told in
//! a file, eight bytes long, so that a test need not ask.

use netlink_tests::bench::traffic::spray;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::spawn;
use std::time::Duration;

static RECEIVED: AtomicU64 = AtomicU64::new(0);

/// `send tcp 127.0.0.1:9 4`
pub(super) fn send(protocol: &OsStr, to: &OsStr, count: usize) {
    let to = to.to_str().expect("an address").to_owned();
    for _ in 0..count {
        let to = to.clone();
        match protocol.to_str() {
            Some("tcp") => spawn(move || pour(&TcpStream::connect(to).expect("connected"))),
            _ => spawn(move || {
                let socket =
                    UdpSocket::bind(if to.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" }).expect("bound");
                socket.connect(to).expect("connected");
                spray(|datagram| socket.send(datagram), || false);
            }),
        };
    }
    super::sleep();
}

/// The same, to whoever connects there.
pub(super) fn serve(at: &OsStr) {
    let listener = TcpListener::bind(at.to_str().expect("an address")).expect("bound");
    for stream in listener.incoming().flatten() {
        spawn(move || pour(&stream));
    }
}

/// From connections made to there, or whatever datagrams come there.
pub(super) fn receive(protocol: &OsStr, address: &OsStr, count: usize) {
    let address = address.to_str().expect("an address").to_owned();
    for _ in 0..count {
        let address = address.clone();
        match protocol.to_str() {
            Some("tcp") => spawn(move || {
                let mut stream = TcpStream::connect(address).expect("connected");
                take(|buffer| stream.read(buffer));
            }),
            _ => spawn(move || {
                let socket = UdpSocket::bind(&address).expect("bound");
                take(|buffer| socket.recv(buffer));
            }),
        };
    }
    super::sleep();
}

/// Tells from now on in this file how much has been received.
pub(super) fn report(path: &OsStr) {
    let file = std::fs::File::create(path).expect("a report");
    spawn(move || {
        loop {
            file.write_all_at(&RECEIVED.load(Ordering::Relaxed).to_ne_bytes(), 0).expect("told");
            std::thread::sleep(Duration::from_millis(10));
        }
    });
}

fn pour(mut stream: &TcpStream) {
    let chunk = vec![0; 64 << 10];
    while stream.write_all(&chunk).is_ok() {}
}

fn take(mut read: impl FnMut(&mut [u8]) -> std::io::Result<usize>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = read(&mut buffer) {
        RECEIVED.fetch_add(length as u64, Ordering::Relaxed);
    }
}
