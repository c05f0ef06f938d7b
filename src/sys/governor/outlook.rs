//! What `Prepare` would come to, found by looking alone: nothing is made, enabled, claimed or moved. For who wants to know
//! before the service is started, or while it runs.

use super::controllers::{self, Level};
use super::missing::{self, Cause, Missing, Offer};
use super::network::{self, Network};
use super::prepare::refusal;
use super::trial::Ground;
use super::{Governor, Roots, files, root};
use crate::model::LimitKey;
use crate::model::cpus::Cpus;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// How governing would go here.
#[derive(Debug)]
pub struct Outlook {
    /// The group below which jobs would live.
    pub root: PathBuf,
    /// Why nothing can be written there, and what to do about it.
    pub obstacle: Option<String>,
    /// It is there already.
    pub stands: bool,
    pub remark: Option<String>,
    pub cannot_hold: Vec<(LimitKey, Missing)>,
    pub ground: Ground,
}

impl Governor {
    /// `Err`: there is no place for jobs, and what to do about it.
    pub fn outlook(&self, configured: Option<&Path>) -> Result<Outlook, String> {
        self.proc_is_ours()?;
        let (mount, top) = self.find(configured)?;
        let refused = |errno, at: &Path| refusal(errno, at, &mount.point);
        let root = root::choose(configured, &mount, &self.roots.run)?;
        // Collected part by part, the top has no slash behind it.
        let path = |group: PathBuf| mount.point.iter().chain(&group).collect();
        let groups: Vec<(PathBuf, bool)> =
            root::levels(&root).into_iter().map(|(group, ours)| (path(group), ours)).collect();
        let mut standing = standing(&groups, top).map_err(|(errno, at)| refused(errno, at))?;

        let mut offers: Vec<Offer> = Vec::new();
        for (at, (path, ours)) in groups.iter().enumerate() {
            let above = offers.last();
            offers.push(match standing.get(at) {
                Some(level) => level.foreseen(*ours, above, self.proc.own),
                None => Offer::new_below(above, path.display().to_string()),
            });
        }
        let obstacle = match standing.last() {
            _ if !mount.writable => Some(refused(Errno::ROFS, &mount.point)),
            Some(last) => accessat(&last.dir, c".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
                .err()
                .map(|errno| refused(errno, Path::new(&last.path))),
            None => None,
        };
        // Where no group of ours stands yet, only of the youngest part of a controller is it known whether the kernel has it.
        let jobs = standing.get(groups.len() - 1);
        let clamps = || files::read_all(&self.proc.dir, c"sys/kernel/sched_util_clamp_min").is_ok();
        let will_have = |file: &CStr| !file.to_bytes().starts_with(b"cpu.uclamp") || clamps();
        let has_file =
            |file: &CStr| jobs.map_or_else(|| will_have(file), |jobs| controllers::has_file(jobs, file));
        let shares = standing.first().is_some_and(|top| controllers::shares(&top.dir));
        let mut cannot_hold = missing::limits(&offers, &self.proc, has_file, shares);
        if let Err(why) = Network::load() {
            cannot_hold.extend(network::missing(&why));
        }
        // Who may write nothing is refused everywhere: said once, by the obstacle.
        cannot_hold.retain(|(_, why)| obstacle.is_none() || !matches!(why.cause, Cause::Refused(_)));
        // What stands among the jobs is looked at by a service that runs; beside them it is not.
        let stands = standing.len() + 1 >= groups.len();
        standing.truncate(groups.len() - 1);
        let ground = standing.pop().ok_or("there is no root")?;
        Ok(Outlook {
            stands,
            remark: root::remark(configured, &root, &mount, &self.roots.run),
            obstacle,
            cannot_hold,
            root: mount.point.join(root),
            ground: Ground { path: ground.path.into(), dir: ground.dir, mount: mount.point },
        })
    }
}

/// The processors that groups below this root can have, as far down as groups stand that tell.
pub fn processors(configured: Option<&Path>) -> Option<Cpus> {
    let list = |text: Vec<u8>| Cpus::parse(str::from_utf8(&text).ok()?.trim());
    let told = |dir: &OwnedFd| files::read_all(dir, c"cpuset.cpus.effective").ok().and_then(list);
    let of_groups = || {
        let governor = Governor::new(Roots::default()).ok()?;
        let (mount, mut dir) = governor.find(configured).ok()?;
        let mut found = told(&dir);
        for part in &root::choose(configured, &mount, &governor.roots.run).ok()? {
            let Ok(inside) = files::open_folder(&dir, part) else { break };
            found = told(&inside).or(found);
            dir = inside;
        }
        found
    };
    of_groups().or_else(|| files::read_all(CWD, c"/sys/devices/system/cpu/online").ok().and_then(list))
}

/// The groups there are, from the top down to the first that would be made.
fn standing(groups: &[(PathBuf, bool)], top: OwnedFd) -> Result<Vec<Level>, (Errno, &Path)> {
    let level = |path: &Path, dir| Level { path: path.display().to_string(), dir, refused: None };
    let Some(((first, _), below)) = groups.split_first() else { return Ok(Vec::new()) };
    let (mut standing, mut inside) = (Vec::new(), level(first, top));
    for (path, ours) in below {
        match files::open_folder(&inside.dir, path.file_name().unwrap_or_default()) {
            Ok(dir) => standing.push(std::mem::replace(&mut inside, level(path, dir))),
            Err(Errno::NOENT) if *ours => break,
            Err(errno) => return Err((errno, path)),
        }
    }
    standing.push(inside);
    Ok(standing)
}
