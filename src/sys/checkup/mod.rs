//! The check-up of a host: everything that would stop or limit governing here, by looking and by trying with things of our
//! own that are gone when it is over. It decides nothing, takes no lock and changes nothing that was there before.

mod birth;
mod calm;
pub mod catalogue;
mod child;
mod configuration;
mod events;
mod features;
mod files;
mod finding;
mod ground;
mod group;
mod hierarchy;
mod limits;
mod namespaces;
mod neighbours;
mod privileges;
mod protected;
mod sight;
mod unit_file;
mod units;

pub use finding::{Area, Finding, Kind, Topic};

use crate::config::compile::RECEIVE_BUFFER;
use crate::config::{Loaded, Problem};
use crate::model::Limits;
use crate::sys::governor::{self, Governor, Roots};
use crate::sys::host;
use ground::Standing;
use group::Group;
use hierarchy::Hierarchy;
use namespaces::Namespaces;
use std::path::Path;

/// All findings, area by area. `cgroup_root`: the one to judge where the configuration is wrong.
pub fn findings(loaded: &Result<Loaded, Vec<Problem>>, cgroup_root: Option<&Path>) -> Vec<Finding> {
    let (proc, right) = (Path::new("/proc"), loaded.as_ref().ok());
    let policy = right.map(|loaded| &loaded.policy);
    let mountinfo = std::fs::read(proc.join("self/mountinfo")).unwrap_or_default();
    let hierarchy = Hierarchy::read(&mountinfo, governor::shows_groups);
    let heard = events::listen(policy.map_or(RECEIVE_BUFFER, |policy| policy.receive_buffer));

    let mut told = configuration::findings(loaded);
    told.extend(privileges::findings());
    told.extend(Namespaces::look(proc, heard.in_first_network).findings(hierarchy.nsdelegate));
    told.extend(heard.findings(policy.is_some_and(|policy| policy.poll_only), proc));

    let root = policy.map_or(cgroup_root, |policy| policy.cgroup_root.as_deref());
    let (proc_finding, standing) = stand(&hierarchy, root);
    told.extend(hierarchy.findings(standing.cost.as_deref()));
    told.extend(standing.findings);
    if let Some(outlook) = &standing.outlook {
        let sets: Option<Vec<&Limits>> = policy.map(|policy| policy.limits().collect());
        told.extend(limits::findings(&outlook.cannot_hold, sets.as_deref()));
    }
    let state = policy.and_then(|policy| policy.state.as_ref());
    let of_root = state.filter(|_| host::is_root()).map(|keep| keep.path.as_path());
    told.extend(units::findings(Path::new("/"), of_root));
    told.extend(neighbours::findings(Path::new("/run"), policy.map(|policy| &*policy.foreign)));
    told.push(proc_finding);
    told.extend(sight::findings(proc, &mountinfo));
    if let Some(right) = right {
        told.extend(files::state(state));
        told.extend(right.settings.audit.as_ref().map(files::audit));
        told.extend(right.settings.control.as_ref().map(|control| files::control(&control.socket)));
    }
    let group = standing.group.or_else(|| Group::any_below(hierarchy.place()?));
    told.extend(features::findings(proc, group, heard.filter));
    told
}

/// The ground below our feet, where there is any: a hierarchy, and a /proc that means the same pids as we do.
fn stand(hierarchy: &Hierarchy, root: Option<&Path>) -> (Finding, Standing) {
    let governor = match Governor::new(Roots::default()) {
        Ok(governor) => governor,
        Err(error) => {
            return (catalogue::PROC.bad(format!("/proc cannot be read: {error}")), Standing::default());
        }
    };
    match governor.proc_is_ours() {
        Err(why) => (catalogue::PROC.because(&why), Standing::default()),
        Ok(()) if !hierarchy.is_mounted() => (well(), Standing::default()),
        Ok(()) => (well(), ground::look(&governor, root)),
    }
}

fn well() -> Finding {
    catalogue::PROC.good("/proc is that of our own pid namespace")
}
