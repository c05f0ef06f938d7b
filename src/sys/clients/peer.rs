//! Who is at the other end of a socket of this host, as the kernel noted it when the connection was made.

use nix::sys::socket::{getsockopt, sockopt};
use std::os::fd::{AsFd, AsRawFd};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Absent where it cannot be seen from here.
    pub pid: Option<u32>,
    pub uid: u32,
    /// The groups it is in, its own first.
    pub groups: Vec<u32>,
}

/// More than a user is in anywhere; who is in more is known by the first of them.
const MOST_GROUPS: usize = 1024;

impl Peer {
    pub(super) fn of(socket: &impl AsFd) -> nix::Result<Peer> {
        let credentials = getsockopt(socket, sockopt::PeerCredentials)?;
        let mut groups = vec![credentials.gid()];
        groups.extend(further_groups(socket));
        let pid = u32::try_from(credentials.pid()).ok().filter(|&pid| pid != 0);
        Ok(Peer { pid, uid: credentials.uid(), groups })
    }
}

#[expect(unsafe_code, reason = "no crate of ours asks for SO_PEERGROUPS")]
fn further_groups(socket: &impl AsFd) -> Vec<u32> {
    let mut groups = vec![0_u32; MOST_GROUPS];
    let mut size = libc::socklen_t::try_from(size_of_val(&groups[..])).expect("a few KiB");
    // SAFETY: the pointers are to `size` bytes that we own and to `size` itself, and the descriptor is open.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERGROUPS,
            groups.as_mut_ptr().cast(),
            &raw mut size,
        )
    };
    groups.truncate(if result == 0 { size as usize / size_of::<u32>() } else { 0 });
    groups
}
