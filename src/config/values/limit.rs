//! Limits that are neither a share of a processor nor a size.

use super::number::whole;
use super::size::Memory;
use crate::config::problem::quoted;
use crate::config::read::Word;
use crate::model::cpus::Cpus;

/// The processors a job may run on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CpuList(pub Cpus);

impl Word for CpuList {
    const KIND: &'static str = "processors, like \"0-3,7\"";

    fn parse(text: &str) -> Result<Self, String> {
        let cpus = Cpus::parse(text);
        cpus.map(CpuList).ok_or_else(|| format!("{} is no list of processors; write \"0-3,7\"", quoted(text)))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// Bytes of swap; `None` is all there is. Zero is none of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Swap(pub Option<u64>);

impl Word for Swap {
    const KIND: &'static str = "MiB as a number, a size like \"4GiB\", or max";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Swap(None));
        }
        Memory::parse(text)
            .map(|memory| Swap(Some(memory.0)))
            .map_err(|why| why.replace("0 is no limit", "0 is no swap at all, max no limit"))
    }

    fn show(&self) -> String {
        self.0.map_or_else(|| "max".into(), |bytes| Memory(bytes).show())
    }
}

/// Processes and threads; zero is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pids(pub u32);

impl Word for Pids {
    const KIND: &'static str = "a number of processes, like 500";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Pids(0));
        }
        whole(text, 0, 4 << 20).map(Pids).map_err(|why| format!("{why}; 1 to 4194304, or max"))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// -20 is served first, 19 last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nice(pub i32);

impl Word for Nice {
    const KIND: &'static str = "a number from -20 to 19";
    const NEVER_QUOTED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        between(text, -20, 19).map(Nice)
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// -1000 is never killed for want of memory, 1000 first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OomScoreAdj(pub i32);

impl Word for OomScoreAdj {
    const KIND: &'static str = "a number from -1000 to 1000";
    const NEVER_QUOTED: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        between(text, -1000, 1000).map(OomScoreAdj)
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A whole number that may be below zero.
fn between(text: &str, least: i32, most: i32) -> Result<i32, String> {
    let below = text.strip_prefix('-');
    let size = whole(below.unwrap_or(text), 0, i32::MAX.unsigned_abs());
    let number = size.map(|size| if below.is_some() { -(size as i32) } else { size as i32 });
    let within = number.ok().filter(|number| (least..=most).contains(number));
    within.ok_or_else(|| format!("{} is not a whole number from {least} to {most}", quoted(text)))
}

/// Hundredths of a percent of a processor's capacity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Clamp(pub u32);

impl Clamp {
    pub const FULL: Clamp = Clamp(10_000);
}

impl Word for Clamp {
    const KIND: &'static str = "percent of a processor's capacity, like 50";

    fn parse(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Clamp::FULL);
        }
        let wrong = || format!("{} is no percentage; 0 to 100, with two decimals at most", quoted(text));
        let percent = text.strip_suffix('%').unwrap_or(text);
        let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(wrong());
        }
        let hundredths = format!("{whole}{part:0<2}").parse().ok().filter(|&n| n <= Clamp::FULL.0);
        hundredths.map(Clamp).ok_or_else(wrong)
    }

    fn show(&self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swap_may_be_none_and_may_be_all() {
        for (text, swap) in [("max", None), ("0", Some(0)), ("64", Some(64 << 20)), ("1GiB", Some(1 << 30))] {
            assert_eq!(Swap::parse(text), Ok(Swap(swap)));
            assert_eq!(Swap::parse(&Swap(swap).show()), Ok(Swap(swap)));
        }
        assert!(Swap::parse("9999999999").unwrap_err().contains("0 is no swap at all"));
    }

    #[test]
    fn clamps_have_two_decimals() {
        for (text, shown) in
            [("50", "50.00"), ("12.5%", "12.50"), ("0", "0.00"), ("max", "100.00"), ("100", "100.00")]
        {
            assert_eq!(Clamp::parse(text).unwrap().show(), shown);
        }
        for text in ["", "%", ".5", "101", "-1", "1.234", "1e1", "100.01"] {
            assert!(Clamp::parse(text).unwrap_err().contains("0 to 100"), "{text}");
        }
    }

    #[test]
    fn what_every_process_has_may_be_below_zero() {
        for (text, nice) in [("-20", -20), ("19", 19), ("0", 0), ("-0", 0)] {
            assert_eq!(Nice::parse(text), Ok(Nice(nice)));
        }
        for text in ["", "-", "--1", "20", "-21", "+1", "1.5", "99999999999"] {
            assert!(Nice::parse(text).unwrap_err().contains("from -20 to 19"), "{text}");
        }
        assert_eq!(OomScoreAdj::parse("-1000"), Ok(OomScoreAdj(-1000)));
        assert!(OomScoreAdj::parse("1001").unwrap_err().contains("from -1000 to 1000"));
    }

    #[test]
    fn pids_and_processors() {
        assert_eq!((Pids::parse("500"), Pids::parse("max")), (Ok(Pids(500)), Ok(Pids(0))));
        assert!(Pids::parse("many").unwrap_err().contains("or max"));
        assert_eq!(CpuList::parse("3,0-1").unwrap().show(), "0-1,3");
        assert!(CpuList::parse("all").unwrap_err().contains("\"0-3,7\""));
    }
}
