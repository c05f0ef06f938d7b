//! Bytes per second: a number, a size, or bits as networks are sold, "50MBit".

use super::number::scaled;
use super::size;
use crate::config::problem::quoted;
use crate::config::read::Word;

/// Bytes per second; zero is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate(pub u64);

const BITS: [(&str, u64); 4] = [("bit", 1), ("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000)];

impl Word for Rate {
    const KIND: &'static str = "bytes per second as a number, a size like \"6MB\", or bits like \"50MBit\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Rate(0));
        }
        let rate = text.strip_suffix("/s").unwrap_or(text).trim_end();
        if rate.bytes().all(|b| b.is_ascii_digit()) && !rate.is_empty() {
            return size::parse(&format!("{rate}B")).map(Rate);
        }
        let (number, unit) = rate.split_at(rate.find(|c: char| c.is_alphabetic()).unwrap_or(rate.len()));
        match BITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) {
            Some((_, bits)) => scaled(number.trim_end(), *bits)
                .map(|bits| Rate(bits / 8))
                .map_err(|why| format!("{} {why}; bits are written \"50MBit\"", quoted(text))),
            None => size::parse(rate).map(Rate).map_err(|_| {
                format!("{} is no rate; write bytes per second, \"6MB\" or \"50MBit\"", quoted(text))
            }),
        }
    }

    fn show(&self) -> String {
        size::Memory(self.0).show()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_as_people_write_them() {
        for (text, bytes) in [
            ("6250000", 6_250_000),
            ("50MBit", 6_250_000),
            ("50 mbit/s", 6_250_000),
            ("1.5GBit", 187_500_000),
            ("6MB", 6_000_000),
            ("6MiB/s", 6 << 20),
            ("800bit", 100),
            ("0", 0),
            ("max", 0),
        ] {
            assert_eq!(Rate::parse(text), Ok(Rate(bytes)), "{text}");
        }
        for text in ["", "-1", "fast", "5M", "MBit", "1e3", "/s"] {
            let why = Rate::parse(text).unwrap_err();
            assert!(why.contains("50MBit"), "{text}: {why}");
        }
    }

    #[test]
    fn what_is_shown_is_read_again() {
        for rate in [Rate(0), Rate(1), Rate(6_250_000), Rate(6 << 20)] {
            assert_eq!(Rate::parse(&rate.show()), Ok(rate));
        }
    }
}
