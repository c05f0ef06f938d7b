//! The judge compares what the kernel says with what should be. What is wrong once may be on its way; what is wrong, in
//! the same way, at every look is a fault.

use super::census::{self, Citizen};
use super::targets::Targets;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

/// Whoever is younger was perhaps not a target when the last blow fell.
pub(super) const OF_AGE: Duration = Duration::from_secs(2);

#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Faults {
    /// Living processes of a target that are not where they should be.
    pub(super) missed: BTreeSet<Citizen>,
    /// Processes in a job that nobody should have put there.
    pub(super) strangers: BTreeSet<Citizen>,
    /// Groups that nobody lives in.
    pub(super) leaked: BTreeSet<String>,
}

impl Faults {
    pub(super) fn look(root: &Path, targets: &Targets, governed: &[&str]) -> Faults {
        let mut faults =
            Faults { leaked: census::empty_groups(root).into_iter().collect(), ..Faults::default() };
        let everybody = census::take(root);
        let families: HashMap<u32, u32> = everybody.iter().map(|one| (one.pid, one.family)).collect();
        for one in everybody {
            match targets.alive.get(&one.family).filter(|family| governed.contains(&family.command)) {
                Some(family) => {
                    let of_age = family.began.elapsed() > OF_AGE;
                    if of_age && !is_right(&one, family.command, &families) {
                        faults.missed.insert(one);
                    }
                }
                None if one.job.is_some() => drop(faults.strangers.insert(one)),
                None => {}
            }
        }
        faults
    }

    /// The processes and the jobs' main processes that are concerned.
    pub(super) fn pids(&self) -> BTreeSet<u32> {
        let of_job = |job: &String| job.split('-').find_map(|word| word.parse().ok());
        self.missed
            .iter()
            .chain(&self.strangers)
            .map(|one| one.pid)
            .chain(self.leaked.iter().filter_map(of_job))
            .collect()
    }

    /// What is wrong in both.
    pub(super) fn and(self, later: &Faults) -> Faults {
        Faults {
            missed: &self.missed & &later.missed,
            strangers: &self.strangers & &later.strangers,
            leaked: &self.leaked & &later.leaked,
        }
    }
}

/// The first process of a family has a job of its own. The others belong to that, or to one that was made for one of
/// them: who lost his parents while nobody looked is a target by himself.
fn is_right(one: &Citizen, command: &str, families: &HashMap<u32, u32>) -> bool {
    let Some(name) = one.job.as_deref().and_then(|job| job.strip_prefix(&format!("auto-{command}-"))) else {
        return false;
    };
    let owner: u32 = name.split('-').next().and_then(|pid| pid.parse().ok()).unwrap_or_default();
    match one.pid == one.family {
        true => owner == one.pid,
        false => families.get(&owner).is_none_or(|family| *family == one.family),
    }
}
