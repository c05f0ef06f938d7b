//! Makes ready to govern: finds the hierarchy and the root, makes the groups down to the jobs, enables controllers on
//! the way, and says in a sentence with a remedy why that is not possible. Done again it changes nothing.

use super::controllers::{self, Level};
use super::jobs::Jobs;
use super::missing::Missing;
use super::mount::{self, Mount};
use super::network::{self, Network};
use super::process::Proc;
use super::total::Total;
use super::{Governor, dynmods, files, root};
use crate::config::policy::Policy;
use crate::engine::input::Prepared;
use crate::model::LimitKey;
use rustix::fs::{CWD, Mode, fstatfs, mkdirat};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::Path;

const CGROUP2_SUPER_MAGIC: u64 = 0x6367_7270;

/// Where the service itself moves to when it stands in the way.
const LEAF: &str = "ffrtmp-agent";

pub(super) struct SetUp {
    pub(super) jobs: Jobs,
    pub(super) cannot_hold: Vec<(LimitKey, Missing)>,
    remarks: Vec<String>,
}

impl Governor {
    pub(super) fn prepare(&mut self, policy: &Policy) -> Result<Prepared, String> {
        self.configured.clone_from(&policy.cgroup_root);
        match self.proc_is_ours().and_then(|()| self.set_up(policy.cgroup_root.as_deref())) {
            Ok(SetUp { jobs, cannot_hold, mut remarks }) => {
                let mountinfo = || files::read_all(&self.proc.dir, c"self/mountinfo").ok();
                let favored = |on| dynmods::favor(on, &jobs.mount.point, mountinfo);
                remarks.extend(policy.favor_dynmods.and_then(favored));
                let root = jobs.path.strip_suffix("/jobs").unwrap_or(&jobs.path).to_owned();
                self.install(jobs);
                let total_refused = self.limit_total(&policy.total_limits).unwrap_or_default();
                let found = self.survey();
                if let Ok(jobs) = &self.jobs {
                    jobs.renew();
                }
                let cannot_hold = cannot_hold.into_iter().map(|(key, why)| (key, why.to_string())).collect();
                let total = policy.total_limits.clone();
                Ok(Prepared { root, cannot_hold, total, total_refused, found, remarks })
            }
            Err(why) => {
                self.jobs = Err(why.clone());
                Err(why)
            }
        }
    }

    /// Everything here names processes by number, to /proc and to the kernel: both must mean the same one.
    pub fn proc_is_ours(&self) -> Result<(), String> {
        if self.proc.counts_as_we_do() {
            return Ok(());
        }
        Err("/proc shows the processes of another pid namespace, whose numbers are not ours; give the service a /proc of \
             its own namespace, or run it in the host's (hostPID, --pid=host)"
            .into())
    }

    /// Makes the groups again that somebody removed under our hands; `false` if that was not it.
    pub(super) fn rebuild(&mut self) -> bool {
        let stood = self.jobs.is_ok();
        let configured = self.configured.clone();
        match self.set_up(configured.as_deref()) {
            Ok(set_up) if stood => {
                let total = self.jobs.as_ref().map(|jobs| jobs.total.bound.clone()).unwrap_or_default();
                self.install(set_up.jobs);
                // What is refused is found again by the next inspection.
                let _ = self.limit_total(&total);
            }
            _ => return false,
        }
        true
    }

    pub(super) fn install(&mut self, mut jobs: Jobs) {
        if let Ok(old) = &mut self.jobs {
            jobs.known = std::mem::take(&mut old.known);
            jobs.places = std::mem::take(&mut old.places);
        }
        self.jobs = Ok(jobs);
        self.foreign.forget();
    }

    pub(super) fn set_up(&mut self, configured: Option<&Path>) -> Result<SetUp, String> {
        self.claim(configured)?;
        let (mount, top) = self.find(configured)?;
        // Groups that stand already could be opened all the same, and nothing in them be changed.
        if !mount.writable {
            return Err(refusal(Errno::ROFS, &mount.point, &mount.point));
        }
        let root = root::choose(configured, &mount, &self.roots.run)?;
        let mut remarks: Vec<String> =
            root::remark(configured, &root, &mount, &self.roots.run).into_iter().collect();
        let mut levels: Vec<Level> = Vec::new();
        for (group, ours) in root::levels(&root) {
            let at = mount.point.join(&group);
            let dir = open_or_make(levels.last().map_or(&top, |level| &level.dir), &group, ours)
                .map_err(|errno| refusal(errno, &at, &mount.point))?;
            let mut level = Level { path: at.display().to_string(), dir, refused: None };
            if ours {
                remarks.extend(self.make_way(&level, &mount.shown(&group)));
                level.refused = controllers::enable(&level.dir, &level.path);
            }
            levels.push(level);
        }
        let mut cannot_hold = controllers::cannot_hold(&levels, &self.proc);
        let network = Network::load().map_err(|why| cannot_hold.extend(network::missing(&why))).ok();
        let Some(last) = levels.pop() else { return Err("there is no root".into()) };
        let holding =
            LimitKey::ALL.into_iter().filter(|key| cannot_hold.iter().all(|(lost, _)| lost != key)).collect();
        let shown = |below: &Path| [&mount.shown(below)[..], b"/"].concat();
        let mut jobs = Jobs {
            shown: shown(&root.join("jobs")),
            shown_root: shown(&root),
            mount,
            top,
            dir: last.dir,
            path: last.path,
            holding,
            network,
            known: BTreeMap::new(),
            total: Total::default(),
            places: BTreeMap::new(),
        };
        jobs.recall_total();
        if let Err(errno) = jobs.note_total() {
            remarks.push(format!(
                "{} takes no extended attributes ({errno}): jobs cannot be recognised by a later start",
                jobs.path
            ));
        }
        Ok(SetUp { jobs, cannot_hold, remarks })
    }

    /// The mount, and its top folder held open.
    pub(super) fn find(&self, configured: Option<&Path>) -> Result<(Mount, OwnedFd), String> {
        if let Some(point) = &self.roots.cgroup {
            let mount = Mount { point: point.clone(), top: b"/".to_vec(), writable: true };
            let top = files::open_folder(CWD, point).map_err(|errno| refusal(errno, point, point))?;
            return Ok((mount, top));
        }
        let text = files::read_all(&self.proc.dir, c"self/mountinfo")
            .map_err(|errno| format!("the list of mounts cannot be read: {errno}"))?;
        let mut mounts = mount::listed(&text);
        // A mount over the place, or over a folder above it, hides what the list still names.
        mounts.retain(|mount| shows_groups(&mount.point));
        let mount = mount::choose(&mounts, configured)?;
        let top = files::open_folder(CWD, &mount.point)
            .map_err(|errno| refusal(errno, &mount.point, &mount.point))?;
        Ok((mount, top))
    }

    /// Moves our own process out of a group that must have controllers enabled: only the true top may have both.
    fn make_way(&self, level: &Level, shown: &[u8]) -> Option<String> {
        if controllers::is_top(&level.dir) || self.proc.cgroup(self.proc.own).ok()? != shown {
            return None;
        }
        let moved = move_to_leaf(&self.proc, &level.dir, LEAF);
        Some(match moved {
            Ok(()) => format!("the service moved itself from {} to its leaf {LEAF}", level.path),
            Err(errno) => format!("the service cannot move itself to {}/{LEAF}: {errno}", level.path),
        })
    }
}

pub(super) fn move_to_leaf(proc: &Proc, group: &OwnedFd, leaf: &str) -> Result<(), Errno> {
    match mkdirat(group, leaf, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno),
    }
    files::write_to(files::open_folder(group, leaf)?, c"cgroup.procs", proc.own.to_string().as_bytes())
}

/// Opens the last part of `group` inside its parent `dir`, making it where that is ours to do.
pub(super) fn open_or_make(dir: &OwnedFd, group: &Path, may_make: bool) -> Result<OwnedFd, Errno> {
    let Some(name) = group.file_name() else { return files::open_folder(dir, c".") };
    match files::open_folder(dir, name) {
        Err(Errno::NOENT) if may_make => {}
        result => return result,
    }
    match mkdirat(dir, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => files::open_folder(dir, name),
        Err(errno) => Err(errno),
    }
}

/// Whether this is a folder of cgroup2.
pub fn shows_groups(place: &Path) -> bool {
    let fs = files::open_folder(CWD, place).and_then(fstatfs);
    fs.is_ok_and(|fs| u64::try_from(fs.f_type) == Ok(CGROUP2_SUPER_MAGIC))
}

/// Why governing is not possible, and what to do about it.
pub(super) fn refusal(errno: Errno, at: &Path, mount: &Path) -> String {
    let (at, mount) = (at.display(), mount.display());
    match errno {
        Errno::ROFS => format!(
            "the cgroup file system at {mount} is read-only; mount it read-write (in a container, give it a writable \
             cgroup namespace or run the service on the host)"
        ),
        Errno::ACCESS | Errno::PERM => format!(
            "{at} may not be made or opened ({errno}); run the service as root, or let systemd delegate a group to it \
             (Delegate=yes) and name that as cgroup root"
        ),
        Errno::AGAIN | Errno::NOSPC => format!(
            "{at} cannot be made: a group above it allows no more groups ({errno}); raise its cgroup.max.descendants \
             or cgroup.max.depth"
        ),
        Errno::NOENT => {
            format!("{at} does not exist and is not ours to make; create it or name another cgroup root")
        }
        _ => format!("{at} cannot be used as a cgroup: {errno}"),
    }
}
