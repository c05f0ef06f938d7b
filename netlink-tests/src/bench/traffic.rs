//! The far end of a job's connections: it takes all that comes, or sends as fast as it goes, and counts. Its addresses are
//! where its thread is: in a network namespace of a test's own, perhaps.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// Of a datagram that fits into a large packet: an emulated machine sends few thousand of them in a second.
const DATAGRAM: usize = 8000;

/// What has come in, here or at an actor's.
#[derive(Clone, Debug)]
pub enum Count {
    Here(Arc<AtomicU64>),
    /// As `report` tells it.
    Told(PathBuf),
    Sum(Vec<Count>),
}

impl Count {
    pub fn bytes(&self) -> u64 {
        match self {
            Count::Here(bytes) => bytes.load(Ordering::Relaxed),
            Count::Sum(counts) => counts.iter().map(Count::bytes).sum(),
            Count::Told(path) => {
                let text = std::fs::read(path).unwrap_or_default();
                text.first_chunk().map_or(0, |bytes| u64::from_ne_bytes(*bytes))
            }
        }
    }

    /// Bytes per second over a span that begins now.
    pub fn rate(&self, span: Duration) -> f64 {
        let (before, began) = (self.bytes(), Instant::now());
        sleep(span);
        (self.bytes() - before) as f64 / began.elapsed().as_secs_f64()
    }

    /// Waits until so much has come in.
    pub fn has(&self, bytes: u64) {
        super::eventually("traffic flows", || self.bytes() >= bytes);
    }
}

/// Takes what TCP connections bring.
pub fn tcp_sink(at: &str) -> (SocketAddr, Count) {
    let bytes = Arc::new(AtomicU64::new(0));
    let listener = TcpListener::bind(at).expect("bound");
    let address = listener.local_addr().expect("an address");
    let count = Arc::clone(&bytes);
    spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let bytes = Arc::clone(&bytes);
            spawn(move || take(&bytes, |buffer| stream.read(buffer)));
        }
    });
    (address, Count::Here(count))
}

pub fn udp_sink(at: &str) -> (SocketAddr, Count) {
    let bytes = Arc::new(AtomicU64::new(0));
    let socket = UdpSocket::bind(at).expect("bound");
    let address = socket.local_addr().expect("an address");
    let count = Arc::clone(&bytes);
    spawn(move || take(&bytes, |buffer| socket.recv(buffer)));
    (address, Count::Here(count))
}

/// Sends to whoever connects.
pub fn tcp_source(at: &str) -> SocketAddr {
    let listener = TcpListener::bind(at).expect("bound");
    let address = listener.local_addr().expect("an address");
    spawn(move || {
        for mut stream in listener.incoming().flatten() {
            spawn(move || while stream.write_all(&[0; 64 << 10]).is_ok() {});
        }
    });
    address
}

/// Sends datagrams, whether or not anybody takes them, until it is dropped.
#[derive(Debug)]
pub struct UdpSource(Arc<AtomicBool>);

impl UdpSource {
    pub fn to(address: &str) -> UdpSource {
        let over = Arc::new(AtomicBool::new(false));
        let any = if address.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" };
        let socket = UdpSocket::bind(any).expect("bound");
        let (address, stop) = (address.to_owned(), Arc::clone(&over));
        spawn(move || spray(|datagram| socket.send_to(datagram, &*address), || stop.load(Ordering::Relaxed)));
        UdpSource(over)
    }
}

impl Drop for UdpSource {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Twice what any test allows, by the clock: a sender that never rests would leave no processor to whoever receives.
pub fn spray(send: impl Fn(&[u8]) -> std::io::Result<usize>, is_over: impl Fn() -> bool) {
    const BYTES_PER_SECOND: f64 = 20e6;
    /// As many as the receiving socket has room for, however long this machine has stood still.
    const AT_ONCE: f64 = 8.0 * DATAGRAM as f64;
    let (mut due, mut last) = (0.0, Instant::now());
    while !is_over() {
        let now = Instant::now();
        due = AT_ONCE.min(due + (now - last).as_secs_f64() * BYTES_PER_SECOND);
        last = now;
        while due >= DATAGRAM as f64 {
            let _ = send(&[0; DATAGRAM]);
            due -= DATAGRAM as f64;
        }
        sleep(Duration::from_millis(1));
    }
}

/// A port that was free just now.
pub fn free_port(at: &str) -> u16 {
    let socket = UdpSocket::bind(at).expect("bound");
    socket.local_addr().expect("an address").port()
}

/// What an actor reports there.
pub fn told(path: &Path) -> Count {
    Count::Told(path.into())
}

fn take(bytes: &AtomicU64, mut read: impl FnMut(&mut [u8]) -> std::io::Result<usize>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = read(&mut buffer) {
        bytes.fetch_add(length as u64, Ordering::Relaxed);
    }
}
