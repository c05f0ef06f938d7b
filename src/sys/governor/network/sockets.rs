//! Sockets that a process has open before it is moved: the kernel counts them, for good, to the group in which they were opened,
//! so what passes through them is limited by nobody.

use crate::model::Pid;
use crate::sys::governor::process::{FOLDER, Proc, path};
use rustix::fs::{Mode, RawDir, getxattr, openat};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;

/// Of one with more open files not all are looked at: it is waiting to be limited.
const MOST: usize = 1024;

/// The kernel's names of protocols that go by the Internet's addresses begin so.
const PROTOCOLS: [&str; 6] = ["TCP", "UDP", "MPTCP", "SCTP", "RAW", "PING"];

pub(in crate::sys::governor) fn open(proc: &Proc, pid: Pid) -> usize {
    let Ok(dir) = openat(&proc.dir, path(pid, "fd").c_str(), FOLDER, Mode::empty()) else { return 0 };
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(&dir, &mut buffer);
    let mut sockets = 0;
    for _ in 0..MOST {
        let Some(Ok(entry)) = entries.next() else { break };
        let Ok(number) = entry.file_name().to_str() else { continue };
        let mut name = [0; 32];
        // Of what is no socket there is no such attribute.
        let file = format!("/proc/self/fd/{}/{number}", dir.as_raw_fd());
        let length = getxattr(file, c"system.sockprotoname", &mut name[..]).unwrap_or(0);
        sockets +=
            usize::from(PROTOCOLS.iter().any(|protocol| name[..length].starts_with(protocol.as_bytes())));
    }
    sockets
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};
    use std::os::unix::net::UnixStream;
    use std::path::Path;

    #[test]
    fn sockets_of_the_internet_are_counted_and_no_others() {
        let proc = Proc::open(Path::new("/proc")).expect("/proc");
        let own = || open(&proc, proc.own);
        let _pair = UnixStream::pair().expect("a pair");
        // Other tests of this process may open some of theirs meanwhile, and close them again.
        let before = own();
        let ours: Vec<_> = (0..100).map(|_| UdpSocket::bind("127.0.0.1:0").expect("bound")).collect();
        let v6 = TcpListener::bind("[::1]:0");
        let expected = before + ours.len() + usize::from(v6.is_ok());
        assert!(own().abs_diff(expected) < 50, "{} of {expected}", own());
    }
}
