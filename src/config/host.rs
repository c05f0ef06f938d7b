//! What compiling needs to know of the host. Someone else reads it; here it is only looked at.

use super::given::Environment;
use super::policy::Users;
use super::settings::Capacity;
use crate::model::cpus::Cpus;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[expect(missing_debug_implementations, reason = "closures have nothing to show")]
pub struct Host<'a> {
    /// Whether we run as root: it decides where state is kept by default.
    pub root: bool,
    pub cpus: Option<u32>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// The greatest number of a process.
    pub pids: Option<u32>,
    /// The processors that groups below this root can have.
    pub processors: &'a dyn Fn(Option<&Path>) -> Option<Cpus>,
    pub accounts: Accounts,
    pub groups: Groups,
    pub is_dir: &'a dyn Fn(&Path) -> bool,
    /// The whole disk that a path names or lies on, or a clause that says why there is none.
    pub disk: &'a dyn Fn(&Path) -> Result<Arc<str>, String>,
}

/// Where the control socket is if nobody says otherwise: in the system's place for root, in the user's for everybody else.
pub fn usual_socket(root: bool, environment: Environment<'_>) -> Option<PathBuf> {
    let folder = match root {
        true => Some("/run".into()),
        false => environment("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute()),
    };
    Some(folder?.join("ffrtmp/control.sock"))
}

impl Host<'_> {
    pub fn capacity(&self, cgroup_root: Option<&Path>) -> Capacity {
        let processors = (self.processors)(cgroup_root);
        Capacity { cpus: self.cpus, memory: self.memory, pids: self.pids, processors }
    }
}

/// The groups of a host.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Groups(BTreeMap<String, u32>);

impl Groups {
    /// Reads `/etc/group`, as `Accounts` reads its file.
    pub fn from_group(group: &[u8]) -> Groups {
        let mut groups = Groups::default();
        for (name, gid) in numbered(group) {
            groups.0.entry(name.to_owned()).or_insert(gid);
        }
        groups
    }

    pub fn gid(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }
}

/// The name and the number of each line: both files have them first and third.
fn numbered(file: &[u8]) -> impl Iterator<Item = (&str, u32)> {
    file.split(|&b| b == b'\n').filter_map(|line| {
        let mut fields = str::from_utf8(line).ok()?.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?.parse().ok()?);
        (!name.is_empty() && !name.starts_with(['#', '+', '-'])).then_some((name, number))
    })
}

/// The users of a host, by name and by number.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Accounts {
    by_name: BTreeMap<Arc<str>, u32>,
    by_uid: Users,
}

impl Accounts {
    /// Reads `/etc/passwd`. Lines that are not accounts are passed over, as the C library does; of two with the
    /// same name or uid the first counts.
    pub fn from_passwd(passwd: &[u8]) -> Accounts {
        let mut accounts = Accounts::default();
        for (name, uid) in numbered(passwd) {
            let name: Arc<str> = name.into();
            accounts.by_name.entry(name.clone()).or_insert(uid);
            accounts.by_uid.entry(uid).or_insert(name);
        }
        accounts
    }

    pub fn uid(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub fn by_uid(&self) -> &Users {
        &self.by_uid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_and_what_is_none_is_passed_over() {
        let accounts = Accounts::from_passwd(
            b"root:x:0:0:root:/root:/bin/sh\n\n# note\n+nis\nbad\n\xff:x:5:5::/:/\ntoor:x:0:0::/:/\n\
              media:x:1000:1000::/srv:/bin/false\nmedia:x:1001:1001::/:/\nneg:x:-1:0::/:/\nshort:x:7",
        );
        assert_eq!(accounts.uid("root"), Some(0));
        assert_eq!(accounts.uid("toor"), Some(0));
        assert_eq!(accounts.uid("media"), Some(1000));
        assert_eq!(accounts.uid("short"), Some(7));
        assert_eq!(accounts.uid("neg"), None);
        assert_eq!(accounts.by_uid()[&0].as_ref(), "root");
        assert_eq!(accounts.by_uid().len(), 4);
    }

    #[test]
    fn groups_are_read_alike() {
        let groups = Groups::from_group(b"root:x:0:\nmedia:x:1000:ann,bob\nmedia:x:1001:\nbad\n+nis:x:3:");
        assert_eq!((groups.gid("root"), groups.gid("media")), (Some(0), Some(1000)));
        assert_eq!((groups.gid("bad"), groups.gid("+nis")), (None, None));
    }
}
