//! `io.max` has a line for each disk, by its number. All four rates of one are written at once, each disk by itself, and
//! read back as the kernel shows them: a rate that is not limited is "max", a disk without limits is not there.

use super::{Refusal, files};
use crate::model::io_max::{RATES, Rates};
use crate::model::{Amount, IoMax};
use crate::sys::disks::Disks;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::os::fd::AsFd;

const FILE: &std::ffi::CStr = c"io.max";

/// What is asked for, of the disks that this host has.
struct Asked {
    /// By number: a disk may have been named in two ways.
    rates: BTreeMap<String, Rates>,
    unknown: Vec<String>,
}

/// What can be had is had, whatever of the rest is refused; the first refusal is told.
pub(super) fn put(group: impl AsFd, amount: Option<&Amount>) -> Result<(), Refusal> {
    let standing = match standing(&group) {
        Err(Errno::NOENT) if amount.is_none() => return Ok(()), // what is not there limits nothing
        standing => standing.map_err(|errno| (Some(errno), String::new()))?,
    };
    let Asked { rates, unknown } = Asked::of(amount);
    let no_more = standing.keys().filter(|number| !rates.contains_key(*number));
    let lifted = no_more.map(|number| (number, Rates::default()));
    let changed = rates.iter().map(|(number, rates)| (number, *rates));
    let changed = changed.filter(|(number, rates)| standing.get(*number) != Some(rates));
    let write = |(number, rates): (&String, Rates)| {
        let line = line(number, rates);
        let written = files::write_to(&group, FILE, line.as_bytes());
        written.err().map(|errno| (Some(errno), format!("the value was \"{line}\"")))
    };
    let mut refused: Vec<Refusal> = lifted.chain(changed).filter_map(write).collect();
    refused
        .extend(unknown.iter().map(|disk| (Some(Errno::NODEV), format!("{disk} is no disk of this host"))));
    if let Some(first) = refused.into_iter().next() {
        return Err(first);
    }
    match drift(group, amount) {
        Some((held, asked)) => Err((None, format!("\"{asked}\" was written, \"{held}\" is held"))),
        None => Ok(()),
    }
}

pub(super) fn read(group: impl AsFd) -> Option<Amount> {
    let disks = named(&standing(group).ok()?);
    (!disks.is_empty()).then(|| Amount::Words(disks.to_string().into()))
}

/// What stands and what should, where these differ.
pub(super) fn drift(group: impl AsFd, amount: Option<&Amount>) -> Option<(String, String)> {
    let (standing, asked) = (standing(group).ok()?, Asked::of(amount).rates);
    let shown = |rates| Some(named(rates).to_string()).filter(|text| !text.is_empty());
    let shown = |rates| shown(rates).unwrap_or_else(|| "none".into());
    (standing != asked).then(|| (shown(&standing), shown(&asked)))
}

impl Asked {
    fn of(amount: Option<&Amount>) -> Asked {
        let io_max = amount.and_then(|amount| IoMax::parse(&amount.to_string())).unwrap_or_default();
        let mut asked = Asked { rates: BTreeMap::new(), unknown: Vec::new() };
        for (name, rates) in io_max.iter() {
            match Disks::default().named(name) {
                Some(disk) => {
                    let known: &mut Rates = asked.rates.entry(disk.number).or_default();
                    *known = known.tighter(rates);
                }
                None => asked.unknown.push(name.to_string()),
            }
        }
        asked
    }
}

fn standing(group: impl AsFd) -> Result<BTreeMap<String, Rates>, Errno> {
    let text = files::read_all(group, FILE)?;
    Ok(parse(&String::from_utf8_lossy(&text)))
}

/// A line that cannot be understood limits nothing that we know of.
fn parse(text: &str) -> BTreeMap<String, Rates> {
    let disk = |line: &str| {
        let (number, said) = line.split_once(' ')?;
        let said = |name: &str| said.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        Some((number.to_owned(), Rates(RATES.map(|name| said(name)?.parse().ok()))))
    };
    text.lines().filter_map(disk).filter(|(_, rates)| !rates.is_none()).collect()
}

fn line(number: &str, rates: Rates) -> String {
    let said = |rate: Option<u64>| rate.map_or_else(|| "max".to_owned(), |rate| rate.to_string());
    let rates = RATES.iter().zip(rates.0).map(|(name, rate)| format!(" {name}={}", said(rate)));
    number.to_owned() + &rates.collect::<String>()
}

/// By the names of the disks; what has gone limits nothing.
fn named(rates: &BTreeMap<String, Rates>) -> IoMax {
    let name = |number: &str| Disks::default().numbered(number).map(|disk| disk.name);
    rates.iter().filter_map(|(number, rates)| Some((name(number)?, *rates))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_the_kernel_writes_them() {
        let text = "254:0 rbps=max wbps=1048576 riops=max wiops=100\n8:16 rbps=5 wbps=max riops=max wiops=max\nwhat\n";
        let lines = parse(text);
        assert_eq!(lines["254:0"], Rates([None, Some(1_048_576), None, Some(100)]));
        assert_eq!(line("254:0", lines["254:0"]), text.lines().next().expect("a line"));
        assert_eq!(lines.keys().collect::<Vec<_>>(), ["254:0", "8:16"]);
        assert_eq!(line("8:16", Rates::default()), "8:16 rbps=max wbps=max riops=max wiops=max");
    }

    #[test]
    fn a_disk_that_is_not_there_is_told_and_limits_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let dir = files::open_folder(rustix::fs::CWD, folder.path()).expect("opened");
        assert_eq!(put(&dir, None), Ok(()), "without the file there is nothing to take away");
        std::fs::write(folder.path().join("io.max"), "").expect("written");
        let amount = Amount::Words("/dev/no-such-disk:rbps=5".into());
        let refused = put(&dir, Some(&amount)).expect_err("no disk");
        assert_eq!(refused, (Some(Errno::NODEV), "/dev/no-such-disk is no disk of this host".into()));
        assert_eq!((read(&dir), drift(&dir, Some(&amount))), (None, None));
    }
}
