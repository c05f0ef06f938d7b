//! Who we are, and the capabilities that the service makes use of. Those it has no use for are not asked for.

use super::catalogue as known;
use super::finding::{Finding, Topic};
use rustix::process::{Uid, geteuid};
use rustix::thread::{CapabilitySet, capabilities};

/// With what goes wrong without each.
const USED: [(CapabilitySet, &Topic, &str, &str); 6] = [
    (
        CapabilitySet::DAC_OVERRIDE,
        known::DAC_OVERRIDE,
        "CAP_DAC_OVERRIDE",
        "groups and files that belong to others cannot be written to",
    ),
    (
        CapabilitySet::SYS_PTRACE,
        known::SYS_PTRACE,
        "CAP_SYS_PTRACE",
        "executable and folder of other users' processes cannot be read: targets are known by argv[0] and comm alone; \
         allowed_dirs lets none of them pass, blocked_dirs keeps none of them out",
    ),
    (
        CapabilitySet::SYS_ADMIN,
        known::SYS_ADMIN,
        "CAP_SYS_ADMIN",
        "systemd's mark on delegated groups cannot be read: some are taken for ordinary ones",
    ),
    (
        CapabilitySet::NET_ADMIN,
        known::NET_ADMIN,
        "CAP_NET_ADMIN",
        "kernels before 6.6 give no events, and the receive buffer cannot pass net.core.rmem_max",
    ),
    (
        CapabilitySet::SYS_NICE,
        known::SYS_NICE,
        "CAP_SYS_NICE",
        "nice of other users' processes cannot be set, and none can be lowered or put back",
    ),
    (
        CapabilitySet::SYS_RESOURCE,
        known::SYS_RESOURCE,
        "CAP_SYS_RESOURCE",
        "oom_score_adj cannot be lowered or put back",
    ),
];

pub(super) fn findings() -> Vec<Finding> {
    // Those of this thread can always be read.
    let effective = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    of(geteuid(), effective)
}

pub(super) fn can_trace() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_PTRACE))
}

fn of(user: Uid, effective: CapabilitySet) -> Vec<Finding> {
    let who = match user.is_root() {
        true => known::USER.good("root"),
        false => known::USER.bad(format!(
            "uid {} is an ordinary user: what is said here holds for this user, and the service is made to run as root",
            user.as_raw()
        )),
    };
    let each = USED.into_iter().map(|(capability, topic, name, lost)| match effective.contains(capability) {
        true => topic.good(format!("{name} is effective")),
        false => topic.bad(format!("{name} is missing: {lost}")),
    });
    std::iter::once(who).chain(each).collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;

    fn told(user: Uid, effective: CapabilitySet) -> Vec<(&'static str, Kind)> {
        of(user, effective).iter().map(|finding| (finding.topic.name, finding.kind)).collect()
    }

    #[test]
    fn every_capability_is_told_by_itself() {
        use Kind::{Note, Ok, Warning};
        let names = [
            "user",
            "cap-dac-override",
            "cap-sys-ptrace",
            "cap-sys-admin",
            "cap-net-admin",
            "cap-sys-nice",
            "cap-sys-resource",
        ];
        let some = CapabilitySet::DAC_OVERRIDE | CapabilitySet::SYS_ADMIN | CapabilitySet::KILL;
        for (user, effective, kinds) in [
            (Uid::ROOT, CapabilitySet::all(), [Ok; 7]),
            (Uid::ROOT, some, [Ok, Ok, Warning, Ok, Note, Note, Note]),
            (
                Uid::from_raw(65534),
                CapabilitySet::empty(),
                [Warning, Warning, Warning, Warning, Note, Note, Note],
            ),
        ] {
            assert_eq!(told(user, effective), std::iter::zip(names, kinds).collect::<Vec<_>>());
        }
    }
}
