//! Whole numbers, and numbers with a unit behind them.

use crate::config::problem::quoted;
use crate::config::read::Word;

/// Percent of one core; zero is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuQuota(pub u32);

impl Word for CpuQuota {
    const KIND: &'static str = "percent of one core, like 200";

    fn parse(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').unwrap_or(text);
        whole(percent, 0, u32::MAX)
            .map(CpuQuota)
            .map_err(|why| format!("{why}; 200 is two cores, 0 is no limit"))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// 1..=10000; zero is the kernel's default of 100.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuWeight(pub u32);

impl CpuWeight {
    pub fn or_usual(self) -> u32 {
        if self.0 == 0 { 100 } else { self.0 }
    }
}

impl Word for CpuWeight {
    const KIND: &'static str = "a number from 1 to 10000";
    const NEVER_QUOTED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        whole(text, 0, 10_000)
            .map(CpuWeight)
            .map_err(|why| format!("{why}; 1 to 10000, or 0 for the usual 100"))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A count within bounds: its type, what it is and an example, the bounds and their words.
macro_rules! count {
    ($(#[$about:meta])* $name:ident, $kind:literal, $least:literal to $most:literal) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name(pub u32);

        impl Word for $name {
            const KIND: &'static str = $kind;
            const NEVER_QUOTED: bool = true;

            fn parse(text: &str) -> Result<Self, String> {
                let bounds = concat!($least, " to ", $most);
                whole(text, $least, $most).map($name).map_err(|why| format!("{why}; {bounds}"))
            }

            fn show(&self) -> String {
                self.0.to_string()
            }
        }
    };
}

count!(
    /// How many times again; zero is never.
    Attempts, "a number of attempts, like 3", 0 to 1000
);
count!(
    /// How many in a row mean something.
    Failures, "a number of failures, like 3", 1 to 1000
);
count!(
    /// Of how many jobs each has metrics of its own.
    JobSeries, "a number of jobs, like 200", 0 to 10000
);
count!(
    /// Of how many processes samples are kept.
    Processes, "a number of processes, like 10000", 1 to 4194304
);
count!(
    /// How many processes a list of the greatest has; zero is no list.
    TopSize, "a number of processes, like 50", 0 to 1000
);
count!(
    /// How many old files are kept.
    Kept, "a number of files, like 5", 0 to 1000
);

/// A whole number within bounds, and why not.
pub(super) fn whole(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let shown = quoted(text);
    if text.strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok()) {
        return Err(format!("{shown} is negative"));
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("{shown} is not a whole number"));
    }
    // 010 is eight to one reader and ten to another.
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!("{shown} begins with a zero; write it without"));
    }
    text.parse().ok().filter(|n| (least..=most).contains(n)).ok_or_else(|| format!("{shown} is out of range"))
}

/// `number`, which may have a fraction, times `unit`; what is below one is cut off. A number too
/// large for us stays too large for everybody: it ends at the largest there is.
pub(super) fn scaled(number: &str, unit: u64) -> Result<u64, &'static str> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.is_empty() && fraction.is_empty() {
        return Err("is not a number with a unit");
    }
    // Eighteen digits are finer than any unit has parts.
    let fraction = &fraction[..fraction.len().min(18)];
    let part = format!("0{fraction}").parse::<u128>().unwrap_or(0) * u128::from(unit);
    let part = part / 10_u128.pow(fraction.len() as u32);
    let whole = format!("0{whole}").parse().unwrap_or(u64::MAX);
    Ok(whole.saturating_mul(unit).saturating_add(part as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_and_weights() {
        for (text, percent) in [("200", 200), ("250%", 250), ("0", 0), ("4294967295", u32::MAX)] {
            assert_eq!(CpuQuota::parse(text), Ok(CpuQuota(percent)));
        }
        for (text, why) in [
            ("-1", "negative"),
            ("-0.5%", "negative"),
            ("1.5", "not a whole number"),
            ("two", "not a whole number"),
            ("", "not a whole number"),
            ("%", "not a whole number"),
            ("0x10", "not a whole number"),
            ("010", "begins with a zero"),
            ("4294967296", "out of range"),
        ] {
            let said = CpuQuota::parse(text).unwrap_err();
            assert!(said.contains(why) && said.contains("two cores"), "{text}: {said}");
        }
        assert_eq!(CpuWeight::parse("10000"), Ok(CpuWeight(10_000)));
        assert!(CpuWeight::parse("20000").unwrap_err().contains("1 to 10000"));
        assert!(Attempts::parse("1001").unwrap_err().contains("out of range"));
    }

    #[test]
    fn a_fraction_of_a_unit() {
        assert_eq!(scaled("1.5", 1024), Ok(1536));
        assert_eq!(scaled("0.999999999999999999999999", 10), Ok(9));
        assert_eq!(scaled("18446744073709551615", 1), Ok(u64::MAX));
        assert_eq!(scaled("99999999999999999999.5", 1024), Ok(u64::MAX));
        assert_eq!(scaled("1e3", 1), Err("is not a number with a unit"));
    }
}
