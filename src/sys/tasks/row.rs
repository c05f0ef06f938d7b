//! A row of the program's output, and what it says in terms of /proc/PID/stat: the same ticks, the same owner, the same
//! letters. A kernel thread's name alone may differ: /proc adds to it what the thread is working on.

use super::program::WORDS;
use crate::engine::input::Sighting;
use crate::model::sample::{CpuTime, Used};
use crate::model::{Comm, Identity, Mono, Pid, StartTime};
use crate::sys::proc::Units;
use crate::sys::stat::{is_dead, is_kernel_thread};
use std::time::Duration;

pub(super) const LENGTH: usize = WORDS * 8;

#[derive(Clone, Copy, Debug)]
pub(super) struct Row([u64; WORDS]);

impl Row {
    pub(super) fn parse(bytes: &[u8; LENGTH]) -> Row {
        let (words, _) = bytes.as_chunks::<8>();
        Row(std::array::from_fn(|at| u64::from_ne_bytes(words[at])))
    }

    pub(super) fn pid(&self) -> Pid {
        Pid(self.0[0] as u32)
    }

    /// `None` where other threads live: what they have used is not in the row.
    pub(super) fn sighting(&self, units: Units, asleep: Duration) -> Option<Sighting> {
        let told = self.told(units, asleep);
        (told.used.threads == 1).then_some(told)
    }

    /// All but the processor time is right however many threads there are.
    pub(super) fn told(&self, units: Units, asleep: Duration) -> Sighting {
        // In the order of the program's fields.
        let [
            pid,
            born,
            ppid,
            uid,
            flags,
            state,
            exit_state,
            threads,
            threads_ended,
            thread,
            user,
            system,
            file,
            anonymous,
            shared,
            stack,
            name @ ..,
            at,
        ] = self.0;
        let name: [u8; 16] = name.map(u64::to_ne_bytes).as_flattened().try_into().unwrap_or_default();
        let kernel_thread = is_kernel_thread(flags as u32);
        let state = letter(state as u32 | exit_state as u32);
        // The kernel's counters are spread over processors: the sum of one may be below zero for a moment.
        let pages =
            [file, anonymous, shared].into_iter().map(|count| count.cast_signed().max(0).cast_unsigned());
        Sighting {
            identity: Identity { pid: Pid(pid as u32), start: StartTime(born / units.nanos_in_a_tick) },
            ppid: Pid(ppid as u32),
            uid: if kernel_thread { 0 } else { uid as u32 },
            comm: Comm::new(name.split(|&b| b == 0).next().unwrap_or_default()),
            exec_mark: if kernel_thread { 0 } else { stack },
            kernel_thread,
            zombie: is_dead(state) && threads <= 1,
            // When it was read: it may have waited since.
            age: (Duration::from_nanos(at) + asleep).saturating_sub(Duration::from_nanos(born)),
            used: Used {
                cpu: CpuTime(threads_ended + thread),
                reaped: CpuTime(user + system),
                resident: if kernel_thread { 0 } else { pages.sum::<u64>() * units.page_size },
                threads: threads as u32,
                state,
                io: None,
            },
            read_at: Mono(at),
        }
    }
}

/// As /proc derives it: the highest of the bits that are reported, and one kind of sleep that is called idle.
fn letter(state: u32) -> u8 {
    const SLEEPS_DEEPLY: u32 = 0x2;
    const IS_NO_LOAD: u32 = 0x400;
    const WAITS_FOR_A_LOCK: u32 = 0x1000;
    if state & (SLEEPS_DEEPLY | IS_NO_LOAD) == SLEEPS_DEEPLY | IS_NO_LOAD {
        return b'I';
    }
    if state & WAITS_FOR_A_LOCK != 0 {
        return b'D';
    }
    let reported = state & 0x7f;
    b"RSDTtXZP"[reported.checked_ilog2().map_or(0, |bit| bit as usize + 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_letters_of_proc() {
        let letters = [0, 0x1, 0x2, 0x4, 0x8, 0x10, 0x20, 0x40, 0x402, 0x102, 0x80 | 0x20, 0x1000, 0x2001];
        assert_eq!(letters.map(letter), *b"RSDTtXZPIDZDS");
    }
}
