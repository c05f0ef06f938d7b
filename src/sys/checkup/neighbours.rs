//! What is done with targets that somebody else takes care of already, and whether systemd can be asked about its units.

use super::catalogue as known;
use super::finding::Finding;
use crate::config::foreign::{Foreign, Manner};
use crate::config::read::Word;
use crate::sys::systemd::Manager;
use std::path::Path;

/// Any service will do: also of one that is not there systemd knows how it would be stopped.
const SERVICE: &str = "ffrtmp-jobs.service";

pub(super) fn findings(run: &Path, foreign: Option<&Foreign>) -> Vec<Finding> {
    let mut manager = Manager::new(run);
    let stops = manager.is_there().then(|| match manager.service(SERVICE, true) {
        Some(_) => {
            known::UNIT_STOPS.good("systemd answers: what is moved out of a unit ends when that is stopped")
        }
        None => known::UNIT_STOPS
            .bad("systemd does not answer: what is moved out of a unit does not end when that is stopped"),
    });
    let policy = foreign.map(|foreign| {
        let usual = match foreign.usual {
            Manner::Auto => "in place where they are alone in their group, else left".to_owned(),
            manner => format!("by foreign.policy: {}", manner.show()),
        };
        let units = match foreign.units.len() {
            0 => String::new(),
            count => format!("; foreign.units has {count} name(s) of its own"),
        };
        known::FOREIGN.fact(format!("targets in containers and delegated groups are governed {usual}{units}"))
    });
    stops.into_iter().chain(policy).collect()
}
