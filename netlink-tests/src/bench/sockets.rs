//! Another process's sockets, looked at from outside, by way of its pidfd.

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockaddrLike, SockaddrStorage, getsockname, getsockopt, sockopt};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::os::fd::{AsRawFd, OwnedFd};

/// NETLINK_CONNECTOR.
const CONNECTOR: i32 = 11;

/// The error that waits at its event socket, and waits there no more. `None` when there is none.
pub fn error_of_the_connector(pid: u32) -> Option<Errno> {
    let error = getsockopt(&connector(pid), sockopt::SocketError).expect("SO_ERROR");
    (error != 0).then(|| Errno::from_raw(error))
}

fn connector(pid: u32) -> OwnedFd {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a pid");
    let process = pidfd_open(pid, PidfdFlags::empty()).expect("pidfd_open");
    let numbers = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its descriptors").flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_connector = |fd: &OwnedFd| {
        getsockname::<SockaddrStorage>(fd.as_raw_fd())
            .is_ok_and(|a| a.family() == Some(AddressFamily::Netlink))
            && rustix::net::sockopt::socket_protocol(fd)
                .is_ok_and(|p| p.is_some_and(|p| p.as_raw().get().cast_signed() == CONNECTOR))
    };
    numbers
        .filter_map(|number| pidfd_getfd(&process, number, PidfdGetfdFlags::empty()).ok())
        .find(is_connector)
        .expect("its event socket")
}
