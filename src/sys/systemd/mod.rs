//! What systemd says of a unit: its main process, and how it ends what is left of the unit. It is asked over its private
//! socket, which root may open; a wait has a bound, and whoever does not answer is not asked again for a while.

mod message;

use crate::model::foreign::Ending;
use crate::model::{Mono, Pid};
use crate::sys::clock;
use message::{HEAD, Value};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// PID 1 answers in microseconds; while it reads all units anew it may take a second.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_secs(30);

/// Many processes may be started by one service at once.
const RECENT: Duration = Duration::from_secs(1);

/// Signals to everybody come in between answers.
const MOST_SIGNALS: usize = 1000;

#[derive(Debug)]
pub struct Manager {
    /// `/run`, where it runs.
    run: PathBuf,
    not_before: Mono,
    last: Option<(String, Mono, Service)>,
}

/// A service as its manager knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    pub main: Option<Pid>,
    /// `None`: it leaves its other processes alone when it is stopped.
    pub ending: Option<Ending>,
}

impl Manager {
    pub fn new(run: &Path) -> Manager {
        Manager { run: run.into(), not_before: Mono::default(), last: None }
    }

    /// The unit whose group this is, or lies in: the first on the way from the top that is named like one.
    pub fn unit_of(group: &[u8]) -> Option<&str> {
        let mut names = group.split(|&b| b == b'/').filter_map(|name| std::str::from_utf8(name).ok());
        let is_unit = |name: &&str| [".service", ".scope"].iter().any(|kind| name.ends_with(kind));
        names.find(is_unit)
    }

    pub fn is_there(&self) -> bool {
        self.run.join("systemd/system").is_dir()
    }

    /// `None`: systemd is not there, or does not answer. What it said a moment ago still counts for a process that some
    /// other one has started: a main process is a child of systemd's, and may be a new one.
    pub fn service(&mut self, unit: &str, may_be_main: bool) -> Option<Service> {
        if let Some((of, at, service)) = &self.last
            && !may_be_main
            && **of == *unit
            && clock::mono() - *at < RECENT
        {
            return Some(service.clone());
        }
        if !self.is_there() || clock::mono() < self.not_before {
            return None;
        }
        let service = ask(&self.run.join("systemd/private"), unit);
        if service.is_err() {
            self.not_before = clock::mono() + PAUSE;
        }
        let service = service.ok()?;
        self.last = Some((unit.to_owned(), clock::mono(), service.clone()));
        Some(service)
    }

    /// Whether a unit whose group is gone was stopped: one that remains after its exit lives on without. While nobody answers
    /// it is not said to be.
    pub fn is_over(&mut self, unit: &str) -> bool {
        if !self.is_there() {
            return true;
        }
        if clock::mono() < self.not_before {
            return false;
        }
        let state = Talk::begin(&self.run.join("systemd/private"))
            .and_then(|mut talk| talk.get(&path_of(unit), "Unit", "ActiveState"));
        match state.map(Answer::text) {
            Ok(state) => !matches!(state.as_deref(), Some("active" | "reloading")),
            Err(_) => {
                self.not_before = clock::mono() + PAUSE;
                false
            }
        }
    }
}

fn ask(socket: &Path, unit: &str) -> io::Result<Service> {
    let mut talk = Talk::begin(socket)?;
    let path = path_of(unit);
    let mut get = |property| talk.get(&path, "Service", property);
    let main = get("MainPID")?.number().and_then(|pid| u32::try_from(pid).ok()).filter(|&pid| pid != 0);
    let mode = get("KillMode")?.text();
    let signal = get("KillSignal")?.signal();
    let last = get("FinalKillSignal")?.signal();
    let last = (get("SendSIGKILL")?.number() == Some(1)).then_some(last).flatten();
    // The kernel's largest number stands for never.
    let timeout =
        get("TimeoutStopUSec")?.number().filter(|&time| time != u64::MAX).map(Duration::from_micros);
    let unit = unit.into();
    let ending = match mode.as_deref() {
        Some("control-group") => signal.map(|signal| Ending { unit, signal, then: last.zip(timeout) }),
        // Only the main process is asked to end; the others are ended when it has.
        Some("mixed") => last.map(|signal| Ending { unit, signal, then: None }),
        _ => None,
    };
    Ok(Service { main: main.map(Pid), ending })
}

/// As systemd names its objects: what is no letter or digit by its number.
fn path_of(unit: &str) -> String {
    let mut path = String::from("/org/freedesktop/systemd1/unit/");
    for (at, byte) in unit.bytes().enumerate() {
        match byte {
            b'0'..=b'9' if at == 0 => path.push_str(&format!("_{byte:02x}")),
            _ if byte.is_ascii_alphanumeric() => path.push(byte.into()),
            _ => path.push_str(&format!("_{byte:02x}")),
        }
    }
    path
}

struct Talk(UnixStream);

impl Talk {
    fn begin(socket: &Path) -> io::Result<Talk> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut talk = Talk(stream);
        let uid = rustix::process::geteuid().as_raw().to_string();
        let uid: String = uid.bytes().map(|digit| format!("{digit:02x}")).collect();
        talk.0.write_all(format!("\0AUTH EXTERNAL {uid}\r\nBEGIN\r\n").as_bytes())?;
        let mut welcome = Vec::new();
        while !welcome.ends_with(b"\r\n") && welcome.len() < 256 {
            let mut byte = [0];
            talk.0.read_exact(&mut byte)?;
            welcome.extend(byte);
        }
        if welcome.starts_with(b"OK ") { Ok(talk) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }

    fn get(&mut self, path: &str, kind: &str, property: &str) -> io::Result<Answer> {
        self.0.write_all(&message::get(path, &format!("org.freedesktop.systemd1.{kind}"), property))?;
        for _ in 0..MOST_SIGNALS {
            let mut head = [0; HEAD];
            self.0.read_exact(&mut head)?;
            let (fields, body) = message::rest(&head).ok_or(io::ErrorKind::InvalidData)?;
            let mut rest = vec![0; fields + body];
            self.0.read_exact(&mut rest)?;
            if message::is_answer(&head) {
                return Ok(Answer(message::value(&head, &rest[fields..])));
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }
}

struct Answer(Option<Value>);

impl Answer {
    fn number(self) -> Option<u64> {
        match self.0 {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }

    fn text(self) -> Option<String> {
        match self.0 {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn signal(self) -> Option<i32> {
        self.number().and_then(|number| i32::try_from(number).ok()).filter(|signal| (1..=64).contains(signal))
    }
}

#[cfg(test)]
mod tests;
