//! One line of `/proc/PID/stat`, parsed without allocating. The name in it is the process's own choice and may hold
//! any byte, `)` and newlines included, so everything behind it is counted from the last `)`.

use crate::model::{Pid, StartTime};

/// What the rest of the program asks of the line; times in clock ticks, `rss` in pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stat<'a> {
    pub pid: Pid,
    pub comm: &'a [u8],
    pub state: u8,
    pub ppid: Pid,
    pub flags: u32,
    pub utime: u64,
    pub stime: u64,
    /// Of children that have ended and were waited for.
    pub cutime: u64,
    pub cstime: u64,
    /// Of the thread whose line it is.
    pub nice: i64,
    pub num_threads: u64,
    pub starttime: StartTime,
    pub rss: u64,
    /// Zero where we may not ptrace the process, and for kernel threads.
    pub startstack: u64,
}

/// The flag of tasks that live in the kernel alone.
const PF_EXITING: u32 = 0x4;
const PF_KTHREAD: u32 = 0x0020_0000;

impl Stat<'_> {
    pub fn is_kernel_thread(&self) -> bool {
        is_kernel_thread(self.flags)
    }

    /// Its last thread is on its way out and has left its cgroup; it is not dead yet.
    pub fn is_ending(&self) -> bool {
        self.flags & PF_EXITING != 0 && self.num_threads <= 1
    }

    /// Ended, whether or not its parent has taken notice.
    pub fn is_dead(&self) -> bool {
        is_dead(self.state)
    }
}

pub(super) fn is_kernel_thread(flags: u32) -> bool {
    flags & PF_KTHREAD != 0
}

pub(super) fn is_dead(state: u8) -> bool {
    matches!(state, b'Z' | b'X' | b'x')
}

/// `None` for anything but a whole line, a cut one included: a number that lost its tail is a wrong number.
pub fn parse(bytes: &[u8]) -> Option<Stat<'_>> {
    let open = bytes.iter().position(|&b| b == b'(')?;
    let close = bytes.iter().rposition(|&b| b == b')')?;
    let pid = number(bytes.get(..open)?.strip_suffix(b" ")?)?;
    let comm = bytes.get(open + 1..close)?;
    let mut fields = Fields(bytes.get(close + 1..)?.strip_prefix(b" ")?);
    // Numbered as in proc_pid_stat(5): the state is field 3.
    let &[state] = fields.next()? else { return None };
    let ppid = number(fields.next()?)?;
    let flags = number(fields.nth(9 - 5)?)?;
    let utime = number(fields.nth(14 - 10)?)?;
    let stime = number(fields.next()?)?;
    let cutime = number(fields.next()?)?;
    let cstime = number(fields.next()?)?;
    let nice = signed(fields.nth(19 - 18)?)?;
    let num_threads = number(fields.next()?)?;
    let starttime = number(fields.nth(22 - 21)?)?;
    let rss = number(fields.nth(24 - 23)?)?;
    let startstack = number(fields.nth(28 - 25)?)?;
    fields.next()?;
    Some(Stat {
        pid: Pid(u32::try_from(pid).ok()?),
        comm,
        state,
        ppid: Pid(u32::try_from(ppid).ok()?),
        flags: u32::try_from(flags).ok()?,
        utime,
        stime,
        cutime,
        cstime,
        nice,
        num_threads,
        starttime: StartTime(starttime),
        rss,
        startstack,
    })
}

/// The fields behind the name. `split` of the standard library looks at every byte twice on this path.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|&b| b == b' ' || b == b'\n').unwrap_or(self.0.len());
        let (field, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        (!field.is_empty()).then_some(field)
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for &digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (!digits.is_empty()).then_some(value)
}

fn signed(digits: &[u8]) -> Option<i64> {
    let (sign, digits) = digits.strip_prefix(b"-").map_or((1, digits), |digits| (-1, digits));
    Some(sign * i64::try_from(number(digits)?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAIL: &str = "S 4000 4242 4000 34816 4242 4194304 1130 0 0 0 17 5 170 50 10 -10 3 0 812345 9850880 1024 \
        18446744073709551615 94 95 140727 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    fn line(comm: &[u8]) -> Vec<u8> {
        [b"4242 (", comm, b") ", TAIL.as_bytes()].concat()
    }

    #[test]
    fn every_field_is_taken_from_its_place() {
        let line = line(b"ffmpeg");
        let stat = parse(&line).expect("a whole line");
        assert_eq!(
            stat,
            Stat {
                pid: Pid(4242),
                comm: b"ffmpeg",
                state: b'S',
                ppid: Pid(4000),
                flags: 0x0040_0000,
                utime: 17,
                stime: 5,
                cutime: 170,
                cstime: 50,
                nice: -10,
                num_threads: 3,
                starttime: StartTime(812_345),
                rss: 1024,
                startstack: 140_727,
            }
        );
        assert!(!stat.is_kernel_thread() && !stat.is_dead() && !stat.is_ending());
        assert!(Stat { flags: 0x0040_0004, num_threads: 1, ..stat }.is_ending());
    }

    #[test]
    fn our_own_line_agrees_with_what_we_know() {
        let bytes = std::fs::read("/proc/self/stat").expect("/proc is mounted");
        let stat = parse(&bytes).expect("the kernel writes whole lines");
        assert_eq!(stat.pid.0, std::process::id());
        assert!(stat.starttime.0 > 0 && stat.rss > 0 && stat.startstack > 0 && stat.num_threads > 0);
    }

    #[test]
    fn a_cut_line_is_none() {
        let line = line(b"ffmpeg");
        let until_stack = line.windows(6).position(|w| w == b"140727").expect("it is there") + 6;
        for end in 0..until_stack {
            assert_eq!(parse(&line[..end]), None, "{end}");
        }
    }

    #[test]
    fn a_number_too_large_is_none() {
        let text = String::from_utf8(line(b"x")).expect("ASCII");
        assert_eq!(parse(text.replace("812345", "18446744073709551616").as_bytes()), None);
        assert_eq!(parse(text.replace("4000 4242", "4294967296 4242").as_bytes()), None);
    }

    proptest! {
        #[test]
        fn a_hostile_name_changes_nothing_else(comm in proptest::collection::vec(any::<u8>(), 0..64)) {
            let (line, plain) = (line(&comm), line(b"ffmpeg"));
            let stat = parse(&line).expect("a whole line");
            prop_assert_eq!(stat.comm, &comm[..]);
            prop_assert_eq!(Stat { comm: b"ffmpeg", ..stat }, parse(&plain).expect("a whole line"));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = parse(&bytes);
        }
    }
}
