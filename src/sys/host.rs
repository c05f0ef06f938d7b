//! What configuration asks of this host: its size, its users, and the bytes of the file. Read at start and at reload.

use super::disks::Disks;
use super::{governor, resting};
use crate::config::host::Groups;
use crate::config::{self, Accounts, Capacity, Flags, Host, Loaded, Problem, Sources, load};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// More than any configuration, so that the reader of the file can say that it is too long.
const MOST_BYTES: u64 = 2 << 20;

/// Reads the file, if one is named, and makes a configuration of everything that was said.
pub fn configure(file: Option<&str>, flags: &Flags) -> Result<Loaded, Vec<Problem>> {
    let bytes = match file.map(|name| (name, resting::read(Path::new(name)))) {
        None => None,
        Some((name, Ok(bytes))) => Some((name, bytes)),
        Some((name, Err(e))) => return Err(vec![Problem::unreadable(name, &e.to_string())]),
    };
    let host = Host {
        root: is_root(),
        cpus: processors(),
        memory: memory(),
        pids: most_pids(),
        processors: &governor::processors,
        accounts: Accounts::from_passwd(&read_file(Path::new("/etc/passwd")).unwrap_or_default()),
        groups: Groups::from_group(&read_file(Path::new("/etc/group")).unwrap_or_default()),
        is_dir: &Path::is_dir,
        disk: &|path| Disks::default().holding(path).map(|disk| disk.name),
    };
    load(Sources {
        file: bytes.as_ref().map(|(name, bytes)| config::File { name, bytes }),
        flags,
        environment: &variable,
        host: &host,
    })
}

/// For jobs below this root.
pub fn capacity(cgroup_root: Option<&Path>) -> Capacity {
    let processors_of_jobs = governor::processors(cgroup_root);
    Capacity { cpus: processors(), memory: memory(), pids: most_pids(), processors: processors_of_jobs }
}

fn processors() -> Option<u32> {
    std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok())
}

/// A variable of the environment; an empty one is unset.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

pub fn boot_id() -> String {
    let id = read_file(Path::new("/proc/sys/kernel/random/boot_id")).unwrap_or_default();
    String::from_utf8_lossy(&id).trim().to_owned()
}

/// As many descriptors as we may have: one is held for each governed process.
pub fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    read_open(&open_file(path)?)
}

/// A plain file; anything else, a FIFO for instance, would keep us waiting.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    Ok(file)
}

pub(super) fn read_open(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn most_pids() -> Option<u32> {
    let text = read_file(Path::new("/proc/sys/kernel/pid_max")).ok()?;
    String::from_utf8(text).ok()?.trim().parse().ok()
}

pub(super) fn memory() -> Option<u64> {
    let info = rustix::system::sysinfo();
    info.totalram.checked_mul(u64::from(info.mem_unit))
}
