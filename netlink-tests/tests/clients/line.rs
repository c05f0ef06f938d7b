//! A connection to the service that can do what no decent client does.

use netlink_tests::bench::patience;
use rustix::net::sockopt::set_socket_linger;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Where the service can be asked.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Port(SocketAddr),
    Metrics(PathBuf),
    Control(PathBuf),
}

#[derive(Debug)]
pub(super) enum Line {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Line {
    pub(super) fn to(place: &Place) -> Line {
        let patience = Some(patience());
        match place {
            Place::Port(address) => {
                let stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address}: {e}"));
                stream.set_read_timeout(patience).expect("a timeout");
                stream.set_write_timeout(patience).expect("a timeout");
                Line::Tcp(stream)
            }
            Place::Metrics(path) | Place::Control(path) => {
                let stream = UnixStream::connect(path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
                stream.set_read_timeout(patience).expect("a timeout");
                stream.set_write_timeout(patience).expect("a timeout");
                Line::Unix(stream)
            }
        }
    }

    pub(super) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Line::Tcp(stream) => stream.write_all(bytes),
            Line::Unix(stream) => stream.write_all(bytes),
        }
    }

    /// Says nothing more.
    pub(super) fn end(&self) {
        let ended = match self {
            Line::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Line::Unix(stream) => stream.shutdown(Shutdown::Write),
        };
        ended.expect("the connection stands");
    }

    /// Everything, to the end.
    pub(super) fn hear_all(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let heard = match self {
            Line::Tcp(stream) => stream.read_to_end(&mut all),
            Line::Unix(stream) => stream.read_to_end(&mut all),
        };
        heard.unwrap_or_else(|e| panic!("cut off after {} bytes: {e}", all.len()));
        all
    }

    /// A little, if it comes at once.
    pub(super) fn sip(&mut self) {
        let mut drop = [0; 16];
        let _ = match self {
            Line::Tcp(stream) => stream.set_nonblocking(true).and_then(|()| stream.read(&mut drop)),
            Line::Unix(stream) => stream.set_nonblocking(true).and_then(|()| stream.read(&mut drop)),
        };
    }

    /// Ends without a farewell.
    pub(super) fn break_off(self) {
        if let Line::Tcp(stream) = &self {
            set_socket_linger(stream, Some(Duration::ZERO)).expect("SO_LINGER");
        }
    }
}
