//! The room as a whole, through its one door: `load`.

mod compiled;
mod errors;
mod hostile;
mod older;
mod precedence;
mod shipped;

use super::host::Groups;
use super::{Accounts, File, Flag, Flags, Host, Loaded, Policy, Sources, given, load};
use crate::model::cpus::Cpus;
use std::path::Path;

/// A small host: two cores, 4 GiB, two users, and no folders but /srv and /tmp.
#[derive(Clone, Default)]
struct Run<'a> {
    file: Option<&'a [u8]>,
    flags: Flags,
    environment: Vec<(&'a str, &'a str)>,
    ordinary_user: bool,
}

fn file(text: &(impl AsRef<[u8]> + ?Sized)) -> Run<'_> {
    Run { file: Some(text.as_ref()), ..Run::default() }
}

/// What holds where nothing is said.
pub(crate) fn defaults() -> Loaded {
    Run::default().load().unwrap()
}

impl<'a> Run<'a> {
    fn flag(mut self, name: &str, text: &str) -> Self {
        let (name, _) = given::FLAGS.iter().find(|(known, _)| *known == name).expect("a flag");
        self.flags.keyed.push(Flag { name, text: text.into() });
        self
    }

    fn variable(mut self, name: &'a str, text: &'a str) -> Self {
        self.environment.push((name, text));
        self
    }

    fn load(&self) -> Result<Loaded, Vec<String>> {
        let environment = |name: &str| {
            let said = self.environment.iter().find(|(known, _)| *known == name);
            said.map(|(_, text)| text.into())
        };
        let passwd = b"root:x:0:0::/root:/bin/sh\nmedia:x:1000:1000::/srv:/bin/sh\n";
        let host = Host {
            root: !self.ordinary_user,
            cpus: Some(2),
            memory: Some(4 << 30),
            pids: Some(32_768),
            processors: &|_| Cpus::parse("0-1"),
            accounts: Accounts::from_passwd(passwd),
            groups: Groups::from_group(b"media:x:2000:\n"),
            is_dir: &|path| path == Path::new("/srv") || path == Path::new("/tmp"),
            disk: &|path| match path.to_str() {
                Some("/dev/vda" | "/dev/vda1" | "/srv") => Ok("/dev/vda".into()),
                Some("/dev/vdb") => Ok("/dev/vdb".into()),
                _ => Err("is no block device of this host".into()),
            },
        };
        let file = self.file.map(|bytes| File { name: "w.yaml", bytes });
        load(Sources { file, flags: &self.flags, environment: &environment, host: &host })
            .map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    fn errors(&self) -> Vec<String> {
        self.load().map(|loaded| loaded.policy).expect_err("errors")
    }

    fn warnings(&self) -> Vec<String> {
        self.load().expect("a good configuration").warnings.iter().map(ToString::to_string).collect()
    }

    /// The policy of a configuration that leaves no doubt.
    fn policy(&self) -> Policy {
        assert_eq!(self.warnings(), [""; 0]);
        self.load().unwrap().policy
    }
}
