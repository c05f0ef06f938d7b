//! A list of processors, as the kernel writes it: `0-3,7`.

use std::fmt;
use std::ops::RangeInclusive;

/// More than any kernel is built for.
const MOST: u32 = 8192;

/// Ranges in order, neither touching nor overlapping; at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cpus(Vec<RangeInclusive<u32>>);

impl Cpus {
    /// `None` for what is no such list.
    pub fn parse(text: &str) -> Option<Cpus> {
        let mut ranges = text.split(',').map(|part| range(part.trim())).collect::<Option<Vec<_>>>()?;
        ranges.sort_by_key(|range| *range.start());
        let mut merged: Vec<RangeInclusive<u32>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut().filter(|last| *range.start() <= last.end() + 1) {
                Some(last) => *last = *last.start()..=*last.end().max(range.end()),
                None => merged.push(range),
            }
        }
        Some(Cpus(merged))
    }

    pub fn last(&self) -> u32 {
        self.0.last().map_or(0, |range| *range.end())
    }

    /// Those of both; `None` where there are none.
    pub fn common(&self, others: &Cpus) -> Option<Cpus> {
        let of = |range: &RangeInclusive<u32>| {
            let (first, last) = (*range.start(), *range.end());
            let common = others.0.iter().map(move |other| first.max(*other.start())..=last.min(*other.end()));
            common.filter(|range| !range.is_empty()).collect::<Vec<_>>()
        };
        let common: Vec<_> = self.0.iter().flat_map(of).collect();
        (!common.is_empty()).then_some(Cpus(common))
    }

    pub fn contains(&self, others: &Cpus) -> bool {
        let within = |other: &RangeInclusive<u32>| {
            self.0.iter().any(|range| range.contains(other.start()) && range.contains(other.end()))
        };
        others.0.iter().all(within)
    }
}

fn range(text: &str) -> Option<RangeInclusive<u32>> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|&n: &u32| digits && n < MOST)
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    (first <= last).then_some(first..=last)
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for range in &self.0 {
            match range.start() == range.end() {
                true => write!(f, "{gap}{}", range.start())?,
                false => write!(f, "{gap}{}-{}", range.start(), range.end())?,
            }
            gap = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_brought_to_the_kernel_s_own_form() {
        for (text, shown) in [("0", "0"), ("3,0-1,2", "0-3"), ("7, 0-2,2-5", "0-5,7"), ("1,1", "1")] {
            assert_eq!(Cpus::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", ",", "1-", "-1", "3-1", "a", "1,,2", "+1", "8192", "0x1"] {
            assert_eq!(Cpus::parse(text), None, "{text}");
        }
    }

    #[test]
    fn one_list_contains_another() {
        let list = |text| Cpus::parse(text).unwrap();
        assert!(list("0-3,7").contains(&list("1-2,7")) && list("0-3").contains(&list("0-3")));
        assert!(!list("0-3").contains(&list("3-4")) && !list("0,2").contains(&list("0-2")));
        assert_eq!(list("0-3,7").last(), 7);
        assert_eq!(list("0-3,6-9").common(&list("2-7,9")), Some(list("2-3,6-7,9")));
        assert_eq!(list("0-1").common(&list("2")), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back_as_the_same(text in "[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}){0,4}") {
            if let Some(cpus) = Cpus::parse(&text) {
                prop_assert_eq!(Cpus::parse(&cpus.to_string()), Some(cpus));
            }
        }
    }
}
