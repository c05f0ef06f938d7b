//! Why the kernel gives no events: the step, the errno, and one sentence that says cause and remedy. Also whether trying
//! again later can help, which decides between retrying and staying with scans for good.

use crate::engine::input::SourceRefusal;
use std::fmt;
use std::io;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Socket,
    Buffer,
    Bind,
    Listen,
    Filter,
    Receive,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub step: Step,
    pub errno: i32,
}

impl Refusal {
    /// For `map_err`.
    pub fn at(step: Step) -> impl Fn(io::Error) -> Refusal {
        move |e| Refusal { step, errno: errno(&e) }
    }

    /// Whether the same may work in a minute, with nothing changed about how this process was started.
    pub fn may_heal(self) -> bool {
        !matches!(
            self.errno,
            libc::ECONNREFUSED
                | libc::EPERM
                | libc::EACCES
                | libc::EPROTONOSUPPORT
                | libc::EAFNOSUPPORT
                | libc::ESOCKTNOSUPPORT
        )
    }

    fn cause(self) -> Option<&'static str> {
        match (self.step, self.errno) {
            (Step::Listen, libc::ECONNREFUSED) => Some(
                "this is not the initial network namespace, where alone the kernel tells of processes; \
                 run in the host's network namespace (hostNetwork, --network=host, no PrivateNetwork=)",
            ),
            (_, libc::EPERM) => Some(
                "CAP_NET_ADMIN is missing, which kernels before 6.6 ask for; \
                 run as root outside any user namespace, or grant it (AmbientCapabilities=CAP_NET_ADMIN)",
            ),
            (Step::Socket, libc::EPROTONOSUPPORT) => Some(
                "this kernel has no process connector; use one built with CONFIG_CONNECTOR and CONFIG_PROC_EVENTS",
            ),
            (Step::Socket, libc::EAFNOSUPPORT | libc::EACCES) => Some(
                "netlink sockets are forbidden to this process; \
                 allow them (RestrictAddressFamilies=AF_NETLINK, the seccomp or SELinux policy)",
            ),
            (_, libc::EMFILE | libc::ENFILE) => {
                Some("the limit of open files is reached; raise LimitNOFILE= or fs.file-max")
            }
            (_, libc::ENOMEM | libc::ENOBUFS) => Some("the kernel is short of memory"),
            _ => None,
        }
    }
}

/// The number behind an error; EIO for the few that have none.
pub(crate) fn errno(e: &io::Error) -> i32 {
    e.raw_os_error().unwrap_or(libc::EIO)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.step {
            Step::Socket => "opening the process connector",
            Step::Buffer => "setting the connector's receive buffer",
            Step::Bind => "joining the connector's group",
            Step::Listen => "asking for process events",
            Step::Filter => "narrowing the process events",
            Step::Receive => "receiving process events",
        };
        write!(f, "{what}: {}", io::Error::from_raw_os_error(self.errno))?;
        self.cause().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for SourceRefusal {
    fn from(refusal: Refusal) -> SourceRefusal {
        SourceRefusal { why: refusal.to_string(), may_heal: refusal.may_heal() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_causes_come_with_a_remedy() {
        let says = |step, errno| Refusal { step, errno }.to_string();
        assert!(says(Step::Listen, libc::ECONNREFUSED).contains("not the initial network namespace"));
        assert!(says(Step::Bind, libc::EPERM).contains("CAP_NET_ADMIN is missing"));
        assert!(says(Step::Socket, libc::EPROTONOSUPPORT).contains("CONFIG_PROC_EVENTS"));
        assert_eq!(
            says(Step::Receive, libc::EIO),
            "receiving process events: Input/output error (os error 5)"
        );
    }

    #[test]
    fn what_a_namespace_forbids_does_not_heal() {
        let heals = |step, errno| Refusal { step, errno }.may_heal();
        assert!(!heals(Step::Listen, libc::ECONNREFUSED) && !heals(Step::Bind, libc::EPERM));
        assert!(heals(Step::Socket, libc::EMFILE) && heals(Step::Receive, libc::EIO));
    }
}
