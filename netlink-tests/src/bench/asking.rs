//! Asks a running service: over its control socket, and over HTTP.

use super::{Service, patience};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// A connection to the control socket.
#[derive(Debug)]
pub struct Control {
    stream: BufReader<UnixStream>,
}

impl Control {
    pub fn connect(socket: &Path) -> Control {
        Control::of(UnixStream::connect(socket).unwrap_or_else(|e| panic!("{}: {e}", socket.display())))
    }

    /// Over a connection that somebody has made.
    pub fn of(stream: UnixStream) -> Control {
        stream.set_read_timeout(Some(patience())).expect("a timeout");
        Control { stream: BufReader::new(stream) }
    }

    /// One request, marked with the version, and one line of answer.
    pub fn ask(&mut self, mut request: Value) -> Value {
        request["v"] = json!(1);
        self.say(&request.to_string());
        self.line()
    }

    pub fn say(&mut self, line: &str) {
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes()).expect("it takes a request");
    }

    /// The next line of what it answers.
    pub fn line(&mut self) -> Value {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("it answers");
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line:?}: {e}"))
    }
}

impl Control {
    /// Whether the service has ended the connection; waits for that or for an answer.
    pub fn is_over(&mut self) -> bool {
        self.stream.fill_buf().is_ok_and(<[u8]>::is_empty)
    }
}

/// What came of a request over HTTP.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// One request over a connection of its own.
pub fn get(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap_or_else(|e| panic!("{address}: {e}"));
    stream.set_read_timeout(Some(patience())).expect("a timeout");
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("it takes a request");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{text:?}"));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

impl Service {
    pub fn control_socket(&self) -> PathBuf {
        self.folder().join("control.sock")
    }

    pub fn control(&self) -> Control {
        Control::connect(&self.control_socket())
    }

    /// Where it serves metrics, if it was told to with a port that is given by the kernel.
    pub fn metrics_address(&self) -> SocketAddr {
        let said = self.wait_for("Listening at 127.0.0.1:");
        let word = said.rsplit(' ').next().expect("an address");
        word.parse().unwrap_or_else(|e| panic!("{said}: {e}"))
    }
}
