//! Whom we leave alone: processes in containers and in groups that were delegated to another manager. Those are
//! governed already, by somebody who expects to find them where they are.

use super::jobs::Jobs;
use super::mount::Mount;
use super::process::{Held, Proc};
use crate::model::Mono;
use crate::model::text::Escaped;
use crate::sys::clock;
use rustix::fs::Mode;
use rustix::fs::{AtFlags, fgetxattr, openat, statat};
use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// What was found out about groups that processes came from.
#[derive(Debug, Default)]
pub(super) struct Cache(HashMap<Vec<u8>, Answer>);

#[derive(Debug)]
struct Answer {
    /// The kernel numbers groups and never uses a number twice: another group of this name has another.
    inode: u64,
    since: Mono,
    why: Option<String>,
}

const LARGEST: usize = 512;

/// Delegation is told to a group when it is made, nearly always. For the rest an answer ages.
const VALID: Duration = Duration::from_secs(10);

impl Cache {
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Why a process is to be left where it is.
    pub(super) fn why(&mut self, proc: &Proc, jobs: &Jobs, held: &Held, origin: &[u8]) -> Option<String> {
        if proc.held_in_other_pid_namespace(held).unwrap_or(false) {
            return Some("it runs in a pid namespace of its own, a container or a sandbox".into());
        }
        let Some(below) = jobs.mount.below(origin) else {
            return Some("its group lies outside the part of the hierarchy that is visible here".into());
        };
        let file = if below.is_empty() { b"." } else { below };
        let inode = held.group().unwrap_or_else(|| {
            statat(&jobs.top, file, AtFlags::empty()).map(|group| group.st_ino).unwrap_or_default()
        });
        let now = clock::mono();
        if let Some(known) = self.0.get(origin)
            && known.inode == inode
            && now - known.since < VALID
        {
            return known.why.clone();
        }
        let own = proc.cgroup(proc.own).unwrap_or_default();
        let why = judge(&own, &jobs.shown_root, origin, |group| is_delegated(&jobs.mount, &jobs.top, group));
        if self.0.len() >= LARGEST {
            self.forget();
        }
        self.0.insert(origin.to_vec(), Answer { inode, since: now, why: why.clone() });
        why
    }
}

/// Judges by the groups from the top down to where the process sits. Those that hold the service, too, are its own
/// surroundings: what runs beside it in one container is not foreign to it.
fn judge(own: &[u8], root: &[u8], origin: &[u8], is_delegated: impl Fn(&[u8]) -> bool) -> Option<String> {
    let ends = origin.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let mut parent: &[u8] = b"";
    for end in ends.chain([origin.len()]) {
        let group = &origin[..end];
        let name = group.rsplit(|&b| b == b'/').next().unwrap_or_default();
        let whole =
            |path: &[u8]| path.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
        let within_root = [group, b"/"].concat().starts_with(root);
        if !name.is_empty() && !whole(own) && !within_root {
            if let Some(kind) = container(parent, name) {
                return Some(format!("it runs in {kind} ({})", Escaped(name)));
            }
            if !is_user_manager(name) && is_delegated(group) {
                return Some(format!("its group was delegated to another manager ({})", Escaped(group)));
            }
        }
        parent = name;
    }
    None
}

/// What the well-known managers of containers call the groups they make.
fn container(parent: &[u8], name: &[u8]) -> Option<&'static str> {
    let scopes: [(&[u8], &str); 7] = [
        (b"docker-", "a Docker container"),
        (b"cri-containerd-", "a container of containerd"),
        (b"nerdctl-", "a container of containerd"),
        (b"crio-", "a container of CRI-O"),
        (b"libpod-", "a Podman container"),
        (b"lxc.payload", "an LXC container"),
        (b"kubepods", "a Kubernetes pod"),
    ];
    let known = scopes.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| kind);
    known.or(match parent {
        b"docker" => Some("a Docker container"),
        b"lxc" => Some("an LXC container"),
        b"machine.slice" => Some("a machine or container registered with systemd"),
        _ => None,
    })
}

/// A user's own service manager is delegated to, but the sessions and services of users are not foreign.
fn is_user_manager(name: &[u8]) -> bool {
    let uid = name.strip_prefix(b"user@").and_then(|rest| rest.strip_suffix(b".service"));
    uid.is_some_and(|uid| !uid.is_empty() && uid.iter().all(u8::is_ascii_digit))
}

/// systemd marks what it hands over, for root and for users by an attribute each.
fn is_delegated(mount: &Mount, top: &OwnedFd, group: &[u8]) -> bool {
    let Some(below) = mount.below(group).filter(|below| !below.is_empty()) else { return false };
    let Ok(dir) = openat(top, below, super::process::FOLDER, Mode::empty()) else { return false };
    [c"trusted.delegate", c"user.delegate"].into_iter().any(|name| {
        let mut value = [0; 8];
        fgetxattr(&dir, name, &mut value[..]).is_ok_and(|length| value[..length] == *b"1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[u8] = b"/system.slice/ffrtmp-watch.service";

    fn why(own: &[u8], origin: &str, delegated: &[&str]) -> Option<String> {
        let root = b"/system.slice/ffrtmp-jobs.service/";
        judge(own, root, origin.as_bytes(), |group| delegated.iter().any(|path| path.as_bytes() == group))
    }

    #[test]
    fn containers_are_known_by_the_names_of_their_groups() {
        for foreign in [
            "/system.slice/docker-0123abc.scope",
            "/docker/0123abc",
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-1.scope",
            "/kubepods/burstable/pod1/2",
            "/machine.slice/libpod-12.scope/container",
            "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-12.scope",
            "/machine.slice/machine-qemu1.scope",
            "/lxc.payload.web/system.slice/x.service",
            "/lxc/web",
        ] {
            assert!(why(OWN, foreign, &[]).is_some(), "{foreign}");
        }
    }

    #[test]
    fn sessions_units_and_the_top_are_not_foreign() {
        for ours in [
            "/",
            "/system.slice/nginx.service",
            "/user.slice/user-1000.slice/session-3.scope",
            "/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope",
            "/system.slice/docker.service",
            "/docker",
            "/machine.slice",
            "/system.slice/ffrtmp-jobs.service/holder",
        ] {
            let user_manager = "/user.slice/user-1000.slice/user@1000.service";
            assert_eq!(why(OWN, ours, &[user_manager, "/system.slice/ffrtmp-jobs.service"]), None, "{ours}");
        }
    }

    #[test]
    fn a_delegated_group_and_all_below_it_are_foreign() {
        let delegated = ["/system.slice/slurmd.service"];
        for origin in ["/system.slice/slurmd.service", "/system.slice/slurmd.service/job/step"] {
            let sentence = why(OWN, origin, &delegated).expect("foreign");
            assert_eq!(sentence, "its group was delegated to another manager (/system.slice/slurmd.service)");
        }
        assert_eq!(why(OWN, "/system.slice/slurmd.services", &delegated), None);
    }

    #[test]
    fn what_shares_our_own_container_is_not_foreign() {
        let own = b"/docker/0123abc/agent";
        assert_eq!(why(own, "/docker/0123abc", &["/docker/0123abc"]), None);
        assert_eq!(why(own, "/docker/0123abc/encoder", &[]), None);
        assert!(why(own, "/docker/0123abcd", &[]).is_some());
        assert!(why(own, "/docker/0123", &[]).is_some());
    }
}
