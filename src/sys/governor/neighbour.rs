//! What becomes of a target that somebody else takes care of already: moved, governed in place, or left. By the policy,
//! by whose its group is, and by what systemd says of its unit.

use super::jobs::Jobs;
use super::process::Held;
use super::tie::Tie;
use super::{Before, Governor};
use crate::config::foreign::{Foreign, Manner};
use crate::model::text::Escaped;
use crate::sys::systemd::{Manager, Service};
use rustix::fs::{AtFlags, statat};

#[derive(Debug)]
pub(super) enum Deed {
    /// Bound to its unit where that ends what is left of it.
    Move(Option<Tie>),
    InPlace(Tie),
    Leave(String),
}

/// Whose a target is.
#[derive(Debug, Default)]
pub(super) struct Owner {
    /// A container, or whoever its group was delegated to: in words.
    manager: Option<String>,
    unit: Option<String>,
    service: Option<Service>,
    /// It is in a service's group, and systemd does not say whether it is that service's main process.
    is_untold: bool,
}

impl Governor {
    pub(super) fn whose(&mut self, held: &Held, origin: &[u8]) -> Owner {
        let Ok(jobs) = &self.jobs else { return Owner::default() };
        let manager = self.foreign.why(&self.proc, jobs, held, origin);
        let unit = Manager::unit_of(origin);
        // A user's own manager is asked by nobody: what is below it is the user's session.
        let is_service = |unit: &&str| unit.ends_with(".service") && !unit.starts_with("user@");
        let service = unit.filter(is_service).and_then(|unit| self.systemd.service(unit, held.ppid.0 == 1));
        let is_untold =
            service.is_none() && unit.is_some_and(|unit| is_service(&unit)) && self.systemd.is_there();
        Owner { manager, unit: unit.map(str::to_owned), service, is_untold }
    }

    pub(super) fn decide(
        &self,
        jobs: &Jobs,
        foreign: &Foreign,
        owner: Owner,
        held: &Held,
        origin: &[u8],
    ) -> Deed {
        let Owner { manager, unit, service, is_untold } = owner;
        let in_place = || -> Result<Deed, String> {
            let number = self.may_stay_in(jobs, origin, held.pid)?;
            Ok(Deed::InPlace(Tie::InPlace { number, before: Before::new() }))
        };
        let shown = unit.as_deref().map(|unit| Escaped(unit.as_bytes()).to_string()).unwrap_or_default();
        let is_others = manager.is_some() || is_untold;
        match manner(foreign, is_others, unit.as_deref(), service.as_ref(), held) {
            Manner::Leave => Deed::Leave(match manager {
                Some(why) => format!("{why}, and the policy says leave"),
                None => format!("it belongs to {shown}, and the policy says leave"),
            }),
            Manner::InPlace => in_place().unwrap_or_else(|why| {
                Deed::Leave(format!("{why}, and the policy says in-place{}", beside(manager.as_deref())))
            }),
            Manner::Auto if let Some(manager) = &manager => {
                in_place().unwrap_or_else(|why| Deed::Leave(format!("{manager}, and {why}")))
            }
            // It lives by the processes in its group alone: systemd stops it when that is empty, and ends what was moved.
            Manner::Auto if service.as_ref().is_some_and(|service| service.main.is_none()) => in_place()
                .unwrap_or_else(|why| {
                    Deed::Leave(format!("{shown} has no main process and lives by it, and {why}"))
                }),
            Manner::Auto | Manner::Move => Deed::Move(tie(jobs, origin, unit.as_deref(), service)),
        }
    }
}

/// What was said for its unit by name, or for all that is somebody else's. A unit's main process ends with it wherever it
/// is, and a session's are its user's: they are nobody else's. What nobody can say may be somebody else's.
fn manner(
    foreign: &Foreign,
    is_others: bool,
    unit: Option<&str>,
    service: Option<&Service>,
    held: &Held,
) -> Manner {
    let is_foreign = is_others || service.is_some_and(|service| service.main != Some(held.pid));
    let usual = if is_foreign { foreign.usual } else { Manner::Auto };
    unit.and_then(|unit| foreign.of_unit(unit)).unwrap_or(usual)
}

fn tie(jobs: &Jobs, origin: &[u8], unit: Option<&str>, service: Option<Service>) -> Option<Tie> {
    let ending = service?.ending?;
    let ends = origin.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let mut groups = ends.chain([origin.len()]).map(|end| &origin[..end]);
    let group =
        groups.find(|group| unit.is_some_and(|unit| group.ends_with(format!("/{unit}").as_bytes())))?;
    let number = statat(&jobs.top, jobs.mount.below(group)?, AtFlags::empty()).ok()?.st_ino;
    Some(Tie::Unit { ending, group: group.to_vec(), number })
}

fn beside(manager: Option<&str>) -> String {
    manager.map(|why| format!(" ({why})")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
