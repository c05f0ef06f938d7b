//! Everything the check can have to say, with the remedy for each. docs/operations.md has the same table.

use super::finding::{Area, Kind, Topic};

macro_rules! catalogue {
    ($($name:ident: $area:ident $worst:ident $slug:literal $remedy:literal;)*) => {
        $(pub(super) const $name: &Topic = &Topic {
            area: Area::$area, name: $slug, worst: Kind::$worst, remedy: $remedy,
        };)*
        /// All of them, in the order of the output.
        pub const ALL: &[&Topic] = &[$($name),*];
    };
}

catalogue! {
    CONFIG: Configuration Note "config" "mend the errors first";
    CONFIG_ERROR: Configuration Error "config-error" "mend the line that is named; docs/configuration.md has every key";
    CONFIG_WARNING: Configuration Warning "config-warning" "mend the line that is named, or leave it so knowingly";

    USER: Privileges Warning "user" "run it as root (sudo)";
    DAC_OVERRIDE: Privileges Warning "cap-dac-override" "grant CAP_DAC_OVERRIDE (CapabilityBoundingSet=, AmbientCapabilities=)";
    SYS_PTRACE: Privileges Warning "cap-sys-ptrace" "grant CAP_SYS_PTRACE";
    SYS_ADMIN: Privileges Warning "cap-sys-admin" "grant CAP_SYS_ADMIN";
    NET_ADMIN: Privileges Note "cap-net-admin" "grant CAP_NET_ADMIN";
    SYS_NICE: Privileges Note "cap-sys-nice" "grant CAP_SYS_NICE";
    SYS_RESOURCE: Privileges Note "cap-sys-resource" "grant CAP_SYS_RESOURCE";

    PID_NAMESPACE: Namespaces Warning "pid-namespace" "run it in the host's (hostPID, --pid=host)";
    USER_NAMESPACE: Namespaces Warning "user-namespace" "run it in the host's (no rootless container, no PrivateUsers=)";
    NET_NAMESPACE: Namespaces Warning "net-namespace" "run it in the host's (hostNetwork, --network=host, no PrivateNetwork=)";
    CGROUP_NAMESPACE: Namespaces Warning "cgroup-namespace" "run it in the host's (--cgroupns=host)";

    EVENTS: Events Warning "events" "accept polling and lower scan_interval";
    EVENT_BUFFER: Events Warning "event-buffer" "grant CAP_NET_ADMIN, or raise net.core.rmem_max to events.buffer (sysctl -w)";

    CGROUP2: Cgroup Error "cgroup2" "mount it: mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd.unified_cgroup_hierarchy=1";
    CGROUP1: Cgroup Note "cgroup1" "boot with systemd.unified_cgroup_hierarchy=1 (or cgroup_no_v1=all)";
    NSDELEGATE: Cgroup Note "nsdelegate" "";
    FAVORDYNMODS: Cgroup Note "favordynmods" "if that is too slow: cgroup.favor_dynmods: on; forks and exits of the whole host get dearer, and from 6.18 on only a reboot takes it back";
    ROOT: Cgroup Error "root" "name another cgroup.root";
    JOBS_UNIT: Cgroup Warning "jobs-unit" "systemctl start ffrtmp-jobs.service, then start ffrtmp-watch.service again";
    ROOT_OWNER: Cgroup Note "root-owner" "a second service needs a --cgroup-root of its own";
    MOVES: Cgroup Error "moves" "name another cgroup.root: this one is threaded, or a group in it is";
    NOTES: Cgroup Warning "notes" "use Linux 5.7 or newer";

    LIMITS: Limits Note "limits" "";
    LIMIT_V1: Limits Warning "limit-v1" "boot with systemd.unified_cgroup_hierarchy=1 (or cgroup_no_v1=all)";
    LIMIT_DELEGATION: Limits Warning "limit-delegation" "hand the controller down: Delegate=yes in the unit, or a writable cgroup namespace in the container";
    LIMIT_REFUSED: Limits Warning "limit-refused" "move the processes that live in that group to a leaf, or name another cgroup.root";
    LIMIT_SWITCHED_OFF: Limits Warning "limit-switched-off" "take cgroup_disable= from the kernel's command line";
    LIMIT_SHARES: Limits Warning "limit-shares" "choose bfq for the disk (modprobe bfq; echo bfq > /sys/block/DISK/queue/scheduler) or enable iocost, then restart the service";
    LIMIT_KERNEL: Limits Warning "limit-kernel" "use a kernel that was built with this controller";
    LIMIT_PROGRAMS: Limits Warning "limit-programs" "run it as root with CAP_SYS_ADMIN and CAP_NET_ADMIN, allow the system call bpf, or use a newer kernel";

    SYSTEMD: Systemd Note "systemd" "";
    UNIT: Systemd Note "unit" "install the units: make install, systemctl daemon-reload";
    UNIT_MASKED: Systemd Warning "unit-masked" "systemctl unmask it";
    UNIT_CGROUPS: Systemd Error "unit-cgroups" "take the setting out (systemctl edit): the service must write to /sys/fs/cgroup";
    UNIT_NAMESPACES: Systemd Error "unit-namespaces" "take the setting out (systemctl edit): the service must be outside every user and pid namespace";
    UNIT_NETWORK: Systemd Warning "unit-network" "take the setting out, or add AF_NETLINK (systemctl edit): else it polls";
    UNIT_PROC: Systemd Warning "unit-proc" "take the setting out (systemctl edit): the service must see all of /proc";
    UNIT_USER: Systemd Warning "unit-user" "take the setting out (systemctl edit): the service is made to run as root";
    UNIT_CAPABILITIES: Systemd Warning "unit-capabilities" "let CapabilityBoundingSet= have it (systemctl edit)";
    UNIT_READ_ONLY: Systemd Warning "unit-read-only" "name the folder in ReadWritePaths= (systemctl edit)";
    JOBS_DELEGATE: Systemd Warning "jobs-delegate" "set Delegate=yes, or systemd moves and limits in there as it likes";
    JOBS_KILL_MODE: Systemd Warning "jobs-kill-mode" "set KillMode=process, or the end of that unit is the end of all jobs";
    JOBS_CAPPED: Systemd Warning "jobs-capped" "take the setting out: it limits all jobs together";
    UNIT_STOPS: Systemd Warning "unit-stops" "run it as root, and let it open /run/systemd/private";
    FOREIGN: Systemd Note "foreign" "";

    PROC: Paths Error "proc" "give it the /proc of its own pid namespace";
    PROC_HIDDEN: Paths Warning "proc-hidden" "mount -o remount,hidepid=0 /proc, or grant CAP_SYS_PTRACE";
    PROC_LINKS: Paths Warning "proc-links" "take the program out of the sandbox (Landlock, SELinux, AppArmor, a user namespace) that forbids it";
    STATE: Paths Warning "state" "give state.path a folder the service may write to";
    STATE_FILE: Paths Warning "state-file" "move the file away, or run the release that wrote it";
    STATE_OWNER: Paths Note "state-owner" "a second service needs a --state-path of its own";
    AUDIT: Paths Warning "audit" "give audit.path a plain file, in a folder that exists and that the service may write to";
    CONTROL: Paths Warning "control-socket" "give control.socket a folder the service may write to";

    KERNEL: Kernel Note "kernel" "";
    PIDFD: Kernel Warning "pidfd" "use Linux 5.3 or newer";
    PIDFD_POLL: Kernel Warning "pidfd-poll" "use Linux 5.3 or newer";
    PIDFD_INFO: Kernel Note "pidfd-info" "use Linux 6.13 or newer";
    SOCKET_FILTER: Kernel Warning "socket-filter" "allow SO_ATTACH_FILTER (the seccomp policy)";
    CGROUP_KILL: Kernel Note "cgroup-kill" "use Linux 5.14 or newer";
    CGROUP_FREEZE: Kernel Note "cgroup-freeze" "use Linux 5.2 or newer";
    MEMORY_PEAK: Kernel Note "memory-peak" "use Linux 5.19 or newer";
    PRESSURE: Kernel Note "pressure" "boot with psi=1, on a kernel with CONFIG_PSI";
    TASKS: Kernel Note "task-iterator" "use Linux 6.1 or newer with CONFIG_DEBUG_INFO_BTF; grant CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE, and allow bpf (the seccomp policy)";
    BORN_INSIDE: Kernel Note "clone-into-cgroup" "use Linux 5.7 or newer, and allow clone3 (the seccomp policy)";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_areas_stand_together() {
        let mut names: Vec<&str> = ALL.iter().map(|topic| topic.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(ALL.is_sorted_by_key(|topic| topic.area));
    }

    #[test]
    fn whatever_may_go_wrong_has_a_remedy() {
        for topic in ALL.iter().filter(|topic| topic.worst > Kind::Note) {
            assert!(!topic.remedy.is_empty(), "{}", topic.name);
        }
    }
}
