//! A socket that listens. One of the file system never has wider permissions than it is to have, takes the place of a
//! dead one of its name and of nothing else, and takes its name away when it is closed.

use super::peer::Peer;
use super::stream::Stream;
use crate::config::Address;
use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const BACKLOG: i32 = 128;

#[derive(Debug)]
pub(super) enum Door {
    Tcp(TcpListener),
    Unix { listener: UnixListener, path: PathBuf, inode: (u64, u64) },
}

impl Door {
    /// `mode` is that of a socket in the file system.
    pub(super) fn open(address: &Address, mode: u32) -> Result<Door, String> {
        match address {
            Address::Tcp(address) => tcp(*address).map_err(|e| e.to_string()),
            Address::Unix(path) => {
                make_way(path)?;
                unix(path, mode).map_err(|e| e.to_string())
            }
        }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        match self {
            Door::Tcp(listener) => registry.register(listener, token, Interest::READABLE),
            Door::Unix { listener, .. } => registry.register(listener, token, Interest::READABLE),
        }
    }

    /// A guest, and who it is if the kernel can tell.
    pub(super) fn accept(&self) -> io::Result<(Stream, Option<Peer>)> {
        match self {
            Door::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                // Answers go out whole; the kernel need not wait for more.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), None))
            }
            Door::Unix { listener, .. } => {
                let (stream, _) = listener.accept()?;
                let peer = Peer::of(&stream).ok();
                Ok((Stream::Unix(stream), peer))
            }
        }
    }

    pub(super) fn port(&self) -> Option<SocketAddr> {
        match self {
            Door::Tcp(listener) => listener.local_addr().ok(),
            Door::Unix { .. } => None,
        }
    }

    /// Whether its name still leads to it.
    pub(super) fn stands(&self) -> bool {
        match self {
            Door::Tcp(_) => true,
            Door::Unix { path, inode, .. } => named(path).is_ok_and(|there| there == *inode),
        }
    }

    /// For one that stands. Where that fails it is gone, which whoever looks after it finds out.
    pub(super) fn set_mode(&self, mode: u32) {
        if let Door::Unix { path, .. } = self
            && self.stands()
        {
            let _ = fs::set_permissions(path, Permissions::from_mode(mode));
        }
    }
}

fn tcp(address: SocketAddr) -> io::Result<Door> {
    Ok(Door::Tcp(TcpListener::bind(address)?))
}

/// The kernel takes over the permissions that a socket has before it gets its name, less what the umask forbids.
fn unix(path: &Path, mode: u32) -> io::Result<Door> {
    let socket = socket()?;
    rustix::fs::fchmod(&socket, Mode::from_raw_mode(mode))?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    let ready = fs::set_permissions(path, Permissions::from_mode(mode))
        .and_then(|()| Ok(rustix::net::listen(&socket, BACKLOG)?))
        .and_then(|()| named(path));
    let inode = ready.inspect_err(|_| drop(fs::remove_file(path)))?;
    Ok(Door::Unix { listener: UnixListener::from_std(socket.into()), path: path.into(), inode })
}

fn socket() -> rustix::io::Result<OwnedFd> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
}

/// Makes the folder, and removes what bears the name if it is a dead socket.
fn make_way(path: &Path) -> Result<(), String> {
    if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
        fs::create_dir(folder).map_err(|e| format!("its folder cannot be made: {e}"))?;
    }
    let Ok(there) = fs::symlink_metadata(path) else { return Ok(()) };
    if !there.file_type().is_socket() {
        return Err("what bears that name is no socket, and stays".into());
    }
    // One whose queue is full is alive, though it may be standing still: nobody waits for it here.
    let knocked = socket().and_then(|own| rustix::net::connect(&own, &SocketAddrUnix::new(path)?));
    match knocked {
        Ok(()) | Err(Errno::AGAIN) => Err("another process answers there".into()),
        Err(Errno::CONNREFUSED) => {
            fs::remove_file(path).map_err(|e| format!("a dead socket bears that name, and stays: {e}"))
        }
        Err(e) => Err(format!("what bears that name cannot be told from a living socket: {e}")),
    }
}

/// Which file bears a name.
fn named(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|there| (there.dev(), there.ino()))
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Door::Unix { path, .. } = &*self
            && self.stands()
        {
            let _ = fs::remove_file(path);
        }
    }
}
