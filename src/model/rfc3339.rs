//! Wall time as RFC 3339 writes it, both ways. Only UTC is written; any offset is read, for files that others wrote.
//! The civil-calendar arithmetic is the usual one on eras of 400 years with March as the first month.

use super::Wall;
use std::fmt;

const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000_000;

/// A wall time shown in UTC with a fixed number of fractional digits.
#[derive(Clone, Copy, Debug)]
pub struct Rfc3339 {
    at: Wall,
    digits: u8,
}

impl Wall {
    /// Milliseconds: `2026-08-01T12:34:56.789Z`, for people.
    pub fn millis(self) -> Rfc3339 {
        Rfc3339 { at: self, digits: 3 }
    }

    /// Nanoseconds, so that reading it back gives the same time: for files.
    pub fn exact(self) -> Rfc3339 {
        Rfc3339 { at: self, digits: 9 }
    }

    /// Whole seconds without punctuation, `20260801T123456Z`: for file names.
    pub fn compact(self) -> String {
        self.millis().to_string().chars().filter(|c| !matches!(c, '-' | ':')).take(15).chain(['Z']).collect()
    }

    /// Reads a date and time with `Z` or an offset, and any number of fractional digits. A date too far away for
    /// nanoseconds in 64 bits (Go's zero time is one) becomes the nearest time that fits.
    pub fn parse(text: &str) -> Option<Wall> {
        let b = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = b.get(from..to)?;
            digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
        };
        let mark = |at: usize, allowed: &[u8]| b.get(at).filter(|c| allowed.contains(c)).map(|_| ());
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        mark(4, b"-").and(mark(7, b"-")).and(mark(10, b"Tt ")).and(mark(13, b":")).and(mark(16, b":"))?;
        // A leap second is read as the first of the next minute: there is no such second on our clock.
        if hour > 23 || minute > 59 || second > 60 || day < 1 || day > days_in(year, month)? {
            return None;
        }
        let fraction = match b.get(19) {
            Some(b'.') => b[20..].iter().take_while(|d| d.is_ascii_digit()).count().max(1) + 1,
            _ => 0,
        };
        let mut nanos = if fraction == 0 { 0 } else { number(20, 19 + fraction.min(10))? };
        nanos *= 10_i64.pow(9 - u32::try_from(fraction.saturating_sub(1).min(9)).ok()?);
        let zone = 19 + fraction;
        let offset = match (b.get(zone)?, b.len() - zone) {
            (b'Z' | b'z', 1) => 0,
            (sign @ (b'+' | b'-'), 6) => {
                let (hours, minutes) = (number(zone + 1, zone + 3)?, number(zone + 4, zone + 6)?);
                mark(zone + 3, b":")?;
                let size = hours * 3600 + minutes * 60;
                if hours > 23 || minutes > 59 {
                    return None;
                } else if *sign == b'+' {
                    size
                } else {
                    -size
                }
            }
            _ => return None,
        };
        let seconds = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
        let exact = i128::from(seconds) * i128::from(SECOND) + i128::from(nanos);
        Some(Wall(exact.clamp(i64::MIN.into(), i64::MAX.into()) as i64))
    }
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.at.0.div_euclid(SECOND), self.at.0.rem_euclid(SECOND));
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
        let within = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (within / 3600, within / 60 % 60, within % 60);
        let fraction = nanos / 10_i64.pow(9 - u32::from(self.digits));
        let width = usize::from(self.digits);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:0width$}Z")
    }
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days since 1970-01-01.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (years + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
