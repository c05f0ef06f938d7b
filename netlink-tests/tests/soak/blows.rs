//! What befalls the service: stopped, made deaf, killed, killed while it starts, told to end, told another policy.

use super::targets::COMMANDS;
use netlink_tests::bench::chance::Chance;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Blow {
    /// SIGSTOP for a moment.
    Stop,
    /// SIGSTOP until the kernel has dropped events.
    Deafen,
    /// Another policy, good or bad.
    Reload,
    ReloadNonsense,
    /// SIGKILL, a moment without a service, and a start.
    Kill,
    /// The same, and the start is killed, too.
    KillTwice,
    /// SIGTERM and a start.
    Restart,
}

/// In a life that is to be long nobody is killed.
const MILD: [Blow; 6] =
    [Blow::Stop, Blow::Stop, Blow::Deafen, Blow::Reload, Blow::Reload, Blow::ReloadNonsense];
const HARD: [Blow; 4] = [Blow::Kill, Blow::Kill, Blow::KillTwice, Blow::Restart];

impl Blow {
    pub(super) fn by(chance: &mut Chance, may_kill: bool) -> Blow {
        let hard = may_kill && chance.of(0..2) == 0;
        chance.one(if hard { &HARD[..] } else { &MILD[..] })
    }
}

/// Both commands, mostly.
pub(super) fn policy(chance: &mut Chance) -> (&'static [&'static str], u64) {
    let governed = if chance.of(0..3) == 0 { &COMMANDS[..1] } else { &COMMANDS[..] };
    (governed, chance.of(1..9) * 50)
}
