//! Who may ask, and who may command: two rights. Root and the service's own user have both; everybody else has what the
//! configuration gives.

use crate::config::ControlSettings;
use crate::sys::clients::Peer;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Right {
    None,
    Ask,
    Command,
}

#[derive(Clone, Debug)]
pub struct Rights {
    own: u32,
    settings: ControlSettings,
}

impl Rights {
    /// `own`: the user that the service runs as.
    pub fn new(own: u32, settings: ControlSettings) -> Rights {
        Rights { own, settings }
    }

    /// One whom the kernel did not name has none.
    pub fn of(&self, peer: Option<&Peer>) -> Right {
        let Some(peer) = peer else { return Right::None };
        let ControlSettings { groups, readers, operators, .. } = &self.settings;
        match () {
            () if peer.uid == 0 || peer.uid == self.own || operators.contains(&peer.uid) => Right::Command,
            () if readers.contains(&peer.uid) || peer.groups.iter().any(|gid| groups.contains(gid)) => {
                Right::Ask
            }
            () => Right::None,
        }
    }

    /// Permissions of the socket: where only root and the own user may come, the kernel itself keeps others out.
    pub fn mode(&self) -> u32 {
        let ControlSettings { groups, readers, operators, .. } = &self.settings;
        if groups.is_empty() && readers.is_empty() && operators.is_empty() { 0o600 } else { 0o666 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(groups: &[u32], readers: &[u32], operators: &[u32]) -> Rights {
        let set = |ids: &[u32]| ids.iter().copied().collect();
        let socket = "/run/x".into();
        let settings =
            ControlSettings { socket, groups: set(groups), readers: set(readers), operators: set(operators) };
        Rights::new(500, settings)
    }

    #[test]
    fn nobody_is_let_in_who_is_not_named() {
        let who = |uid, groups: &[u32]| Peer { pid: None, uid, groups: groups.into() };
        let closed = rights(&[], &[], &[]);
        assert_eq!(closed.of(Some(&who(0, &[0]))), Right::Command);
        assert_eq!(closed.of(Some(&who(500, &[500]))), Right::Command);
        assert_eq!(closed.of(Some(&who(1000, &[0]))), Right::None);
        assert_eq!((closed.of(None), closed.mode()), (Right::None, 0o600));

        let open = rights(&[44], &[1000], &[1001]);
        assert_eq!(open.of(Some(&who(1000, &[1000]))), Right::Ask);
        assert_eq!(open.of(Some(&who(1001, &[1001]))), Right::Command);
        assert_eq!(open.of(Some(&who(1002, &[1002, 44]))), Right::Ask);
        assert_eq!(open.of(Some(&who(1002, &[1002]))), Right::None);
        assert_eq!((open.of(None), open.mode()), (Right::None, 0o666));
    }
}
