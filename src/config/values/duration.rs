//! Durations: "500ms", "10s", "1.5h", "1h30m". A bare number is refused: nobody can tell seconds from milliseconds.

use super::number::scaled;
use crate::config::problem::quoted;
use crate::config::read::Word;
use std::time::Duration;

const EXAMPLES: &str = "durations are written \"10s\", \"500ms\" or \"1h30m\"";

/// From the largest to the smallest, in nanoseconds. `d` comes last, as it is read but not written.
const UNITS: [(&str, u64); 8] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
    ("µs", 1_000),
    ("d", 86_400_000_000_000),
];

/// How often something is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval(pub Duration);

impl Interval {
    const SHORTEST: Duration = Duration::from_millis(10);
}

impl Word for Interval {
    const KIND: &'static str = "a duration, like \"10s\"";

    fn parse(text: &str) -> Result<Self, String> {
        match parse(text)? {
            short if short < Self::SHORTEST => {
                Err(format!("{} is too short; at least \"10ms\"", quoted(text)))
            }
            interval => Ok(Interval(interval)),
        }
    }

    fn show(&self) -> String {
        Runtime(self.0).show()
    }
}

/// A bound on how long a process has run; zero is no bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Runtime(pub Duration);

impl Word for Runtime {
    const KIND: &'static str = Interval::KIND;

    fn parse(text: &str) -> Result<Self, String> {
        parse(text).map(Runtime)
    }

    fn show(&self) -> String {
        let mut rest = u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX);
        let mut shown = String::new();
        for (unit, size) in &UNITS[..6] {
            if rest >= *size {
                shown += &format!("{}{unit}", rest / size);
                rest %= size;
            }
        }
        if shown.is_empty() { "0s".into() } else { shown }
    }
}

fn parse(text: &str) -> Result<Duration, String> {
    let shown = quoted(text);
    if text.starts_with('-') {
        return Err(format!("{shown} is negative; {EXAMPLES}"));
    }
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(format!("{shown} has no unit; write \"{text}s\" for seconds ({EXAMPLES})"));
    }
    let mut nanos: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after, |c| !c.is_ascii_digit() && c != '.');
        let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("{shown} is not a duration; {EXAMPLES}"));
        };
        let part = scaled(number, *size).map_err(|why| format!("{shown} {why}; {EXAMPLES}"))?;
        // The same bound as Go's, and short enough to be added to any clock.
        let sum = nanos.checked_add(part).filter(|sum| *sum <= i64::MAX as u64);
        nanos = sum.ok_or_else(|| format!("{shown} is too long; at most 292 years"))?;
        rest = after;
    }
    Ok(Duration::from_nanos(nanos))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, nanos) in [
            ("500ms", 500_000_000),
            ("10s", 10_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("0s", 0),
            (".5s", 500_000_000),
            ("2d", 172_800_000_000_000),
            ("10µs", 10_000),
            ("1.0000000001s", 1_000_000_000),
        ] {
            assert_eq!(Runtime::parse(text), Ok(Runtime(Duration::from_nanos(nanos))), "{text}");
        }
    }

    #[test]
    fn each_wrong_duration_says_why_and_what_to_write() {
        for (text, why) in [
            ("10", "no unit; write \"10s\""),
            ("0", "no unit"),
            ("1.5", "no unit"),
            ("inf", "not a duration"),
            ("1e3", "not a duration"),
            ("-5s", "negative"),
            ("abc", "not a duration"),
            ("10 s", "not a duration"),
            ("10S", "not a duration"),
            ("s", "not a number"),
            ("1.2.3s", "not a number"),
            (".s", "not a number"),
            ("1s30", "not a duration"),
            ("300y", "not a duration"),
            ("9999999999h", "292 years"),
            ("99999999999999999999999s", "292 years"),
        ] {
            let said = Runtime::parse(text).unwrap_err();
            assert!(said.contains(why) && said.contains(text), "{text}: {said}");
        }
    }

    #[test]
    fn nothing_is_done_more_often_than_is_sane() {
        assert!(Interval::parse("0s").unwrap_err().contains("10ms"));
        assert!(Interval::parse("9ms").is_err());
        assert!(Interval::parse("10ms").is_ok());
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_as_the_same(nanos in 0..=i64::MAX as u64) {
            let runtime = Runtime(Duration::from_nanos(nanos));
            prop_assert_eq!(Runtime::parse(&runtime.show()), Ok(runtime));
        }

        #[test]
        fn no_text_panics(text in "[0-9.a-zµ-]{0,24}|.*") {
            Runtime::parse(&text).ok();
        }
    }
}
