//! What compiling needs to know of the host. Someone else reads it; here it is only looked at.

use super::policy::Users;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

#[expect(missing_debug_implementations, reason = "closures have nothing to show")]
pub struct Host<'a> {
    /// Whether we run as root: it decides where state is kept by default.
    pub root: bool,
    pub cpus: Option<u32>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    pub accounts: Accounts,
    pub is_dir: &'a dyn Fn(&Path) -> bool,
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
        for line in passwd.split(|&b| b == b'\n').filter_map(|line| str::from_utf8(line).ok()) {
            let mut fields = line.split(':');
            let (name, uid) =
                (fields.next().unwrap_or_default(), fields.nth(1).and_then(|uid| uid.parse().ok()));
            if let (false, Some(uid)) = (name.is_empty() || name.starts_with(['#', '+', '-']), uid) {
                let name: Arc<str> = name.into();
                accounts.by_name.entry(name.clone()).or_insert(uid);
                accounts.by_uid.entry(uid).or_insert(name);
            }
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
}
