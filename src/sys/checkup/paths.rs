//! What must be readable and writable: all of /proc, the state file's folder, the audit log. Access is asked for; nothing
//! is made or opened to write.

use super::catalogue as known;
use super::finding::Finding;
use super::privileges;
use crate::config::AuditSettings;
use crate::config::policy::StatePolicy;
use crate::sys::governor::mount;
use crate::sys::state_file::{self, Load};
use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Enough to know.
const MOST_PROCESSES: usize = 256;

/// `proc` is that of our own pid namespace.
pub(super) fn proc(proc: &Path, mountinfo: &[u8]) -> Vec<Finding> {
    let hidepid = mount::parsed(mountinfo)
        .filter(|mount| mount.fs_type == "proc" && mount.mount_point == proc)
        .last()
        .and_then(|mut mount| mount.super_options.remove("hidepid").flatten());
    let hidden = hidepid.map_or(String::new(), |how| format!(" (mounted with hidepid={how})"));
    let place = proc.display();
    let seen = match std::fs::read(proc.join("1/stat")) {
        Ok(_) => known::PROC_HIDDEN.good(format!("{place} shows processes of others{hidden}")),
        Err(error) => {
            known::PROC_HIDDEN.bad(format!("{place} hides processes of others{hidden}: process 1: {error}"))
        }
    };
    let links = privileges::can_trace().then(|| links(proc));
    std::iter::once(seen).chain(links).collect()
}

/// Whether the executables of others can be read, by who may trace them. One denial proves nothing: some processes are
/// guarded, the first one for instance.
fn links(proc: &Path) -> Finding {
    let (mut read, mut denied) = (0, Vec::new());
    let names = std::fs::read_dir(proc).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let numbers = names.filter_map(|name| name.to_str()?.parse::<u32>().ok());
    for pid in numbers.filter(|&pid| pid != std::process::id()).take(MOST_PROCESSES) {
        match std::fs::read_link(proc.join(pid.to_string()).join("exe")) {
            Ok(_) => read += 1,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => denied.push(pid),
            // A thread of the kernel, or gone.
            Err(_) => {}
        }
    }
    let all = read + denied.len();
    match denied.first() {
        None => known::PROC_LINKS.good(format!("the executables of {all} other processes can be read")),
        Some(first) if read > 0 => known::PROC_LINKS.fact(format!(
            "of {all} other processes the executables of {} cannot be read, for instance of process {first}",
            denied.len()
        )),
        Some(_) => known::PROC_LINKS
            .bad("executables of other processes cannot be read, although CAP_SYS_PTRACE is effective"),
    }
}

pub(super) fn state(keep: Option<&StatePolicy>) -> Vec<Finding> {
    let Some(StatePolicy { path, .. }) = keep else {
        return vec![known::STATE.fact("no state file is kept")];
    };
    let shown = path.display();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut told = vec![match writable(folder) {
        Ok(()) => known::STATE.good(format!("{shown} may be written")),
        Err((at, errno)) => known::STATE
            .bad(format!("{shown} may not be written: {}: {errno}", at.display()))
            .of("state.path"),
    }];
    let trouble = match state_file::read(path) {
        Load::Absent | Load::Loaded { .. } => None,
        Load::Damaged { why, .. } => Some(format!("is damaged and will be set aside: {why}")),
        Load::Newer { version } => {
            Some(format!("is of version {version}, which a newer release wrote: nothing will be saved"))
        }
        Load::Unreadable { why, .. } => Some(format!("cannot be read, so nothing will be saved: {why}")),
    };
    told.extend(trouble.map(|trouble| known::STATE_FILE.bad(format!("{shown} {trouble}")).of("state.path")));
    told.extend(
        state_file::owner(path).map(|holder| known::STATE_OWNER.mild(format!("{shown} belongs to {holder}"))),
    );
    told
}

pub(super) fn audit(audit: &AuditSettings) -> Finding {
    let path = &audit.path;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let bad = |why: String| known::AUDIT.bad(format!("{} {why}", path.display())).of("audit.path");
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => bad("is no plain file and will be left alone".into()),
        Ok(_) => may_write(path, false).map_or_else(
            |errno| bad(format!("may not be written: {errno}")),
            |()| known::AUDIT.good(format!("{} may be written", path.display())),
        ),
        Err(_) => may_write(folder, true).map_or_else(
            |errno| bad(format!("may not be made: {}: {errno}", folder.display())),
            |()| known::AUDIT.good(format!("{} may be made", path.display())),
        ),
    }
}

/// Whether files can be made in a folder, which is itself made where it is missing.
fn writable(folder: &Path) -> Result<(), (PathBuf, Errno)> {
    let above = || folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match may_write(folder, true) {
        Err(Errno::NOENT) if above() != folder => writable(above()),
        done => done.map_err(|errno| (folder.into(), errno)),
    }
}

/// Asked of the kernel, which knows of read-only file systems, too.
fn may_write(path: &Path, folder: bool) -> Result<(), Errno> {
    let wanted = if folder { Access::WRITE_OK | Access::EXEC_OK } else { Access::WRITE_OK };
    accessat(CWD, path, wanted, AtFlags::EACCESS)?;
    // Root may do so to a file in the folder's place, too.
    if folder && !path.is_dir() { Err(Errno::NOTDIR) } else { Ok(()) }
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
        assert_eq!(kinds(at("newer/below")), [("state", Kind::Warning), ("state-file", Kind::Warning)]);
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
    fn a_proc_that_hides_processes_is_told_with_its_mount_option() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path();
        let mounts = format!("22 27 0:21 / {} rw - proc proc rw,hidepid=2\n", place.display());
        let hidden = &proc(place, mounts.as_bytes())[0];
        assert_eq!((hidden.topic.name, hidden.kind), ("proc-hidden", Kind::Warning));
        assert!(hidden.text.contains("(mounted with hidepid=2): process 1: "), "{hidden:?}");
        std::fs::create_dir(place.join("1")).expect("made");
        std::fs::write(place.join("1/stat"), "1 (init) S").expect("written");
        assert_eq!(proc(place, b"")[0].kind, Kind::Ok);
    }
}
