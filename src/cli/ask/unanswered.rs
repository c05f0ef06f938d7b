//! Why there is no answer, each cause with what to do about it, and with the status that tells a script the same.

use super::shown;
use crate::cli::{Failed, Status};
use crate::expose::control::VERSION;
use crate::model::text::OneLine;
use serde_json::Value;
use std::io::{Error, ErrorKind};
use std::path::Path;

const HOW: &str = "start it with `systemctl start ffrtmp-watch`, or `ffrtmp watch`; if it runs with another \
                   control.socket, name that one with --control-socket";
const WHO: &str = "root and the user of the service may ask, and whom control.readers, control.groups or \
                   control.operators name; try sudo";

fn host(text: String) -> Failed {
    Failed { status: Status::Host, text }
}

/// There is not even a place where it could be.
pub(super) fn nowhere() -> Failed {
    host(format!("the service is not running: {HOW}"))
}

pub(super) fn unreachable(socket: &Path, why: &Error) -> Failed {
    let at = shown(socket);
    match why.kind() {
        ErrorKind::NotFound => host(format!("the service is not running: there is no socket {at}; {HOW}")),
        ErrorKind::ConnectionRefused => {
            host(format!("the service is not running: nobody listens at {at} any more; {HOW}"))
        }
        ErrorKind::PermissionDenied => host(format!("you may not ask the service at {at}: {WHO}")),
        _ => silent(socket, why),
    }
}

/// There is no service, or it is none of ours.
pub(super) fn is_nobody(why: &Error) -> bool {
    matches!(why.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::PermissionDenied)
}

/// It was reached, or nearly, and that was all.
pub(super) fn silent(socket: &Path, why: &Error) -> Failed {
    let what = format!("the service at {} does not answer", shown(socket));
    match why.kind() {
        ErrorKind::WouldBlock => {
            let remedy = "it is stopped, or the host has no time for it: see `systemctl status ffrtmp-watch`";
            Failed::because(&what, &remedy)
        }
        _ => Failed::because(&what, why),
    }
}

pub(super) fn hung_up(socket: &Path, why: Option<Error>) -> Failed {
    let why = why.map_or_else(|| "it has hung up; ask again".to_owned(), |e| e.to_string());
    Failed::because(&format!("the service at {} has not answered", shown(socket)), &why)
}

/// Somebody answers, but not in words that are known here.
pub(super) fn not_ours(socket: &Path, version: Option<u64>) -> Failed {
    let theirs =
        version.map_or("something else".into(), |version| format!("version {version} of the protocol"));
    let remedy =
        format!("this program speaks version {VERSION}: use the ffrtmp that the service was started from");
    Failed::because(&format!("the service at {} speaks {theirs}", shown(socket)), &remedy)
}

/// An answer that says no.
pub(in crate::cli) fn refused(error: &Value) -> Failed {
    let text = OneLine(error["text"].as_str().unwrap_or("without a reason")).to_string();
    match error["code"].as_str() {
        Some("refused") => host(text),
        Some("malformed") => Failed { status: Status::Usage, text },
        _ => Failed { status: Status::Failed, text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_cause_has_its_status_and_its_remedy() {
        let socket = Path::new("/run/x y.sock");
        let io = |errno| Error::from_raw_os_error(errno);
        for (failed, status, words) in [
            (unreachable(socket, &io(libc::ENOENT)), Status::Host, ["\"/run/x y.sock\"", "systemctl start"]),
            (
                unreachable(socket, &io(libc::ECONNREFUSED)),
                Status::Host,
                ["nobody listens", "--control-socket"],
            ),
            (unreachable(socket, &io(libc::EACCES)), Status::Host, ["control.readers", "sudo"]),
            (unreachable(socket, &io(libc::EAGAIN)), Status::Failed, ["does not answer", "stopped"]),
            (not_ours(socket, Some(2)), Status::Failed, ["speaks version 2", "speaks version 1"]),
            (refused(&json!({ "code": "refused", "text": "no\u{1b}" })), Status::Host, ["no\\u{1b}", ""]),
            (refused(&json!({ "code": "malformed", "text": "x" })), Status::Usage, ["x", ""]),
            (refused(&json!({ "code": "unknown", "text": "no job" })), Status::Failed, ["no job", ""]),
        ] {
            assert_eq!(failed.status, status, "{}", failed.text);
            assert!(words.iter().all(|word| failed.text.contains(word)), "{}", failed.text);
        }
    }
}
