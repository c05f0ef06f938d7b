//! Sizes as a person says them.

use std::fmt;

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// Bytes as a person says them: with a tenth where there are fewer than ten, cut and never rounded up, so that nothing is
/// said to be larger than it is. `512B`, `1.5KiB`, `40GiB`.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = self.0.checked_ilog2().unwrap_or(0) / 10;
        let (one, unit) = (1 << (10 * power), UNITS[power as usize]);
        let (whole, tenths) = (self.0 / one, self.0 % one * 10 / one);
        if whole >= 10 || tenths == 0 {
            write!(f, "{whole}{unit}")
        } else {
            write!(f, "{whole}.{tenths}{unit}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_never_say_more_than_there_is() {
        for (bytes, shown) in [
            (0, "0B"),
            (1023, "1023B"),
            (1024, "1KiB"),
            (1536, "1.5KiB"),
            ((10 << 20) - 1, "9.9MiB"),
            ((1 << 30) - 1, "1023MiB"),
            (5_000_000_000, "4.6GiB"),
            (u64::MAX, "15EiB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
    }
}
