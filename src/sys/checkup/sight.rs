//! How much of other processes can be seen: whether /proc shows them all, and tells what they run.

use super::catalogue as known;
use super::finding::Finding;
use super::privileges;
use crate::sys::governor::mount;
use std::io::ErrorKind;
use std::path::Path;

/// Enough to know.
const MOST_PROCESSES: usize = 256;

/// `proc` is that of our own pid namespace.
pub(super) fn findings(proc: &Path, mountinfo: &[u8]) -> Vec<Finding> {
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

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;

    #[test]
    fn a_proc_that_hides_processes_is_told_with_its_mount_option() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path();
        let mounts = format!("22 27 0:21 / {} rw - proc proc rw,hidepid=2\n", place.display());
        let hidden = &findings(place, mounts.as_bytes())[0];
        assert_eq!((hidden.topic.name, hidden.kind), ("proc-hidden", Kind::Warning));
        assert!(hidden.text.contains("(mounted with hidepid=2): process 1: "), "{hidden:?}");
        std::fs::create_dir(place.join("1")).expect("made");
        std::fs::write(place.join("1/stat"), "1 (init) S").expect("written");
        assert_eq!(findings(place, b"")[0].kind, Kind::Ok);
    }
}
