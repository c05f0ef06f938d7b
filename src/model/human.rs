//! Durations as a person says them.

use std::fmt;
use std::time::Duration;

/// A duration as a person says it: two units at most, cut and never rounded up, so that nothing is said to have
/// taken longer than it did. `310µs`, `1.2s`, `3h12m`.
#[derive(Clone, Copy, Debug)]
pub struct Human(pub Duration);

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0.as_secs(), u64::from(self.0.subsec_micros()));
        match seconds {
            0 if self.0.is_zero() => f.write_str("0s"),
            0 if micros == 0 => write!(f, "{}ns", self.0.subsec_nanos()),
            0 if micros < 1000 => write!(f, "{micros}µs"),
            0 => tenths(f, micros / 100, "ms"),
            1..60 => tenths(f, seconds * 10 + micros / 100_000, "s"),
            60..3600 => pair(f, seconds, 60, "m", "s"),
            3600..86_400 => pair(f, seconds / 60, 60, "h", "m"),
            _ => pair(f, seconds / 3600, 24, "d", "h"),
        }
    }
}

fn tenths(f: &mut fmt::Formatter<'_>, tenths: u64, unit: &str) -> fmt::Result {
    match tenths % 10 {
        0 => write!(f, "{}{unit}", tenths / 10),
        rest => write!(f, "{}.{rest}{unit}", tenths / 10),
    }
}

fn pair(
    f: &mut fmt::Formatter<'_>,
    small: u64,
    per_large: u64,
    large_unit: &str,
    small_unit: &str,
) -> fmt::Result {
    write!(f, "{}{large_unit}", small / per_large)?;
    match small % per_large {
        0 => Ok(()),
        rest => write!(f, "{rest}{small_unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_people_say_them() {
        for (micros, shown) in [
            (0, "0s"),
            (310, "310µs"),
            (1_000, "1ms"),
            (12_399, "12.3ms"),
            (1_200_000, "1.2s"),
            (59_999_999, "59.9s"),
            (5_000_000, "5s"),
            (60_000_000, "1m"),
            (192_000_000, "3m12s"),
            (11_520_000_000, "3h12m"),
            (200_000_000_000, "2d7h"),
        ] {
            assert_eq!(Human(Duration::from_micros(micros)).to_string(), shown);
        }
        assert_eq!(Human(Duration::from_nanos(420)).to_string(), "420ns");
    }
}
