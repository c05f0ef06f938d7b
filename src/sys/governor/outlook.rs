//! What `Prepare` would come to, found by looking alone: nothing is made, enabled, claimed or moved. For who wants to know
//! before the service is started, or while it runs.

use super::controllers::Level;
use super::missing::{self, Missing, Offer};
use super::prepare::refusal;
use super::trial::Ground;
use super::{Governor, files, root};
use crate::model::LimitKey;
use rustix::fs::{Access, AtFlags, accessat};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// How governing would go here.
#[derive(Debug)]
pub struct Outlook {
    /// The group below which jobs would live.
    pub root: PathBuf,
    /// It is there already.
    pub stands: bool,
    pub remark: Option<String>,
    pub cannot_hold: Vec<(LimitKey, Missing)>,
    pub ground: Ground,
}

impl Governor {
    /// `Err`: why governing is not possible, and what to do about it.
    pub fn outlook(&self, configured: Option<&Path>) -> Result<Outlook, String> {
        self.proc_is_ours()?;
        let (mount, top) = self.find(configured)?;
        let refused = |errno, at: &Path| refusal(errno, at, &mount.point);
        if !mount.writable {
            return Err(refused(Errno::ROFS, &mount.point));
        }
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
        if let Some(last) = standing.last() {
            accessat(&last.dir, c".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
                .map_err(|errno| refused(errno, Path::new(&last.path)))?;
        }
        // What stands among the jobs is looked at by a service that runs; beside them it is not.
        let stands = standing.len() + 1 >= groups.len();
        standing.truncate(groups.len() - 1);
        let ground = standing.pop().ok_or("there is no root")?;
        Ok(Outlook {
            stands,
            remark: root::remark(configured, &root, &mount, &self.roots.run),
            cannot_hold: missing::limits(&offers, &self.proc),
            root: mount.point.join(root),
            ground: Ground { path: ground.path.into(), dir: ground.dir, mount: mount.point },
        })
    }
}

/// The groups there are, from the top down to the first that would be made.
fn standing(groups: &[(PathBuf, bool)], top: OwnedFd) -> Result<Vec<Level>, (Errno, &Path)> {
    let level = |path: &Path, dir| Level { path: path.display().to_string(), dir, refused: None };
    let mut standing = Vec::new();
    let mut inside = top;
    for (path, ours) in groups {
        let name = path.file_name().filter(|_| !standing.is_empty());
        let opened =
            name.map_or_else(|| files::open_folder(&inside, c"."), |name| files::open_folder(&inside, name));
        match opened {
            Err(Errno::NOENT) if *ours => break,
            Err(errno) => return Err((errno, path)),
            Ok(dir) => {
                inside = files::open_folder(&dir, c".").map_err(|errno| (errno, path.as_path()))?;
                standing.push(level(path, dir));
            }
        }
    }
    Ok(standing)
}
