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

/// As many as most users are in, and at the most that the kernel allows.
const USUAL_GROUPS: usize = 32;
const MOST_GROUPS: usize = 65536;

impl Peer {
    pub(super) fn of(socket: &impl AsFd) -> nix::Result<Peer> {
        let credentials = getsockopt(socket, sockopt::PeerCredentials)?;
        let mut groups = vec![credentials.gid()];
        groups.extend(further_groups(socket));
        let pid = u32::try_from(credentials.pid()).ok().filter(|&pid| pid != 0);
        Ok(Peer { pid, uid: credentials.uid(), groups })
    }
}

/// The kernel tells how much room it would have needed.
fn further_groups(socket: &impl AsFd) -> Vec<u32> {
    let mut groups = vec![0; USUAL_GROUPS];
    let mut count = peer_groups(socket, &mut groups);
    if let Err(needed) = count {
        groups = vec![0; needed.min(MOST_GROUPS)];
        count = peer_groups(socket, &mut groups);
    }
    groups.truncate(count.unwrap_or(0));
    groups
}

/// How many there are; as an error where there is no room for them.
#[expect(unsafe_code, reason = "no crate of ours asks for SO_PEERGROUPS")]
fn peer_groups(socket: &impl AsFd, groups: &mut [u32]) -> Result<usize, usize> {
    let mut size = libc::socklen_t::try_from(size_of_val(groups)).expect("a few KiB");
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
    let count = size as usize / size_of::<u32>();
    if result == 0 { Ok(count) } else { Err(count) }
}
