//! A socket that listens. One of the file system appears with its permissions, never before them, replaces a dead one of
//! its name, and takes its name away when it is closed.

use super::peer::Peer;
use super::stream::Stream;
use crate::config::Address;
use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
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
            Door::Tcp(listener) => Ok((Stream::Tcp(listener.accept()?.0), None)),
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
}

fn tcp(address: SocketAddr) -> io::Result<Door> {
    Ok(Door::Tcp(TcpListener::bind(address)?))
}

fn unix(path: &Path, mode: u32) -> io::Result<Door> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let fresh = path.with_file_name(name);
    let _ = fs::remove_file(&fresh);
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(&fresh)?)?;
    let ready = fs::set_permissions(&fresh, Permissions::from_mode(mode))
        .and_then(|()| Ok(rustix::net::listen(&socket, BACKLOG)?))
        .and_then(|()| fs::metadata(&fresh))
        .and_then(|made| fs::rename(&fresh, path).map(|()| (made.dev(), made.ino())));
    let inode = ready.inspect_err(|_| drop(fs::remove_file(&fresh)))?;
    let listener = UnixListener::from_std(socket.into());
    Ok(Door::Unix { listener, path: path.into(), inode })
}

/// Makes the folder, and finds out whether what bears the name is dead.
fn make_way(path: &Path) -> Result<(), String> {
    if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
        fs::create_dir(folder).map_err(|e| format!("its folder cannot be made: {e}"))?;
    }
    let Ok(there) = fs::symlink_metadata(path) else { return Ok(()) };
    if !there.file_type().is_socket() {
        return Err("what bears that name is no socket, and stays".into());
    }
    match UnixStream::connect(path) {
        Ok(_) => Err("another process answers there".into()),
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => Ok(()),
        Err(e) => Err(format!("what bears that name cannot be told from a living socket: {e}")),
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Door::Unix { path, inode, .. } = self
            && fs::symlink_metadata(&*path).is_ok_and(|there| (there.dev(), there.ino()) == *inode)
        {
            let _ = fs::remove_file(&*path);
        }
    }
}
