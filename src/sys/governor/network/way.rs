//! One of the two ways, in or out: its programs, its map, and where they stand on a group. The kernel is asked each time, for
//! what an earlier run of the service attached is found nowhere else.

use super::bucket::BURST;
use crate::sys::bpf::About;
use crate::sys::bpf::instruction::Instruction;
use crate::sys::bpf::maps::{self, Words};
use crate::sys::bpf::programs::{self, Hook};
use crate::sys::clock;
use rustix::fs::fstat;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

#[derive(Debug)]
pub(super) struct Program {
    hook: Hook,
    fd: OwnedFd,
    about: About,
    /// What it gives to sockets it must be there to take back: it stays with the group, its rate none.
    stays: bool,
}

#[derive(Debug)]
pub(super) struct Way {
    pub(super) map: OwnedFd,
    pub(super) programs: Vec<Program>,
}

impl Program {
    pub(super) fn load(
        hook: Hook,
        name: &[u8; 16],
        instructions: &[Instruction],
        stays: bool,
    ) -> io::Result<Program> {
        let fd = programs::load(hook, name, instructions)?;
        let (about, _) = About::program(fd.as_fd())?;
        // So will it be found again.
        programs::by_id(about.id)?;
        Ok(Program { hook, fd, about, stays })
    }

    /// Those on a group that bear its name, of whatever version.
    fn namesakes(&self, group: BorrowedFd<'_>) -> io::Result<Vec<(OwnedFd, About, Option<u32>)>> {
        let about = |fd: OwnedFd| About::program(fd.as_fd()).ok().map(|(about, map)| (fd, about, map));
        let all = programs::attached(group, self.hook)?.into_iter().filter_map(about);
        Ok(all.filter(|(_, about, _)| about.name == self.about.name).collect())
    }
}

impl Way {
    /// Bytes per second that the group is held to; `None` also where it is held in part, or by programs of another version.
    pub(super) fn rate(&self, group: BorrowedFd<'_>) -> io::Result<Option<u64>> {
        let Some(map) = self.standing(group)? else { return Ok(None) };
        let [rate, _] = maps::get(map.as_fd(), number(group)?)?;
        Ok((rate > 0).then_some(rate))
    }

    pub(super) fn hold(&self, group: BorrowedFd<'_>, rate: u64) -> io::Result<()> {
        if let Some(map) = self.standing(group)? {
            return put(map.as_fd(), group, rate);
        }
        let mut others = Vec::new();
        for program in &self.programs {
            let there = program.namesakes(group)?;
            let (ours, old): (Vec<_>, Vec<_>) =
                there.into_iter().partition(|(_, about, _)| about.id == program.about.id);
            if ours.is_empty() {
                programs::attach(group, program.hook, program.fd.as_fd())?;
            }
            others.extend(old.into_iter().map(|(fd, ..)| (program.hook, fd)));
        }
        put(self.map.as_fd(), group, rate)?;
        // Not before the new ones hold.
        others.into_iter().try_for_each(|(hook, fd)| programs::detach(group, hook, fd.as_fd()))
    }

    /// Whether programs of another version stand there, beside ours or alone.
    pub(super) fn is_of_another_version(&self, group: BorrowedFd<'_>) -> io::Result<bool> {
        for program in &self.programs {
            if program.namesakes(group)?.iter().any(|(_, about, _)| about.tag != program.about.tag) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn lift(&self, group: BorrowedFd<'_>) -> io::Result<()> {
        for program in &self.programs {
            for (fd, _, map) in program.namesakes(group)? {
                if program.stays {
                    let map = maps::by_id(map.unwrap_or_default())?;
                    maps::put(map.as_fd(), number(group)?, Words::default())?;
                } else {
                    programs::detach(group, program.hook, fd.as_fd())?;
                }
            }
        }
        Ok(())
    }

    /// The map, where all programs of this version are there and share it.
    fn standing(&self, group: BorrowedFd<'_>) -> io::Result<Option<OwnedFd>> {
        let mut shared = None;
        for program in &self.programs {
            let there = program.namesakes(group)?;
            let [(_, about, Some(map))] = &there[..] else { return Ok(None) };
            if about.tag != program.about.tag || shared.is_some_and(|shared| shared != *map) {
                return Ok(None);
            }
            shared = Some(*map);
        }
        shared.map(maps::by_id).transpose()
    }
}

/// Who was held before goes on from where it stood: what it owes is so many bytes, and paid off as fast as it is served now.
/// Else half full: neither has a job that begins to wait, nor has it much to spend at once.
fn put(map: BorrowedFd<'_>, group: BorrowedFd<'_>, rate: u64) -> io::Result<()> {
    let number = number(group)?;
    let now = clock::mono().0;
    let paid_until = match maps::get(map, number)? {
        [before, _] if before == rate => return Ok(()),
        [0, _] => now.saturating_sub(BURST as u64 / 2),
        [before, paid_until] => paid_until.min(now) + scaled(paid_until.saturating_sub(now), before, rate),
    };
    maps::put(map, number, [rate, paid_until])
}

/// Time that was owed at one rate, at another.
fn scaled(owed: u64, before: u64, rate: u64) -> u64 {
    let scaled = u128::from(owed) * u128::from(before) / u128::from(rate.max(1));
    // An hour is as good as for ever, and overflows nothing.
    scaled.min(3_600_000_000_000) as u64
}

/// As the kernel's maps have it.
fn number(group: BorrowedFd<'_>) -> io::Result<u64> {
    Ok(fstat(group)?.st_ino)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_paid_off_at_the_new_rate() {
        let second = 1_000_000_000;
        assert_eq!(scaled(1311 * second, 50, 6_250_000), 1311 * second / 125_000);
        assert_eq!(scaled(second, 10, 5), 2 * second);
        assert_eq!((scaled(0, 7, 9), scaled(u64::MAX, u64::MAX, 1)), (0, 3600 * second));
    }
}
