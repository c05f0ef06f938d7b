//! What this kernel can do of what the service makes use of. Each is tried; no version number is believed.

use super::birth;
use super::catalogue as known;
use super::child::Child;
use super::finding::{Finding, Topic};
use super::group::Group;
use crate::sys::connector::refusal::Refusal;
use crate::sys::governor::pidfd;
use crate::sys::proc::Proc;
use crate::sys::tasks::Tasks;
use rustix::system::uname;
use std::path::Path;

/// A feature: the name of the thing, and what is lost without it.
type Feature = (&'static Topic, &'static str, &'static str);

const PIDFD: Feature = (
    known::PIDFD,
    "pidfds",
    "a process whose pid was given to another one is told from it by its start time alone, and its end is learnt by events \
     and scans",
);
const PIDFD_POLL: Feature = (
    known::PIDFD_POLL,
    "pidfds in poll",
    "the end of a process is learnt by events and scans, a moment later",
);
const PIDFD_INFO: Feature = (
    known::PIDFD_INFO,
    "PIDFD_GET_INFO",
    "a process's group is asked of /proc, which takes some microseconds more",
);
const SOCKET_FILTER: Feature =
    (known::SOCKET_FILTER, "a BPF filter on the event socket", "what threads do wakes the service, too");
const CGROUP_KILL: Feature = (
    known::CGROUP_KILL,
    "cgroup.kill",
    "the root is owned by a lock on a file that everybody may read, and so may lock",
);
const CGROUP_FREEZE: Feature =
    (known::CGROUP_FREEZE, "cgroup.freeze", "groups cannot be frozen; nothing here does");
const MEMORY_PEAK: Feature =
    (known::MEMORY_PEAK, "memory.peak", "the most memory that a job had is not known");
const PRESSURE: Feature =
    (known::PRESSURE, "pressure (PSI)", "how long jobs waited for what they lacked is not known");
const BORN_INSIDE: Feature = (
    known::BORN_INSIDE,
    "clone3 with CLONE_INTO_CGROUP",
    "no process can be born in its group: it is moved there after its start",
);

/// `group`: one to look at, if there is any. `filter`: what became of the one on the event socket, if it came to that.
pub(super) fn findings(
    proc: &Path,
    group: Option<Group>,
    filter: Option<Result<(), Refusal>>,
) -> Vec<Finding> {
    let system = uname();
    let name = [system.sysname(), system.release(), system.machine()].map(|part| part.to_string_lossy());
    let mut told = vec![known::KERNEL.fact(name.join(" "))];
    if let Ok(child) = Child::start() {
        told.push(tell(&PIDFD, child.pidfd.is_ok()));
        if let Ok(fd) = &child.pidfd {
            told.push(tell(&PIDFD_INFO, pidfd::group(fd).is_some()));
            told.push(tell(&PIDFD_POLL, child.end()));
        }
    }
    told.extend(filter.map(|filter| tell(&SOCKET_FILTER, filter.is_ok())));
    if let Some(Group { kill, freeze, peak }) = group {
        told.extend([tell(&CGROUP_KILL, kill), tell(&CGROUP_FREEZE, freeze)]);
        told.extend(peak.map(|there| tell(&MEMORY_PEAK, there)));
    }
    // Switched off, the file is there and cannot be read.
    told.push(tell(&PRESSURE, std::fs::read(proc.join("pressure/cpu")).is_ok()));
    told.push(tasks(proc));
    told.push(tell(&BORN_INSIDE, birth::is_possible()));
    told
}

fn tasks(proc: &Path) -> Finding {
    match Proc::open(proc).map_err(Into::into).and_then(|proc| Tasks::load(&proc)) {
        Ok(_) => known::TASKS.good("this kernel tells of all processes at once (BPF task iterator)"),
        Err(why) => known::TASKS.bad(format!(
            "no BPF task iterator ({why}): what processes use is read from /proc, one by one, which takes four times as long"
        )),
    }
}

fn tell((topic, name, lost): &Feature, there: bool) -> Finding {
    match there {
        true => topic.good(format!("this kernel has {name}")),
        false => topic.bad(format!("no {name}: {lost}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_what_is_lost() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bare = Group { kill: false, freeze: false, peak: None };
        let told = findings(folder.path(), Some(bare), None);
        let of = |name| told.iter().find(|finding| finding.topic.name == name);
        let kill = of("cgroup-kill").expect("told");
        assert_eq!(kill.kind, Kind::Note);
        assert!(kill.text.starts_with("no cgroup.kill: the root is owned by a lock"), "{kill:?}");
        assert!(of("memory-peak").is_none() && of("socket-filter").is_none());
        assert_eq!(of("pressure").map(|finding| finding.kind), Some(Kind::Note));
    }
}
