//! Whether systemd runs the service, and settings of its two units under which it could not do its work; each with the
//! file that has it, a drop-in mostly.

use super::catalogue as known;
use super::finding::{Finding, Topic};
use super::protected;
use super::unit_file::{Setting, Unit};
use std::path::Path;

const WATCH: &str = "ffrtmp-watch.service";
const JOBS: &str = "ffrtmp-jobs.service";
const HIERARCHY: &str = "/sys/fs/cgroup";

/// Switches of the first unit that must stay off, and what each does.
const OFF: [(&str, &Topic, &str); 8] = [
    ("ProtectControlGroups", known::UNIT_CGROUPS, "cgroups can only be read"),
    ("PrivateUsers", known::UNIT_NAMESPACES, "its capabilities do not count for the host"),
    ("PrivatePIDs", known::UNIT_NAMESPACES, "it sees no process but its own"),
    ("PrivateNetwork", known::UNIT_NETWORK, "the kernel sends it no process events"),
    ("NetworkNamespacePath", known::UNIT_NETWORK, "the kernel sends it no process events"),
    ("DynamicUser", known::UNIT_USER, "it runs as an ordinary user"),
    ("ProcSubset", known::UNIT_PROC, "the boot id is hidden: jobs of an earlier run are not known again"),
    ("User", known::UNIT_USER, "it runs as an ordinary user"),
];

/// Limits of the second unit hold for all jobs together.
const CAPS: [&str; 6] = ["MemoryMax", "MemoryHigh", "MemorySwapMax", "CPUQuota", "AllowedCPUs", "TasksMax"];

/// `top`: the root folder. `state`: the state file of a service that is run by root.
pub(super) fn findings(top: &Path, state: Option<&Path>) -> Vec<Finding> {
    if !top.join("run/systemd/system").exists() {
        return vec![
            known::SYSTEMD.fact("systemd does not run here: jobs live in a group of our own at the top"),
        ];
    }
    let mut told = vec![known::SYSTEMD.good("systemd runs here")];
    for name in [WATCH, JOBS] {
        match Unit::read(top, name) {
            None => told.push(known::UNIT.mild(format!("{name} is not installed"))),
            Some(Unit { masked: true, path, .. }) => {
                told.push(known::UNIT_MASKED.bad(format!("{name} is masked by {}", path.display())));
            }
            Some(unit) => {
                told.push(known::UNIT.good(format!("{name} is {}", unit.path.display())));
                told.extend(if name == WATCH { watch(&unit, state) } else { jobs(&unit) });
            }
        }
    }
    told
}

fn watch(unit: &Unit, state: Option<&Path>) -> Vec<Finding> {
    let set = |key| unit.last(key).filter(|setting| setting.is_set());
    let mut told: Vec<Finding> =
        OFF.into_iter().filter_map(|(key, topic, effect)| Some(bad(topic, set(key)?, effect))).collect();
    told.extend(
        unit.forbids("RestrictAddressFamilies", "AF_NETLINK").map(|setting| {
            bad(known::UNIT_NETWORK, setting, "without AF_NETLINK there are no process events")
        }),
    );
    for (name, topic) in [
        ("CAP_DAC_OVERRIDE", known::UNIT_CAPABILITIES),
        ("CAP_SYS_PTRACE", known::UNIT_CAPABILITIES),
        ("CAP_SYS_ADMIN", known::UNIT_CAPABILITIES),
        ("CAP_NET_ADMIN", known::UNIT_CAPABILITIES),
    ] {
        let taken = unit.forbids("CapabilityBoundingSet", name);
        told.extend(taken.map(|setting| bad(topic, setting, &format!("without {name}"))));
    }
    // Who may trace all sees all.
    let sees_all = unit.forbids("CapabilityBoundingSet", "CAP_SYS_PTRACE").is_none() && set("User").is_none();
    let hides = set("ProtectProc").filter(|setting| setting.value != "default" && !sees_all);
    told.extend(hides.map(|setting| bad(known::UNIT_PROC, setting, "processes of others are hidden")));
    told.extend(
        protected::folder(unit, Path::new(HIERARCHY))
            .map(|setting| bad(known::UNIT_CGROUPS, setting, "cgroups can only be read")),
    );
    told.extend(state.and_then(|state| Some((state, protected::file(unit, state)?))).map(
        |(state, setting)| {
            bad(known::UNIT_READ_ONLY, setting, &format!("{} can only be read", state.display()))
        },
    ));
    told
}

fn jobs(unit: &Unit) -> Vec<Finding> {
    let mut told = Vec::new();
    if !unit.last("Delegate").is_some_and(Setting::is_set) {
        told.push(known::JOBS_DELEGATE.bad(format!("{JOBS} has no Delegate=yes")));
    }
    let mode = unit.last("KillMode").map_or("control-group", |setting| setting.value.as_str());
    if !["process", "none"].contains(&mode) {
        told.push(known::JOBS_KILL_MODE.bad(format!("{JOBS} has KillMode={mode}")));
    }
    let caps = CAPS.into_iter().filter_map(|key| unit.last(key));
    let caps = caps.filter(|setting| !["", "infinity"].contains(&setting.value.as_str()));
    told.extend(caps.map(|setting| bad(known::JOBS_CAPPED, setting, "holds for all jobs together")));
    if unit.last("TasksMax").is_none() {
        told.push(known::JOBS_CAPPED.bad(format!(
            "{JOBS} has no TasksMax=infinity: DefaultTasksMax holds for the threads of all jobs together"
        )));
    }
    told
}

fn bad(topic: &'static Topic, setting: &Setting, effect: &str) -> Finding {
    topic.bad(format!("{}={}: {effect}", setting.key, setting.value)).at(&setting.place)
}

#[cfg(test)]
mod tests;
