//! The socket of the process connector: open, listen, narrow, receive. It reports and counts what it meets;
//! what to do about it is the engine's to decide. Nothing is allocated per event.

mod drops;
pub mod refusal;

use crate::wire::decode::{self, Fault};
use crate::wire::event::Event;
use crate::wire::request::{self, Operation};
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use netlink_sys::{Socket, SocketAddr};
use nix::sys::socket::{getsockopt, setsockopt, sockopt};
use refusal::{Refusal, Step, errno};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

const NETLINK_CONNECTOR: isize = 11;
/// CN_IDX_PROC as a multicast group: the first bit.
const PROC_GROUP: u32 = 1;
/// The number of our IGNORE requests: a LISTEN never carries it, so that their acks are not taken for each other.
pub const IGNORE_NUMBER: u32 = 0;
/// One event is 76 bytes. Room for what a newer kernel may append.
const DATAGRAM: usize = 4096;

/// How a round of receiving ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Drained {
    /// The queue is empty: the next event wakes the poll.
    Empty,
    /// The budget is used up and there may be more. The poll is edge-triggered: come back without waiting for it.
    More,
    /// Events were dropped. The kernel drops on until the queue is empty; what is still queued can be received.
    Overrun,
    Broken(i32),
}

/// Datagrams that held no event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Not sent by the kernel, and not looked at.
    pub foreign: u64,
    pub malformed: u64,
}

#[derive(Debug)]
pub struct Connector {
    // Not Clone on purpose: netlink-sys's Socket is, and each clone closes the same descriptor.
    socket: Socket,
    datagram: Box<[u8; DATAGRAM]>,
    counts: Counts,
    listening: bool,
}

impl Connector {
    /// A socket in the connector's group, with the receive buffer it got, in the unit of `buffer`: bytes as asked for,
    /// which the kernel doubles for its own bookkeeping.
    pub fn open(buffer: usize) -> Result<(Connector, usize), Refusal> {
        let mut socket = Socket::new(NETLINK_CONNECTOR).map_err(Refusal::at(Step::Socket))?;
        socket.set_non_blocking(true).map_err(Refusal::at(Step::Socket))?;
        let reached = grow(&socket, buffer).map_err(Refusal::at(Step::Buffer))?;
        socket.bind(&SocketAddr::new(0, PROC_GROUP)).map_err(Refusal::at(Step::Bind))?;
        let datagram = Box::new([0; DATAGRAM]);
        Ok((Connector { socket, datagram, counts: Counts::default(), listening: false }, reached))
    }

    /// Asks for events; the answer is a `What::Ack` to `number`, which must not be `IGNORE_NUMBER`.
    pub fn listen(&mut self, number: u32) -> Result<(), Refusal> {
        self.send(Operation::Listen, number).map_err(Refusal::at(Step::Listen))?;
        self.listening = true;
        Ok(())
    }

    /// Lets the kernel drop what nobody here needs. Without it all works too, at more cost.
    pub fn narrow(&self) -> Result<(), Refusal> {
        super::narrow::attach(self.as_fd()).map_err(Refusal::at(Step::Filter))
    }

    /// Receives until the queue is empty, or until `budget` datagrams were read.
    pub fn receive(&mut self, budget: usize, mut each: impl FnMut(Event)) -> Drained {
        for _ in 0..budget {
            match self.socket.recv_from(&mut self.datagram.as_mut_slice(), libc::MSG_TRUNC) {
                Ok((_, sender)) if sender.port_number() != 0 => self.counts.foreign += 1,
                Ok((length, _)) => {
                    let Some(bytes) = self.datagram.get(..length) else {
                        self.counts.malformed += 1;
                        continue;
                    };
                    for event in decode::events(bytes) {
                        match event {
                            Ok(event) => each(event),
                            Err(Fault::Overrun) => return Drained::Overrun,
                            Err(_) => self.counts.malformed += 1,
                        }
                    }
                }
                Err(e) => match errno(&e) {
                    libc::EAGAIN => return Drained::Empty,
                    libc::EINTR => {}
                    libc::ENOBUFS => return Drained::Overrun,
                    errno => return Drained::Broken(errno),
                },
            }
        }
        Drained::More
    }

    /// Datagrams that the kernel dropped since this socket was opened, whether or not it told us.
    pub fn drops(&self) -> io::Result<u32> {
        drops::of(self.as_fd())
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn send(&self, operation: Operation, number: u32) -> io::Result<()> {
        let request = request::encode(operation, number);
        self.socket.send_to(&request, &SocketAddr::new(0, 0), 0).map(drop)
    }
}

/// One IGNORE, however often was listened: kernels before 6.6 count listeners of all programs in one number, and
/// taking one too many from it silences the others, while leaving one too many only costs the kernel some work.
impl Drop for Connector {
    fn drop(&mut self) {
        if self.listening {
            let _ = self.send(Operation::Ignore, IGNORE_NUMBER);
        }
    }
}

/// SO_RCVBUFFORCE passes net.core.rmem_max but needs CAP_NET_ADMIN; SO_RCVBUF is cut down to it without a word.
fn grow(socket: &Socket, buffer: usize) -> io::Result<usize> {
    let buffer = buffer.min(i32::MAX as usize / 2); // what the kernel can double
    if setsockopt(socket, sockopt::RcvBufForce, &buffer).is_err() {
        setsockopt(socket, sockopt::RcvBuf, &buffer)?;
    }
    Ok(getsockopt(socket, sockopt::RcvBuf)? / 2)
}

/// Makes the kernel send a COMM event of this process, by giving the thread the name it has. Must be called on the main
/// thread: events of other threads are filtered out.
pub fn canary() -> io::Result<()> {
    if rustix::thread::gettid() != rustix::process::getpid() {
        return Err(io::Error::other("the canary must be sent by the main thread"));
    }
    Ok(rustix::thread::set_name(&rustix::thread::name()?)?)
}

impl AsFd for Connector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl mio::event::Source for Connector {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        SourceFd(&self.socket.as_raw_fd()).register(registry, token, interests)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        SourceFd(&self.socket.as_raw_fd()).reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.socket.as_raw_fd()).deregister(registry)
    }
}
