//! Parts of something: of a processor, of a whole, of a score.

use crate::config::problem::quoted;
use crate::config::read::Word;

/// Percent of one core, with a fraction.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CorePercent(pub f64);

impl Word for CorePercent {
    const KIND: &'static str = "percent of one core, like 0.75";

    fn parse(text: &str) -> Result<Self, String> {
        let percent = decimal(text.strip_suffix('%').unwrap_or(text))
            .filter(|percent| (0.01..=100_000.0).contains(percent))
            .ok_or_else(|| format!("{} is no such share; 0.01 to 100000, 100 is one core", quoted(text)))?;
        Ok(CorePercent(percent))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// From nothing to all of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Fraction(pub f64);

impl Word for Fraction {
    const KIND: &'static str = "a number from 0 to 1, like 0.7";
    const NEVER_QUOTED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        let part = decimal(text).filter(|part| (0.0..=1.0).contains(part));
        part.map(Fraction).ok_or_else(|| format!("{} is not a number from 0 to 1", quoted(text)))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// Digits with at most one point: what `f64` reads besides, `inf` and `1e3`, is nothing a person writes here.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_core() {
        for (text, percent) in [("0.75", 0.75), ("0.75%", 0.75), ("25", 25.0), ("150%", 150.0), (".5", 0.5)] {
            assert_eq!(CorePercent::parse(text), Ok(CorePercent(percent)));
        }
        for text in ["0", "-1", "inf", "NaN", "1e2", "0,75", "1.2.3", "", "%", ".", "100001"] {
            assert!(CorePercent::parse(text).unwrap_err().contains("100 is one core"), "{text}");
        }
    }

    #[test]
    fn fractions() {
        for (text, part) in [("0", 0.0), ("1", 1.0), ("0.7", 0.7), ("1.0", 1.0)] {
            assert_eq!(Fraction::parse(text), Ok(Fraction(part)));
        }
        for text in ["1.01", "-0.1", "70%", "inf", ""] {
            assert!(Fraction::parse(text).unwrap_err().contains("from 0 to 1"), "{text}");
        }
    }
}
