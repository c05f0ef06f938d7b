//! The files that the service makes: its state, the audit log, the control socket. Access is asked for; nothing is made, and nothing
//! opened to be written.

use super::catalogue as known;
use super::finding::Finding;
use crate::config::AuditSettings;
use crate::config::policy::StatePolicy;
use crate::sys::state_file::{self, Load};
use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

pub(super) fn state(keep: Option<&StatePolicy>) -> Vec<Finding> {
    let Some(StatePolicy { path, .. }) = keep else {
        return vec![known::STATE.fact("no state file is kept")];
    };
    let shown = path.display();
    let mut told = Vec::new();
    match writable(folder_of(path)) {
        Ok(()) => {
            told.push(known::STATE.good(format!("{shown} may be written")));
            told.extend(
                unread(path).map(|why| known::STATE_FILE.bad(format!("{shown} {why}")).of("state.path")),
            );
        }
        Err((at, errno)) => {
            let why = format!("{shown} may not be written: {}: {errno}", at.display());
            told.push(known::STATE.bad(why).of("state.path"));
        }
    }
    told.extend(
        state_file::owner(path).map(|holder| known::STATE_OWNER.mild(format!("{shown} belongs to {holder}"))),
    );
    told
}

/// Why the service will start without what the last one has left.
fn unread(path: &Path) -> Option<String> {
    match state_file::read(path) {
        Load::Absent | Load::Loaded { .. } => None,
        Load::Damaged { why, .. } => Some(format!("is damaged and will be set aside: {why}")),
        Load::Newer { version } => {
            Some(format!("is of version {version}, which a newer release wrote: nothing will be saved"))
        }
        Load::Unreadable { why, .. } => Some(format!("cannot be read, so nothing will be saved: {why}")),
    }
}

pub(super) fn audit(audit: &AuditSettings) -> Finding {
    let path = &audit.path;
    let bad = |why: String| known::AUDIT.bad(format!("{} {why}", path.display())).of("audit.path");
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => bad("is no plain file and will be left alone".into()),
        Ok(_) => may_write(path, false).map_or_else(
            |errno| bad(format!("may not be written: {errno}")),
            |()| known::AUDIT.good(format!("{} may be written", path.display())),
        ),
        Err(_) => may_write(folder_of(path), true).map_or_else(
            |errno| bad(format!("may not be made: {}: {errno}", folder_of(path).display())),
            |()| known::AUDIT.good(format!("{} may be made", path.display())),
        ),
    }
}

/// One that stands is not called: somebody may answer.
pub(super) fn control(socket: &Path) -> Finding {
    let bad = |why: String| known::CONTROL.bad(format!("{} {why}", socket.display())).of("control.socket");
    match std::fs::symlink_metadata(socket) {
        Ok(there) if !there.file_type().is_socket() => bad("is no socket and will be left alone".into()),
        _ => match writable(folder_of(socket)) {
            Ok(()) => known::CONTROL.good(format!("{} may be made", socket.display())),
            Err((at, errno)) => bad(format!("may not be made: {}: {errno}", at.display())),
        },
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether files can be made in a folder, which is itself made where it is missing.
fn writable(folder: &Path) -> Result<(), (PathBuf, Errno)> {
    match may_write(folder, true) {
        Err(Errno::NOENT) if folder_of(folder) != folder => writable(folder_of(folder)),
        done => done.map_err(|errno| (folder.into(), errno)),
    }
}

/// Asked of the kernel, which knows of read-only file systems, too.
fn may_write(path: &Path, folder: bool) -> Result<(), Errno> {
    let wanted = match folder {
        true if path.exists() && !path.is_dir() => return Err(Errno::NOTDIR),
        true => Access::WRITE_OK | Access::EXEC_OK,
        false => Access::WRITE_OK,
    };
    accessat(CWD, path, wanted, AtFlags::EACCESS)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;
    use std::time::Duration;

    fn kinds(path: PathBuf) -> Vec<(&'static str, Kind)> {
        let keep = StatePolicy { path, flush_interval: Duration::from_secs(1), sync: true, mode: 0o600 };
        state(Some(&keep)).iter().map(|finding| (finding.topic.name, finding.kind)).collect()
    }

    #[test]
    fn a_state_file_is_judged_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("newer"), r#"{"version": "9.0"}"#).expect("written");
        std::fs::write(at("damaged"), "{").expect("written");
        let well = ("state", Kind::Ok);
        assert_eq!(kinds(at("not/made/yet")), [well]);
        assert_eq!(kinds(at("newer")), [well, ("state-file", Kind::Warning)]);
        assert_eq!(kinds(at("damaged")), [well, ("state-file", Kind::Warning)]);
        assert_eq!(kinds(at("newer/below")), [("state", Kind::Warning)]);
        assert_eq!(kinds(folder.path().into()), [well, ("state-file", Kind::Warning)]);
        let names = std::fs::read_dir(folder.path()).expect("listed").count();
        assert_eq!(names, 2, "nothing is made and nothing set aside");
    }

    #[test]
    fn an_audit_log_must_be_a_plain_file_in_a_folder_that_is_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let judged = |path: PathBuf| audit(&AuditSettings { path, max_size: 0, keep: 0, mode: 0o600 }).kind;
        assert_eq!(judged(folder.path().join("log")), Kind::Ok);
        assert_eq!(judged(folder.path().join("missing/log")), Kind::Warning);
        assert_eq!(judged(folder.path().into()), Kind::Warning);
        std::os::unix::fs::symlink("/dev/null", folder.path().join("link")).expect("a link");
        assert_eq!(judged(folder.path().join("link")), Kind::Warning);
    }

    #[test]
    fn nothing_but_a_socket_gives_way_to_the_control_socket() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        assert_eq!(control(&at("made/by/it/control.sock")).kind, Kind::Ok);
        std::fs::write(at("file"), "").expect("written");
        assert_eq!(control(&at("file")).kind, Kind::Warning);
        assert_eq!(control(&at("file/control.sock")).kind, Kind::Warning);
        let _socket = std::os::unix::net::UnixListener::bind(at("control.sock")).expect("bound");
        assert_eq!(control(&at("control.sock")).kind, Kind::Ok);
    }
}
