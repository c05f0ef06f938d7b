//! The files in which a group tells what it has used, parsed as bytes. Pure; what is not there, or is no number, is none.

use std::time::Duration;

/// The number behind a key at the beginning of a line: cpu.stat, memory.events.
pub(super) fn keyed(text: &[u8], key: &[u8]) -> Option<u64> {
    let mut lines = text.split(|&b| b == b'\n');
    lines.find_map(|line| number(line.strip_prefix(key)?.strip_prefix(b" ")?))
}

/// A file that is one number: memory.current.
pub(super) fn single(text: &[u8]) -> Option<u64> {
    number(text.trim_ascii_end())
}

/// The time in a line of a pressure file, which begins with `some` or `full`.
pub(super) fn pressure(text: &[u8], share: &[u8]) -> Option<Duration> {
    let mut lines = text.split(|&b| b == b'\n');
    let line = lines.find_map(|line| line.strip_prefix(share)?.strip_prefix(b" "))?;
    value(line, b"total=").map(Duration::from_micros)
}

/// Bytes of all devices together, under one name of io.stat.
pub(super) fn over_devices(text: &[u8], name: &[u8]) -> u64 {
    let lines = text.split(|&b| b == b'\n');
    lines.filter_map(|line| value(line, name)).fold(0, u64::saturating_add)
}

fn value(line: &[u8], name: &[u8]) -> Option<u64> {
    line.split(|&b| b == b' ').find_map(|word| number(word.strip_prefix(name)?))
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CPU: &[u8] = b"usage_usec 1500000\nuser_usec 1\nnr_throttled 7\nthrottled_usec 250000\n";
    const PRESSURE: &[u8] = b"some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\n\
                              full avg10=0.00 avg60=0.00 avg300=0.00 total=99\n";

    #[test]
    fn a_number_is_found_by_its_whole_key() {
        assert_eq!((keyed(CPU, b"usage_usec"), keyed(CPU, b"nr_throttled")), (Some(1_500_000), Some(7)));
        assert_eq!((keyed(CPU, b"usage"), keyed(CPU, b"nr_bursts"), keyed(b"", b"x")), (None, None, None));
        assert_eq!((single(b"4096\n"), single(b"max\n"), single(b"")), (Some(4096), None, None));
    }

    #[test]
    fn pressure_is_the_total_of_its_line() {
        assert_eq!(pressure(PRESSURE, b"some"), Some(Duration::from_micros(1234)));
        assert_eq!(pressure(PRESSURE, b"full"), Some(Duration::from_micros(99)));
        assert_eq!(pressure(b"some avg10=0.00\n", b"some"), None);
    }

    #[test]
    fn bytes_are_added_up_over_devices() {
        let text = b"8:0 rbytes=100 wbytes=20 rios=1\n253:0 rbytes=11 wbytes=2\n7:0 \n";
        assert_eq!((over_devices(text, b"rbytes="), over_devices(text, b"wbytes=")), (111, 22));
        assert_eq!(over_devices(b"", b"rbytes="), 0);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(text: Vec<u8>) {
            let _ = (keyed(&text, b"a"), single(&text), pressure(&text, b"some"), over_devices(&text, b"="));
        }
    }
}
