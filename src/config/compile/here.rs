//! What the configuration names, found on this host. What the host does not have is a warning, not an error: hosts
//! change, and one file may serve many.

use crate::config::Host;
use crate::config::problem::Report;
use crate::config::read::{List, Said, Setting, Word};
use crate::config::schema::Limits;
use crate::config::settings::Capacity;
use crate::config::values::{Folder, Group, Memory, User};
use crate::model::IoMax;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn uids(said: &Setting<List<User>>, host: &Host<'_>, report: &mut Report) -> BTreeSet<u32> {
    let mut uids = BTreeSet::new();
    for Said { value, key, place } in said.iter().flat_map(|list| &list.value.0) {
        match value {
            User::Uid(uid) => uids.extend([*uid]),
            User::Name(name) => match host.accounts.uid(name) {
                Some(uid) => uids.extend([uid]),
                None => {
                    let text = format!("{name} is no user of /etc/passwd here; a uid always works");
                    report.warning(place, key, text);
                }
            },
        }
    }
    uids
}

pub(super) fn gids(said: &Setting<List<Group>>, host: &Host<'_>, report: &mut Report) -> BTreeSet<u32> {
    let mut gids = BTreeSet::new();
    for Said { value, key, place } in said.iter().flat_map(|list| &list.value.0) {
        match value {
            Group::Gid(gid) => gids.extend([*gid]),
            Group::Name(name) => match host.groups.gid(name) {
                Some(gid) => gids.extend([gid]),
                None => {
                    let text = format!("{name} is no group of /etc/group here; a gid always works");
                    report.warning(place, key, text);
                }
            },
        }
    }
    gids
}

pub(super) fn folders(said: &Setting<List<Folder>>, host: &Host<'_>, report: &mut Report) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for Said { value: Folder(folder), key, place } in said.iter().flat_map(|list| &list.value.0) {
        if !(host.is_dir)(folder) {
            report.warning(place, key, format!("{} is no folder of this host", folder.display()));
        }
        folders.push(folder.clone());
    }
    folders
}

/// Each under the name that the kernel has for the whole disk. One that is not found keeps the name it was given: it is
/// told where it was to be limited, and looked for again whenever a job is.
pub(super) fn disks(said: &Setting<IoMax>, host: &Host<'_>, report: &mut Report) -> Setting<IoMax> {
    let Said { value, key, place } = said.as_ref()?;
    let found = value.iter().map(|(path, rates)| {
        let disk = (host.disk)(Path::new(&**path)).unwrap_or_else(|why| {
            report.warning(place, key, format!("{path} {why}"));
            Arc::clone(path)
        });
        (disk, rates)
    });
    Some(Said { value: found.collect(), key: key.clone(), place: place.clone() })
}

/// Whether the host has as much as the limits allow.
pub(in crate::config) fn fits(limits: &Limits, capacity: &Capacity, report: &mut Report) {
    if let (Some(said), Some(cpus)) = (&limits.cpu_quota, capacity.cpus)
        && said.value.0 > cpus.saturating_mul(100)
    {
        let (asked, all) = (said.value.0, cpus * 100);
        let text = format!("{asked} is more than this host has: {cpus} cores are {all}");
        report.warning(&said.place, &said.key, text);
    }
    if let (Some(said), Some(all)) = (&limits.cpus, &capacity.processors)
        && !all.contains(&said.value.0)
    {
        let text = format!("{} names more than jobs can have here: {all}", said.value.show());
        report.warning(&said.place, &said.key, text);
    }
    if let (Some(said), Some(most)) = (&limits.pids_max, capacity.pids)
        && said.value.0 > most
    {
        let text = format!("{} is more than this kernel has numbers for: {most}", said.value.show());
        report.warning(&said.place, &said.key, text);
    }
    let sizes = [&limits.memory_limit, &limits.memory_high, &limits.memory_low];
    for said in sizes.into_iter().flatten() {
        if let Some(memory) = capacity.memory.filter(|&memory| said.value.0 > memory) {
            let (asked, all) = (said.value.show(), Memory(memory >> 20 << 20).show());
            report.warning(&said.place, &said.key, format!("{asked} is more than this host has: {all}"));
        }
    }
}
