//! Words to the service manager, by its own protocol: a datagram that is dropped rather than waited for.

use crate::engine::effect::Notice;
use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Where to send, when a service manager listens at all.
#[derive(Debug)]
pub struct Notifier {
    to: Option<(UnixDatagram, SocketAddr)>,
    pub watchdog: Option<Duration>,
}

impl Notifier {
    /// From `NOTIFY_SOCKET` and `WATCHDOG_USEC`.
    pub fn new(socket: Option<&OsStr>, watchdog_usec: Option<&str>) -> Notifier {
        let to = socket.and_then(|name| {
            let address = match name.as_bytes().strip_prefix(b"@") {
                Some(name) => SocketAddr::from_abstract_name(name),
                None => SocketAddr::from_pathname(name),
            };
            let sender = UnixDatagram::unbound().ok()?;
            sender.set_nonblocking(true).ok()?;
            Some((sender, address.ok()?))
        });
        let watchdog = watchdog_usec.and_then(|usec| usec.parse().ok()).map(Duration::from_micros);
        Notifier { watchdog: watchdog.filter(|_| to.is_some()), to }
    }

    pub fn tell(&self, notice: Notice) {
        match notice {
            Notice::Ready => self.send("READY=1"),
            Notice::Reloading => {
                self.send(&format!("RELOADING=1\nMONOTONIC_USEC={}", super::clock::mono().0 / 1000));
            }
            Notice::Stopping => self.send("STOPPING=1"),
        }
    }

    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    fn send(&self, text: &str) {
        if let Some((sender, to)) = &self.to {
            let _ = sender.send_to_addr(text.as_bytes(), to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_reaches_the_manager_and_nobody_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::new(Some(path.as_os_str()), Some("2000000"));
        notifier.tell(Notice::Ready);
        let mut said = [0; 64];
        let length = manager.recv(&mut said).unwrap();
        assert_eq!(&said[..length], b"READY=1");
        assert_eq!(notifier.watchdog, Some(Duration::from_secs(2)));
        Notifier::new(None, Some("2000000")).tell(Notice::Ready);
    }
}
