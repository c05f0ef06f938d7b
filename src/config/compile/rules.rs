//! One rule per target: what the command has of its own laid over what all have, key by key, and users resolved.
//!
//! What this host cannot give is a warning, not an error: hosts change, and one file may serve many.

use crate::config::Host;
use crate::config::policy::{Filters, Rule};
use crate::config::problem::Report;
use crate::config::read::{Field, List, Said, Setting, Word};
use crate::config::schema::{self, Root};
use crate::config::values::{Folder, Memory, Runtime, User};
use crate::model::Limits;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

const TARGETS: [&str; 2] = ["ffmpeg", "gst-launch-1.0"];

pub(super) fn rules(all: &Root, host: &Host<'_>, report: &mut Report) -> Vec<Rule> {
    let targets = targets(all);
    fits(&all.default_limits, host, report);
    filters(&all.filters, host, report);
    for (name, command) in &all.commands.0 {
        fits(&command.value.limits, host, report);
        if !targets.contains(name) {
            rule(name, all, host, report);
            let text = "has no effect: the command is not among target_commands";
            report.warning(&command.place, &command.key, text);
        }
    }
    targets.iter().map(|name| rule(name, all, host, report)).collect()
}

/// In the order of the list, each once.
fn targets(all: &Root) -> Vec<String> {
    let listed = all.target_commands.iter().flat_map(Said::words).map(|name| name.0.clone());
    let mut known = BTreeSet::new();
    let listed: Vec<_> = listed.filter(|name| known.insert(name.clone())).collect();
    if listed.is_empty() { TARGETS.map(String::from).into() } else { listed }
}

fn rule(name: &str, all: &Root, host: &Host<'_>, report: &mut Report) -> Rule {
    let own = all.commands.0.get(name).map(|command| command.value.clone()).unwrap_or_default();
    let held = own.limits.over(all.default_limits.clone(), report);
    let taken = own.filters.over(all.filters.clone(), report);
    Rule { command: name.into(), limits: limits(&held), filters: filters(&taken, host, report) }
}

/// Zero takes a limit away; a weight of zero is the usual one.
fn limits(said: &schema::Limits) -> Limits {
    Limits {
        cpu_quota: said.cpu_quota.as_ref().map(|said| said.value.0).filter(|&percent| percent > 0),
        cpu_weight: said
            .cpu_weight
            .as_ref()
            .map(|said| said.value.0)
            .map(|weight| if weight == 0 { 100 } else { weight }),
        memory_limit: said.memory_limit.as_ref().map(|said| said.value.0).filter(|&bytes| bytes > 0),
    }
}

fn filters(said: &schema::Filters, host: &Host<'_>, report: &mut Report) -> Filters {
    let (min_runtime, max_runtime) = (bound(&said.min_runtime), bound(&said.max_runtime));
    if let (Some(min), Some(max)) = (&said.min_runtime, &said.max_runtime)
        && let (Some(least), Some(most)) = (min_runtime, max_runtime)
        && least > most
    {
        let (least, most) = (min.value.show(), max.value.show());
        let text =
            format!("{least} is longer than {} {most} of {}; nothing could be taken", max.key, max.place);
        report.error(&min.place, &min.key, text);
    }
    Filters {
        only_allowed_users: said.allowed_users.as_ref().is_some_and(|list| !list.value.0.is_empty()),
        allowed_users: uids(&said.allowed_users, host, report),
        blocked_users: uids(&said.blocked_users, host, report),
        allowed_uids: said.allowed_uids.iter().flat_map(Said::words).map(|uid| uid.0).collect(),
        blocked_uids: said.blocked_uids.iter().flat_map(Said::words).map(|uid| uid.0).collect(),
        allowed_parents: said.allowed_parents.iter().flat_map(Said::words).cloned().collect(),
        blocked_parents: said.blocked_parents.iter().flat_map(Said::words).cloned().collect(),
        allowed_dirs: folders(&said.allowed_dirs, host, report),
        blocked_dirs: folders(&said.blocked_dirs, host, report),
        min_runtime,
        max_runtime,
    }
}

/// "0s" takes away a bound that is set for all.
fn bound(said: &Setting<Runtime>) -> Option<Duration> {
    said.as_ref().map(|said| said.value.0).filter(|bound| !bound.is_zero())
}

fn uids(said: &Setting<List<User>>, host: &Host<'_>, report: &mut Report) -> BTreeSet<u32> {
    let mut uids = BTreeSet::new();
    for Said { value, key, place } in said.iter().flat_map(|list| &list.value.0) {
        match value {
            User::Uid(uid) => uids.extend([*uid]),
            User::Name(name) => match host.accounts.uid(name) {
                Some(uid) => uids.extend([uid]),
                None => report.warning(
                    place,
                    key,
                    format!("{name} is no user of /etc/passwd here; a uid always works"),
                ),
            },
        }
    }
    uids
}

fn folders(said: &Setting<List<Folder>>, host: &Host<'_>, report: &mut Report) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for Said { value: Folder(folder), key, place } in said.iter().flat_map(|list| &list.value.0) {
        if !(host.is_dir)(folder) {
            report.warning(place, key, format!("{} is no folder of this host", folder.display()));
        }
        folders.push(folder.clone());
    }
    folders
}

/// Whether the host has as much as the limits allow.
fn fits(limits: &schema::Limits, host: &Host<'_>, report: &mut Report) {
    if let (Some(said), Some(cpus)) = (&limits.cpu_quota, host.cpus)
        && u64::from(said.value.0) > u64::from(cpus) * 100
    {
        let text = format!(
            "{} is more than this host has: {cpus} cores are {}",
            said.value.0,
            u64::from(cpus) * 100
        );
        report.warning(&said.place, &said.key, text);
    }
    if let (Some(said), Some(memory)) = (&limits.memory_limit, host.memory)
        && said.value.0 > memory
    {
        let mib = Memory(memory >> 20 << 20).show();
        report.warning(
            &said.place,
            &said.key,
            format!("{} is more than this host has: {mib}", said.value.show()),
        );
    }
}
