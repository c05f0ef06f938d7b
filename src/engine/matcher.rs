//! Which rule a process falls under, by its names alone. Whether that rule takes it is asked of `filters`.

use crate::config::policy::{Policy, Rule};
use crate::model::explanation::Compared;
use crate::model::record::MatchedBy;
use crate::model::{Comm, FileName};
use std::sync::Arc;

/// The rule whose name this is; the longest name wins nothing, names are equal or not.
pub(super) fn by_name<'p>(policy: &'p Policy, name: &[u8]) -> Option<&'p Rule> {
    policy.rules.iter().find(|rule| rule.command.as_bytes() == name)
}

/// The last resort: the kernel's short name, and where nothing longer could be read, what 15 bytes show of a long one.
pub(super) fn by_comm<'p>(policy: &'p Policy, comm: &Comm, nothing_else: bool) -> Option<&'p Rule> {
    let comm = comm.as_bytes();
    let shown = |name: &[u8]| nothing_else && comm.len() == 15 && name.starts_with(comm);
    by_name(policy, comm).or_else(|| policy.rules.iter().find(|rule| shown(rule.command.as_bytes())))
}

/// The argv[0] step, then comm.
pub(super) fn by_argv0_or_comm<'p>(
    policy: &'p Policy,
    argv0: Option<&FileName>,
    exe_known: bool,
    comm: &Comm,
) -> Option<(&'p Rule, MatchedBy)> {
    let argv0 = argv0.filter(|name| !name.as_bytes().is_empty());
    argv0
        .filter(|name| !name.is_cut())
        .and_then(|name| by_name(policy, name.as_bytes()))
        .map(|rule| (rule, MatchedBy::Argv0))
        .or_else(|| by_comm(policy, comm, !exe_known && argv0.is_none()).map(|rule| (rule, MatchedBy::Comm)))
}

/// The names that a process goes by, in the order in which they are tried. `None`: cannot be read.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pub exe: Option<&'a FileName>,
    pub argv0: Option<&'a FileName>,
    pub comm: &'a Comm,
}

/// Every comparison that is made until a name hits, and the rule that it hits.
pub(super) fn compared<'p>(
    policy: &'p Policy,
    names: &Names<'_>,
) -> (Vec<Compared>, Option<(&'p Rule, MatchedBy)>) {
    let by_exe = || names.exe.filter(|exe| !exe.is_cut()).and_then(|exe| by_name(policy, exe.as_bytes()));
    let hit = by_exe().map(|rule| (rule, MatchedBy::Exe));
    let hit = hit.or_else(|| by_argv0_or_comm(policy, names.argv0, names.exe.is_some(), names.comm));
    let mut all = Vec::new();
    for by in [MatchedBy::Exe, MatchedBy::Argv0, MatchedBy::Comm] {
        for rule in &policy.rules {
            let matches = hit.is_some_and(|(hit, how)| how == by && hit.command == rule.command);
            all.push(Compared { target: Arc::clone(&rule.command), by, matches });
        }
        if hit.is_some_and(|(_, how)| how == by) {
            break;
        }
    }
    (all, hit)
}
