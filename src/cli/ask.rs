//! Asks the running service, for every command that does. What an answer says is the business of the command; whatever
//! keeps it from one becomes words with a remedy and an exit status, in `unanswered`.

mod unanswered;

pub(super) use unanswered::refused;

use super::Failed;
use super::args::client::{ClientArgs, PlaceArgs};
use super::out::print;
use crate::config::usual_socket;
use crate::expose::control::VERSION;
use crate::sys::caller::Caller;
use crate::sys::host;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An order is answered when it has been carried out, which takes longer than to answer a question.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the service is, and how its answers are wanted.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) socket: PathBuf,
    patience: Duration,
    json: bool,
}

impl Service {
    pub(super) fn of(args: &ClientArgs) -> Result<Service, Failed> {
        let named = args.control_socket.clone().or_else(usual);
        let socket = named.ok_or_else(unanswered::nowhere)?;
        Ok(Service { socket, patience: PATIENCE, json: args.json })
    }

    /// `None`: there is none, or none that would talk to us.
    pub(super) fn if_any(place: &PlaceArgs, json: bool) -> Option<Service> {
        let client = ClientArgs { control_socket: place.control_socket.clone(), json };
        let service = Service::of(&client).ok()?;
        match Caller::connect(&service.socket, PATIENCE) {
            Err(e) if unanswered::is_nobody(&e) => None,
            _ => Some(service),
        }
    }

    /// For whoever is not to be kept waiting.
    pub(super) fn within(self, patience: Duration) -> Service {
        Service { patience, ..self }
    }

    /// Asks one question and shows what was told.
    pub(super) fn show<T: DeserializeOwned>(
        &self,
        request: Value,
        name: &str,
        readable: impl FnOnce(T) -> String,
    ) -> Result<(), Failed> {
        self.tell(self.talk()?.ask(request)?, name, readable)
    }

    /// Shows what was told: made readable, or as it came.
    pub(super) fn tell<T: DeserializeOwned>(
        &self,
        told: Told,
        name: &str,
        readable: impl FnOnce(T) -> String,
    ) -> Result<(), Failed> {
        if self.json {
            print(&format!("{}\n", told.line))?;
            return told.accepted();
        }
        print(&readable(told.get(name)?)).map(drop)
    }

    pub(super) fn talk(&self) -> Result<Talk, Failed> {
        let caller = Caller::connect(&self.socket, self.patience);
        let caller = caller.map_err(|e| unanswered::unreachable(&self.socket, &e))?;
        Ok(Talk { caller, socket: self.socket.clone() })
    }
}

/// The user's own service where there is one, else the host's.
fn usual() -> Option<PathBuf> {
    let of = |root| usual_socket(root, &host::variable);
    let own = of(host::is_root()).filter(|own| own.exists());
    own.or_else(|| of(true))
}

/// A connection to the service.
#[derive(Debug)]
pub(super) struct Talk {
    caller: Caller,
    socket: PathBuf,
}

impl Talk {
    pub(super) fn ask(&mut self, mut request: Value) -> Result<Told, Failed> {
        request["v"] = VERSION.into();
        // One that refuses may have hung up by now; what it said stands in the socket nevertheless.
        let said = self.caller.say(&request.to_string());
        let line = self.hear()?.ok_or_else(|| unanswered::hung_up(&self.socket, said.err()))?;
        let answer: Value =
            serde_json::from_str(&line).map_err(|_| unanswered::not_ours(&self.socket, None))?;
        match answer["v"].as_u64() {
            Some(VERSION) => Ok(Told { line, answer }),
            other => Err(unanswered::not_ours(&self.socket, other)),
        }
    }

    /// The next line; `None` when the service has hung up.
    pub(super) fn hear(&mut self) -> Result<Option<String>, Failed> {
        match self.caller.hear() {
            Ok(line) => Ok(line.map(|line| String::from_utf8_lossy(&line).into_owned())),
            Err(e) if e.kind() == ErrorKind::ConnectionReset => Ok(None),
            Err(e) => Err(unanswered::silent(&self.socket, &e)),
        }
    }

    /// For what comes when it happens.
    pub(super) fn wait_for_ever(&self) -> Result<(), Failed> {
        self.caller.wait_for_ever().map_err(|e| unanswered::silent(&self.socket, &e))
    }
}

/// An answer, as it came and as it is understood.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) line: String,
    answer: Value,
}

impl Told {
    /// What it says under this name.
    pub(super) fn get<T: DeserializeOwned>(mut self, name: &str) -> Result<T, Failed> {
        self.accepted()?;
        T::deserialize(self.answer[name].take()).map_err(|e| {
            Failed::because("the answer of the service is not understood", &format!("{name}: {e}"))
        })
    }

    /// Whether something is so of any of those that stand under this name.
    pub(super) fn is_any(&self, name: &str, so: impl Fn(&Value) -> bool) -> bool {
        self.answer[name].as_array().is_some_and(|all| all.iter().any(so))
    }

    pub(super) fn accepted(&self) -> Result<(), Failed> {
        match self.answer["ok"].as_bool() {
            Some(true) => Ok(()),
            _ => Err(refused(&self.answer["error"])),
        }
    }
}

/// For messages.
fn shown(socket: &Path) -> impl std::fmt::Display + '_ {
    crate::model::text::Quoted(std::os::unix::ffi::OsStrExt::as_bytes(socket.as_os_str()))
}
