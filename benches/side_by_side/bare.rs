//! The bare loop: one thread, one socket, and for each exec of the one name it knows the calls without which a process
//! cannot be put into a limited group: pidfd, mkdir, limits, cgroup.procs, read back. No table, no log, no second look,
//! no answer to an error. What the service takes longer than this is what its certainty costs.

use netlink_sys::{Socket, SocketAddr};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, readlinkat_raw};
use rustix::io::{read, write};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::fs::create_dir_all;
use std::mem::MaybeUninit;
use std::path::Path;

/// The first argument that makes this program the bare loop.
pub(crate) const WORD: &str = "bare-loop";

const LIMITS: [(&str, &[u8]); 2] = [("cpu.max", b"50000 100000"), ("memory.max", b"1073741824")];

/// Puts every process that execs `name` into a group below `root`/jobs. Until it is killed.
pub(crate) fn run(root: &str, name: &str) {
    let jobs = Path::new(root).join("jobs");
    create_dir_all(&jobs).expect("a root");
    let limits: Vec<_> = LIMITS.into_iter().filter(|(file, _)| enable(root, file)).collect();
    let mut socket = Socket::new(11).expect("a socket");
    nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::RcvBufForce, &(4 << 20)).expect("room");
    socket.bind(&SocketAddr::new(0, 1)).expect("bind");
    socket.send_to(&listen(), &SocketAddr::new(0, 0), 0).expect("LISTEN");
    println!("ready");
    let word =
        |bytes: &[u8], at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let mut datagram = [0; 4096];
    loop {
        let length = socket.recv(&mut datagram.as_mut_slice(), 0).expect("an event");
        // what, then the pid and tgid behind cpu and timestamp.
        if length >= 60 && word(&datagram, 36) == 2 {
            attach(word(&datagram, 56), name, &jobs, &limits);
        }
    }
}

/// Whether children of the root's jobs can have this limit: on hybrid hosts version 1 holds the controllers.
fn enable(root: &str, file: &str) -> bool {
    let controller = format!("+{}", file.split('.').next().expect("a name"));
    let root = Path::new(root);
    [root.parent().expect("the mount"), root, &root.join("jobs")]
        .iter()
        .all(|group| std::fs::write(group.join("cgroup.subtree_control"), &controller).is_ok())
}

fn attach(pid: u32, name: &str, jobs: &Path, limits: &[(&str, &[u8])]) {
    let mut path = [MaybeUninit::uninit(); 4096];
    let Ok((exe, _)) = readlinkat_raw(CWD, format!("/proc/{pid}/exe"), &mut path) else { return };
    if !exe.ends_with(name.as_bytes()) {
        return;
    }
    let raw = Pid::from_raw(pid.cast_signed()).expect("a pid");
    let Ok(_pidfd) = pidfd_open(raw, PidfdFlags::empty()) else { return };
    let group = jobs.join(format!("bare-{pid}"));
    rustix::fs::mkdirat(CWD, &group, Mode::from_raw_mode(0o755)).expect("a group");
    let open =
        |file: &str, flags| openat(CWD, group.join(file), flags, Mode::empty()).expect("a file of the group");
    for (file, value) in limits {
        write(open(file, OFlags::WRONLY), value).expect("a limit");
    }
    if write(open("cgroup.procs", OFlags::WRONLY), pid.to_string().as_bytes()).is_err() {
        return;
    }
    let Ok(place) = openat(CWD, format!("/proc/{pid}/cgroup"), OFlags::RDONLY, Mode::empty()) else { return };
    let mut text = [0; 4096];
    let length = read(place, &mut text).unwrap_or(0);
    let inside = text[..length].trim_ascii_end().ends_with(format!("/jobs/bare-{pid}").as_bytes());
    assert!(
        inside
            || rustix::fs::accessat(
                CWD,
                format!("/proc/{pid}"),
                rustix::fs::Access::EXISTS,
                AtFlags::empty()
            )
            .is_err()
    );
}

fn listen() -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_ne_bytes()).collect::<Vec<u8>>();
    let halves = |halves: [u16; 2]| halves.into_iter().flat_map(u16::to_ne_bytes).collect::<Vec<u8>>();
    [words(&[40]), halves([3, 0]), words(&[5, 0, 1, 1, 5, 5]), halves([4, 0]), words(&[1])].concat()
}
