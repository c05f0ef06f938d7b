//! Amounts as a person reads them.

use std::fmt::{self, Display, Formatter};

pub(super) const UNKNOWN: &str = "–";

/// Cores that are busy, in the unit of `cpu_quota`.
pub(super) fn percent(cores: f64) -> String {
    format!("{:.0} %", cores * 100.0)
}

/// What is not known yet, or not to be known here, has its own sign.
pub(super) fn or_unknown(amount: Option<impl Display>) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), |amount| amount.to_string())
}

/// Bytes, cut to a tenth of the greatest unit of which there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes(pub(super) u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let Some((power, unit)) = (1..).zip(units).take_while(|(power, _)| self.0 >> (10 * power) > 0).last()
        else {
            return write!(f, "{} B", self.0);
        };
        let one = 1 << (10 * power);
        match (self.0 % one) * 10 / one {
            0 => write!(f, "{} {unit}", self.0 / one),
            tenths => write!(f, "{}.{tenths} {unit}", self.0 / one),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_people_read_them() {
        for (bytes, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1 << 30, "1 GiB"),
            ((5 << 30) / 4, "1.2 GiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), shown);
        }
    }
}
