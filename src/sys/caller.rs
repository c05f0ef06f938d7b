//! The other end of the control socket: a connection to the running service, as a command makes it. It waits, but never
//! longer than it was told to; what is said is the business of others.

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Far more than a service with all the jobs it can have answers.
const LONGEST_ANSWER: u64 = 64 << 20;

#[derive(Debug)]
pub struct Caller(BufReader<UnixStream>);

impl Caller {
    /// `patience` bounds each wait: for the connection, for a question to be taken, and for an answer.
    pub fn connect(path: &Path, patience: Duration) -> io::Result<Caller> {
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        // A service that has stopped lets nobody in, and those who wait at its door have a limit, too.
        set_socket_timeout(&socket, Timeout::Send, Some(patience))?;
        set_socket_timeout(&socket, Timeout::Recv, Some(patience))?;
        connect(&socket, &SocketAddrUnix::new(path)?)?;
        Ok(Caller(BufReader::new(socket.into())))
    }

    /// From now on an answer may take as long as it takes.
    pub fn wait_for_ever(&self) -> io::Result<()> {
        self.0.get_ref().set_read_timeout(None)
    }

    pub fn say(&mut self, line: &str) -> io::Result<()> {
        self.0.get_mut().write_all(format!("{line}\n").as_bytes())
    }

    /// The next line, without its end; `None` when the service has hung up.
    pub fn hear(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        (&mut self.0).take(LONGEST_ANSWER).read_until(b'\n', &mut line)?;
        Ok((line.pop() == Some(b'\n')).then_some(line))
    }
}

/// For a command that tries again. The service itself never sleeps.
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    fn listening() -> (tempfile::TempDir, UnixListener, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sock");
        (folder, UnixListener::bind(&path).unwrap(), path)
    }

    #[test]
    fn lines_are_said_and_heard_and_half_a_line_is_the_end() {
        let (_folder, listener, path) = listening();
        let mut caller = Caller::connect(&path, Duration::from_secs(5)).unwrap();
        caller.say("hello").unwrap();
        let mut service = BufReader::new(listener.accept().unwrap().0);
        let mut heard = String::new();
        service.read_line(&mut heard).unwrap();
        assert_eq!(heard, "hello\n");
        service.get_mut().write_all(b"one\n\ntw").unwrap();
        drop(service);
        assert_eq!(caller.hear().unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(caller.hear().unwrap().as_deref(), Some(&b""[..]));
        assert_eq!(caller.hear().unwrap(), None);
    }

    #[test]
    fn a_service_that_answers_nothing_and_one_that_lets_nobody_in_are_not_waited_for() {
        let (_folder, _listener, path) = listening();
        let soon = Duration::from_millis(20);
        let mut caller = Caller::connect(&path, soon).unwrap();
        assert_eq!(caller.hear().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let crowd: Vec<_> = (0..5000).map_while(|_| Caller::connect(&path, soon).ok()).collect();
        assert!(crowd.len() < 5000, "somebody always waits at the door");
    }
}
