//! The mount option that spares a move its wait for the kernel, at a price for every fork and exit on the host. It is the
//! whole hierarchy's, not ours: changed only where the operator asks for it, and never with any other option.

use super::mount;
use crate::model::text::Escaped;
use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{FsPickFlags, fsconfig_reconfigure, fsconfig_set_flag, fspick};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const OPTION: &str = "favordynmods";

/// All others that a cgroup2 mount can have: whatever is not named when it is mounted anew is taken away.
const OTHERS: [&str; 5] = [
    "nsdelegate",
    "memory_localevents",
    "memory_recursiveprot",
    "memory_hugetlb_accounting",
    "pids_localevents",
];

/// Brings the mount to what is wanted; a sentence tells what was done, or why not. `mountinfo` is read before and after.
pub(super) fn favor(on: bool, point: &Path, mountinfo: impl Fn() -> Option<Vec<u8>>) -> Option<String> {
    let before = mount::options(&mountinfo()?, point);
    if before.is_empty() || before.contains(OPTION) == on {
        return None;
    }
    let kept = OTHERS.into_iter().filter(|option| before.contains(*option));
    let wanted: Vec<&str> = kept.chain(on.then_some(OPTION)).collect();
    let place = Escaped(point.as_os_str().as_bytes());
    let refused = |why: &str| {
        format!("cgroup.favor_dynmods: {place} stays mounted {}: {why}", with(before.contains(OPTION)))
    };
    Some(match mount_anew(point, &wanted) {
        Ok(()) if mount::options(&mountinfo()?, point).contains(OPTION) == on => {
            format!("cgroup.favor_dynmods: {place} is mounted {} now", with(on))
        }
        Ok(()) if on => {
            refused("the kernel took the option and did nothing; only the host's own namespace may change it")
        }
        Ok(()) => refused("this kernel takes it back at a reboot only"),
        Err(Errno::INVAL) => refused("this kernel does not know the option; Linux 6.0 has it first"),
        Err(errno) => refused(&format!("{errno}; it takes CAP_SYS_ADMIN")),
    })
}

/// Of the file system alone: how this place of it is mounted, `nosuid` and the like, stays as it is.
fn mount_anew(point: &Path, options: &[&str]) -> Result<(), Errno> {
    let context = fspick(CWD, point, FsPickFlags::FSPICK_CLOEXEC)?;
    options.iter().try_for_each(|option| fsconfig_set_flag(&context, *option))?;
    fsconfig_reconfigure(&context)
}

fn with(on: bool) -> &'static str {
    if on { "with favordynmods" } else { "without favordynmods" }
}
