//! What is read of a process because somebody asked about it, beyond a look: its first argument, its group, whose number
//! it is, and how much memory its job's processes hold that was charged elsewhere. It may stall: ask the prober.

use super::cgroup_file;
use super::prober::{ARGV, first_argument};
use super::proc::{PidPath, Proc};
use super::stat;
use crate::engine::input::{Look, Ticket};
use crate::engine::inquiry::Rest;
use crate::model::Pid;
use std::path::PathBuf;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inquiry {
    pub ticket: Ticket,
    pub look: Look,
    pub measured: Option<Group>,
}

/// A group, and the processes that belong to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    pub path: PathBuf,
    pub members: Vec<Pid>,
}

/// Nothing is told where the pid has got another owner since the look.
pub(super) fn rest(proc: &Proc, inquiry: &Inquiry) -> Rest {
    let who = inquiry.look.seen.identity;
    let pid = who.pid;
    let mut buffer = [0; ARGV];
    let argv0 = first_argument(proc, pid, &mut buffer).map(<[u8]>::to_vec);
    let group = proc.read(&PidPath::of(pid, "/cgroup"), &mut buffer).and_then(cgroup_file::unified);
    let group = group.map(|group| String::from_utf8_lossy(group).into_owned());
    let process = proc.read(&PidPath::of(pid, "/status"), &mut buffer).and_then(process);
    let outside_memory = inquiry.measured.as_ref().and_then(|measured| outside(proc, measured));
    let stat = proc.read(&PidPath::of(pid, "/stat"), &mut buffer).and_then(stat::parse);
    match stat {
        Some(stat) if stat.starttime == who.start => Rest { process, argv0, group, outside_memory },
        _ => Rest::default(),
    }
}

/// The process whose thread it is: itself, mostly.
fn process(status: &[u8]) -> Option<Pid> {
    let mut lines = status.split(|&byte| byte == b'\n');
    let number = lines.find_map(|line| line.strip_prefix(b"Tgid:"))?;
    std::str::from_utf8(number).ok()?.trim().parse().ok().map(Pid)
}

/// Anonymous memory that the processes hold and the group was not charged for. What forked processes still share is
/// counted for each of them.
fn outside(proc: &Proc, measured: &Group) -> Option<u64> {
    let stat = std::fs::read_to_string(measured.path.join("memory.stat")).ok()?;
    let charged = stat.lines().find_map(|line| line.strip_prefix("anon ")?.parse::<u64>().ok())?;
    let held = |&pid: &Pid| proc.read(&PidPath::of(pid, "/statm"), &mut [0; 128]).and_then(anonymous_pages);
    let pages: u64 = measured.members.iter().filter_map(held).sum();
    Some((pages * rustix::param::page_size() as u64).saturating_sub(charged))
}

/// Those in memory that belong to no file: `size resident shared …`.
fn anonymous_pages(statm: &[u8]) -> Option<u64> {
    let mut fields = std::str::from_utf8(statm).ok()?.split(' ').skip(1).map(str::parse::<u64>);
    let (resident, shared) = (fields.next()?.ok()?, fields.next()?.ok()?);
    resident.checked_sub(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_thread_tells_whose_it_is() {
        assert_eq!(process(b"Name:\tffmpeg\nTgid:\t4242\nPid:\t4243\n"), Some(Pid(4242)));
        assert_eq!(process(b"Name:\tTgid:\n"), None);
    }

    #[test]
    fn what_a_process_holds_and_its_group_was_not_charged_for_is_outside() {
        let proc = Proc::open(Path::new("/proc")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let own = Pid(std::process::id());
        let measured = Group { path: folder.path().into(), members: vec![own, Pid(u32::MAX)] };
        assert_eq!(outside(&proc, &measured), None, "no controller");
        let charge = |bytes: u64| {
            let text = format!("anon {bytes}\nfile 77\nanon_thp 5\n");
            std::fs::write(folder.path().join("memory.stat"), text).unwrap();
        };
        charge(0);
        let ballast = vec![1u8; 64 << 20];
        let held = outside(&proc, &measured).unwrap();
        assert!((64 << 20..1 << 30).contains(&held), "{held}");
        charge(32 << 20);
        let less = outside(&proc, &measured).unwrap();
        assert!(less.abs_diff(held - (32 << 20)) < 8 << 20, "{less} {held}");
        charge(1 << 40);
        assert_eq!(outside(&proc, &measured), Some(0));
        drop(ballast);
    }
}
