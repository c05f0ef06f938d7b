//! Governing from the command line: the limits that were given, the root to work below, and what of it cannot hold.

use super::args::limits::LimitArgs;
use super::{Failed, Status};
use crate::config::asked;
use crate::expose::log::Cause;
use crate::model::limits::{Discord, discords};
use crate::model::record::Failure;
use crate::model::text::OneLine;
use crate::model::{LimitKey, Limits, Overrides};
use crate::sys::governor::{Governor, Roots, Visit};
use crate::sys::host;
use std::path::Path;

/// All that is wrong with them is said at once; what is doubtful is said, and no more.
pub(super) fn limits(args: &LimitArgs) -> Result<Overrides, Failed> {
    let said: Vec<_> = args.given().map(|(key, text)| (key.to_owned(), text.to_owned())).collect();
    if said.is_empty() {
        return Ok(Overrides::default());
    }
    let wrong = |clauses: Vec<String>| Failed { status: Status::Usage, text: clauses.join("\n") };
    let (limits, remarks) = asked::limits(&said, &host::capacity(None)).map_err(wrong)?;
    let clause = |discord: Discord| format!("{}: {}", discord.key, discord.text);
    let (refused, vain): (Vec<_>, Vec<_>) =
        discords(&limits.over(&Limits::default())).into_iter().partition(|discord| discord.refused);
    if !refused.is_empty() {
        return Err(wrong(refused.into_iter().map(clause).collect()));
    }
    remarks.into_iter().chain(vain.into_iter().map(clause)).for_each(|remark| say(&remark));
    Ok(limits)
}

/// A governor without a service: below `root`, or where a service would work.
pub(super) fn governor(root: Option<&Path>) -> Result<(Governor, Visit), Failed> {
    let mut governor =
        Governor::new(Roots::default()).map_err(|e| Failed::because("/proc cannot be read", &e))?;
    let cannot = |why: String| Failed {
        status: Status::Host,
        text: format!(
            "nothing can be governed here: {why}; or name a group that was delegated to you with --cgroup-root"
        ),
    };
    let visit = governor.visit(root).map_err(cannot)?;
    Ok((governor, visit))
}

/// A clause for each of the limits that cannot hold.
pub(super) fn unheld(limits: &Overrides, visit: &Visit) -> Vec<String> {
    let wanted = |key| limits.iter().any(|(other, amount)| other == key && amount.is_some());
    let unheld = visit.cannot_hold.iter().filter(|(key, _)| wanted(*key));
    unheld.map(|(key, why)| format!("{key} cannot hold here: {why}")).collect()
}

/// The same for each of those that were tried and refused.
pub(super) fn refused(limits: &[(LimitKey, Failure)]) -> Vec<String> {
    limits.iter().map(|(key, why)| format!("{key} does not hold: {}", Cause(why))).collect()
}

/// What the kernel does not let us do others may.
pub(super) fn failed(what: &str, why: &Failure) -> Failed {
    let status = match why.errno {
        libc::EPERM | libc::EACCES | libc::EROFS => Status::Host,
        _ => Status::Failed,
    };
    Failed { status, ..Failed::because(what, &Cause(why)) }
}

/// To whoever started us: stdout is the command's.
pub(super) fn say(text: &str) {
    eprintln!("ffrtmp: {}", OneLine(text));
}
