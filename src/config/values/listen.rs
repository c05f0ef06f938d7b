//! Where somebody may be asked: addresses of the network, and sockets of this host.

use super::FilePath;
use crate::config::problem::quoted;
use crate::config::read::Word;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// Addresses with commas between them; none is `off`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listen(pub Vec<Address>);

/// A socket's path; none is `off`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Socket(pub Option<PathBuf>);

/// What the kernel has room for in a socket's address, the NUL behind it included.
const LONGEST_PATH: usize = 107;

impl Word for Listen {
    const KIND: &'static str = "an address like 127.0.0.1:9746 or unix:/run/ffrtmp/metrics.sock, or off";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Listen(Vec::new()));
        }
        text.split(',').map(|word| address(word.trim())).collect::<Result<_, _>>().map(Listen)
    }

    fn show(&self) -> String {
        let all: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        if all.is_empty() { "off".into() } else { all.join(",") }
    }
}

impl Word for Socket {
    const KIND: &'static str = "the path of a socket, or off";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" { Ok(Socket(None)) } else { path(text).map(|path| Socket(Some(path))) }
    }

    fn show(&self) -> String {
        self.0.as_ref().map_or("off".into(), |path| path.display().to_string())
    }
}

fn address(text: &str) -> Result<Address, String> {
    if let Some(socket) = text.strip_prefix("unix:") {
        return path(socket).map(Address::Unix);
    }
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let every = text.strip_prefix(':').map(|port| format!("[::]:{port}"));
    let spelled = local.or(every).unwrap_or_else(|| text.to_owned());
    spelled.parse().map(Address::Tcp).map_err(|_| {
        format!(
            "{} is no address; write HOST:PORT with a number for the host, like 127.0.0.1:9746",
            quoted(text)
        )
    })
}

fn path(text: &str) -> Result<PathBuf, String> {
    let FilePath(path) = FilePath::parse(text)?;
    match () {
        () if !path.is_absolute() => {
            Err(format!("{} is not an absolute path; write it from the root", quoted(text)))
        }
        () if text.len() > LONGEST_PATH => {
            Err(format!("{} is too long; sockets have at most {LONGEST_PATH} bytes", quoted(text)))
        }
        () => Ok(path),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown() {
        for (text, shown) in [
            ("127.0.0.1:9746", "127.0.0.1:9746"),
            ("localhost:9746", "127.0.0.1:9746"),
            (":9746", "[::]:9746"),
            ("[::1]:80, unix:/run/x.sock", "[::1]:80,unix:/run/x.sock"),
            ("off", "off"),
        ] {
            assert_eq!(Listen::parse(text).map(|listen| listen.show()).as_deref(), Ok(shown), "{text}");
        }
        assert_eq!(Socket::parse("/run/x.sock").map(|socket| socket.show()).as_deref(), Ok("/run/x.sock"));
        assert_eq!(Socket::parse("off"), Ok(Socket(None)));
    }

    #[test]
    fn what_is_no_address_is_told_with_what_to_write() {
        for text in ["9746", "example.org:80", "127.0.0.1", "127.0.0.1:99999", "", "unix:run/x", "/run/x"] {
            assert!(Listen::parse(text).is_err(), "{text}");
        }
        assert!(Listen::parse("node1:80").unwrap_err().contains("127.0.0.1:9746"));
        assert!(Socket::parse("x.sock").unwrap_err().contains("absolute"));
        assert!(Socket::parse(&format!("/{}", "x".repeat(107))).unwrap_err().contains("too long"));
    }
}
