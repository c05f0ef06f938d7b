//! One rule per target: what the command has of its own laid over what all have, key by key.

use super::here::{disks, fits, folders, uids};
use super::{limits, value};
use crate::config::Host;
use crate::config::policy::{Filters, Rule};
use crate::config::problem::Report;
use crate::config::read::{Field, Said, Setting, Word};
use crate::config::schema::{self, Root};
use crate::config::settings::Capacity;
use crate::config::values::Runtime;
use crate::model::Limits;
use std::collections::BTreeSet;
use std::time::Duration;

const TARGETS: [&str; 2] = ["ffmpeg", "gst-launch-1.0"];

pub(super) fn rules(
    all: &Root,
    total: &Limits,
    host: &Host<'_>,
    capacity: &Capacity,
    report: &mut Report,
) -> Vec<Rule> {
    let targets = targets(all);
    fits(&all.default_limits, capacity, report);
    disks(&all.default_limits.io_max, host, report);
    filters(&all.filters, host, report);
    for (name, command) in &all.commands.0 {
        fits(&command.value.limits, capacity, report);
        if !targets.contains(name) {
            rule(name, all, total, host, report);
            let text = "has no effect: the command is not among target_commands";
            report.warning(&command.place, &command.key, text);
        }
    }
    targets.iter().map(|name| rule(name, all, total, host, report)).collect()
}

/// In the order of the list, each once.
fn targets(all: &Root) -> Vec<String> {
    let listed = all.target_commands.iter().flat_map(Said::words).map(|name| name.0.clone());
    let mut known = BTreeSet::new();
    let listed: Vec<_> = listed.filter(|name| known.insert(name.clone())).collect();
    if listed.is_empty() { TARGETS.map(String::from).into() } else { listed }
}

fn rule(name: &str, all: &Root, total: &Limits, host: &Host<'_>, report: &mut Report) -> Rule {
    let own = all.commands.0.get(name).map(|command| command.value.clone()).unwrap_or_default();
    let mut held = own.limits.over(all.default_limits.clone(), report);
    held.io_max = disks(&held.io_max, host, report);
    limits::go_together(&held, report);
    limits::within(total, &held, report);
    let taken = own.filters.over(all.filters.clone(), report);
    Rule {
        command: name.into(),
        limits: limits::said(&held).over(&Limits::default()),
        filters: filters(&taken, host, report),
        tree: value(&own.tree).or_else(|| value(&all.tree)).unwrap_or_default(),
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
    value(said).map(|runtime| runtime.0).filter(|bound| !bound.is_zero())
}
