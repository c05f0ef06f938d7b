//! Why a limit cannot hold: the group, on the way from the top to the jobs, at which its controller gets lost. Pure:
//! what the groups offer, or will offer once controllers are enabled, is handed in.

use super::process::Proc;
use super::{files, limits};
use crate::model::{Holder, LimitKey};
use std::ffi::CStr;
use std::fmt;

/// Memory first: where a group may not have a domain controller, enabling a threaded one would still succeed.
const WANTED: [&str; 5] = ["memory", "io", "cpu", "cpuset", "pids"];

/// What one group on the way has and hands down.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Offer {
    pub(super) path: String,
    pub(super) available: String,
    pub(super) enabled: String,
    /// Why the kernel does not let us enable what is missing.
    pub(super) refused: Option<String>,
}

/// A controller that the jobs will not have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    pub controller: &'static str,
    pub cause: Cause,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    NotInKernel,
    SwitchedOff,
    BoundToV1,
    NotDelegated {
        to: String,
    },
    /// By the kernel, in words that name the group.
    Refused(String),
    /// No controller, but programs for sockets: why they cannot run.
    NoPrograms(String),
    /// The controller is there, and this part of it is not.
    NoFile(&'static str),
    /// Nobody who serves a disk looks at weights.
    NoShares,
}

/// What is wanted of the available and not enabled.
pub(super) fn wanted(available: &str, enabled: &str) -> Vec<&'static str> {
    WANTED.into_iter().filter(|name| contains(available, name) && !contains(enabled, name)).collect()
}

impl Offer {
    /// A group that will be made below `above`, with all enabled that it can have: it is empty.
    pub(super) fn new_below(above: Option<&Offer>, path: String) -> Offer {
        let available = above.map(|above| above.enabled.clone()).unwrap_or_default();
        let mut offer = Offer { path, available, enabled: String::new(), refused: None };
        offer.enable(&offer.missing());
        offer
    }

    pub(super) fn missing(&self) -> Vec<&'static str> {
        wanted(&self.available, &self.enabled)
    }

    pub(super) fn enable(&mut self, names: &[&str]) {
        self.enabled = [&[self.enabled.as_str()], names].concat().join(" ");
    }
}

/// The limits that cannot hold below the last of these groups. `shares`: some disk is shared by weight.
pub(super) fn limits(
    offers: &[Offer],
    proc: &Proc,
    has_file: impl Fn(&CStr) -> bool,
    shares: bool,
) -> Vec<(LimitKey, Missing)> {
    let v1 = files::read_all(&proc.dir, c"cgroups").unwrap_or_default();
    let missing = |key: LimitKey| {
        let Holder::Group(controller) = key.holder() else { return None };
        let lacks = || match key {
            LimitKey::IoWeight => (!shares).then_some(Cause::NoShares),
            _ => {
                let (_, file) = limits::all_files().find(|(held, _)| *held == key)?;
                (!has_file(file)).then(|| Cause::NoFile(file.to_str().unwrap_or_default()))
            }
        };
        Some((key, Missing { controller, cause: cause(controller, offers, &v1).or_else(lacks)? }))
    };
    LimitKey::ALL.into_iter().filter_map(missing).collect()
}

/// The first level, from the top, at which the controller gets lost.
fn cause(controller: &str, offers: &[Offer], v1: &[u8]) -> Option<Cause> {
    let lost = offers.iter().position(|offer| !contains(&offer.enabled, controller))?;
    let offer = &offers[lost];
    if !contains(&offer.available, controller) {
        return Some(absent(controller, &offer.path, v1));
    }
    let to = offers.get(lost + 1).unwrap_or(offer).path.clone();
    Some(offer.refused.clone().map_or(Cause::NotDelegated { to }, Cause::Refused))
}

/// Why the topmost group we see has no such controller, by `/proc/cgroups`: name, hierarchy, groups, enabled.
fn absent(controller: &str, top: &str, v1: &[u8]) -> Cause {
    let text = String::from_utf8_lossy(v1);
    let name = if controller == "io" { "blkio" } else { controller }; // as version 1 calls it
    let row = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    match row.into_iter().find(|row| row.first() == Some(&name)).as_deref() {
        None => Cause::NotInKernel,
        Some([.., "0"]) => Cause::SwitchedOff,
        Some([_, "0", ..]) => Cause::NotDelegated { to: top.into() },
        Some(_) => Cause::BoundToV1,
    }
}

fn contains(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|found| found == word)
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Missing { controller, cause } = self;
        match cause {
            Cause::NotInKernel => write!(f, "this kernel has no {controller} controller"),
            Cause::SwitchedOff => {
                write!(f, "the {controller} controller is switched off on the kernel's command line")
            }
            Cause::BoundToV1 => write!(f, "the {controller} controller is bound to cgroup v1"),
            Cause::NotDelegated { to } => write!(f, "the {controller} controller is not delegated to {to}"),
            Cause::Refused(why) | Cause::NoPrograms(why) => f.write_str(why),
            Cause::NoShares => f.write_str(
                "no disk is shared by weight: choose bfq as its scheduler or enable iocost, and start the service again",
            ),
            Cause::NoFile(file) => write!(f, "this kernel's {controller} controller has no {file}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &[u8] =
        b"#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\nmemory\t0\t1\t0\nblkio\t0\t1\t1\n";

    fn offer(path: &str, available: &str, enabled: &str) -> Offer {
        Offer { path: path.into(), available: available.into(), enabled: enabled.into(), refused: None }
    }

    fn why(controller: &'static str, offers: &[Offer], v1: &[u8]) -> Option<String> {
        Some(Missing { controller, cause: cause(controller, offers, v1)? }.to_string())
    }

    #[test]
    fn every_cause_has_its_name() {
        for (controller, v1, said) in [
            ("cpu", V1, "the cpu controller is bound to cgroup v1"),
            ("io", V1, "the io controller is not delegated to /c"),
            ("memory", V1, "the memory controller is switched off on the kernel's command line"),
            ("cpu", b"", "this kernel has no cpu controller"),
        ] {
            assert_eq!(why(controller, &[offer("/c", "", "")], v1).as_deref(), Some(said));
        }
        let refused = "subtree_control of root refused: EBUSY";
        let root = Offer { refused: Some(refused.into()), ..offer("top/root", "cpu", "") };
        let levels = [offer("top", "cpu memory", "cpu"), root];
        assert_eq!(
            why("memory", &levels, V1).as_deref(),
            Some("the memory controller is not delegated to top/root")
        );
        assert_eq!(why("cpu", &levels, V1).as_deref(), Some(refused));
        assert_eq!(why("cpu", &[offer("all", "cpu", "cpu")], V1), None);
    }

    #[test]
    fn a_group_that_will_be_made_has_what_is_handed_down() {
        let made = Offer::new_below(Some(&offer("top", "cpu io memory pids", "cpu pids")), "top/new".into());
        assert_eq!(
            (why("cpu", std::slice::from_ref(&made), V1), made.available.as_str()),
            (None, "cpu pids")
        );
        assert_eq!(
            why("memory", &[offer("top", "memory", ""), made], V1).as_deref(),
            Some("the memory controller is not delegated to top/new")
        );
    }
}
