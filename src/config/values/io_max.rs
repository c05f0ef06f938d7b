//! Limits of disks: in the file a section for each disk, elsewhere one word, `/dev/vda:rbps=50MB,wiops=100;/dev/vdb:wbps=5MiB`.
//! A disk is named by a path as it is said; which disk that is on this host is found when it is compiled.

use super::number::whole;
use super::path::Folder;
use super::rate::Rate;
use crate::config::problem::{Report, quoted};
use crate::config::read::{Field, Said, Setting, Word, entries, over};
use crate::config::yaml::{Node, Value};
use crate::model::IoMax;
use crate::model::io_max::{RATES, Rates};
use std::sync::Arc;

/// As many as fit into what the kernel and a job's note hold of them.
const MOST_DISKS: usize = 32;

const EXAMPLE: &str = "\"/dev/vda:rbps=50MB,wiops=100\"";

impl Field for Setting<IoMax> {
    fn read(node: &Node, path: &str, report: &mut Report) -> Self {
        let io_max = match &node.value {
            Value::Null => return None,
            Value::Plain(text) | Value::Quoted(text) if text.is_empty() => return None,
            Value::Plain(text) | Value::Quoted(text) => {
                one_word(text).map_err(|why| report.error(&node.place, path, why)).ok()?
            }
            Value::List(_) | Value::Map(_) => disks(node, path, report),
        };
        if io_max.len() > MOST_DISKS {
            let text = format!("{} disks; at most {MOST_DISKS}", io_max.len());
            report.error(&node.place, path, text);
        }
        Some(Said { value: io_max, key: path.into(), place: node.place.clone() })
    }

    fn over(self, below: Self, report: &mut Report) -> Self {
        over(self, below, report, |mine, theirs| mine.value == theirs.value, |said| said.value.to_string())
    }

    fn list_keys(path: &str, keys: &mut Vec<String>) {
        keys.push(path.into());
    }
}

fn disks(node: &Node, path: &str, report: &mut Report) -> IoMax {
    let mut disks = Vec::new();
    entries(node, path, &[], report, |entry, path, report| {
        match disk(&entry.key) {
            Ok(disk) => disks.push((disk, rates(&entry.node, path, report))),
            Err(why) => report.error(&entry.place, path, why),
        }
        true
    });
    disks.into_iter().collect()
}

fn rates(node: &Node, path: &str, report: &mut Report) -> Rates {
    let mut rates = Rates::default();
    entries(node, path, &RATES, report, |entry, path, report| {
        let Some(at) = RATES.iter().position(|name| *name == &*entry.key) else { return false };
        match &entry.node.value {
            Value::Null => {}
            Value::Plain(text) | Value::Quoted(text) => match rate(at, text) {
                Ok(rate) => rates.0[at] = rate,
                Err(why) => report.error(&entry.node.place, path, why),
            },
            Value::List(_) | Value::Map(_) => {
                let text = format!("expected {}, found {}", Rate::KIND, entry.node.kind());
                report.error(&entry.node.place, path, text);
            }
        }
        true
    });
    rates
}

/// As options and orders write it.
pub fn one_word(text: &str) -> Result<IoMax, String> {
    if ["max", "0"].contains(&text) {
        return Ok(IoMax::default());
    }
    let wrong = || format!("{} is no limit of disks; write {EXAMPLE}", quoted(text));
    let mut disks = Vec::new();
    for said in text.split(';') {
        let (path, said) = said.rsplit_once(':').ok_or_else(wrong)?;
        let mut rates = Rates::default();
        for said in said.split(',') {
            let (name, number) = said.split_once('=').ok_or_else(wrong)?;
            let at = RATES.iter().position(|known| *known == name.trim()).ok_or_else(|| unknown(name))?;
            rates.0[at] = rate(at, number.trim())?;
        }
        disks.push((disk(path.trim())?, rates));
    }
    Ok(disks.into_iter().collect())
}

fn unknown(name: &str) -> String {
    format!("{} is no rate; known are {}", quoted(name.trim()), RATES.join(", "))
}

/// What would tear the one text that all are written in is in no path that a disk needs.
fn disk(path: &str) -> Result<Arc<str>, String> {
    let Folder(folder) = Folder::parse(path)?;
    match path.contains(|c: char| c.is_control() || c == ';') {
        true => Err(format!("{} holds what cannot be written here; name the disk otherwise", quoted(path))),
        false => Ok(folder.display().to_string().into()),
    }
}

/// "max" and zero are no limit.
fn rate(at: usize, text: &str) -> Result<Option<u64>, String> {
    let is_bytes = RATES[at].ends_with("bps");
    let rate = match text {
        "max" => 0,
        _ if is_bytes => Rate::parse(text)?.0,
        _ => whole(text, 0, u32::MAX - 1)
            .map_err(|why| format!("{why}; operations per second are a number, or max"))?
            .into(),
    };
    Ok((rate > 0).then_some(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<String, String> {
        one_word(text).map(|io_max| io_max.to_string())
    }

    #[test]
    fn one_word_names_disks_and_rates_as_people_write_them() {
        for (text, meant) in [
            ("/dev/vda:rbps=50MB,wbps=20MiB", "/dev/vda:rbps=50000000,wbps=20971520"),
            (
                "/dev/vdb:wiops=7 ; /dev/vda: riops=100, rbps = 80Mbit",
                "/dev/vda:rbps=10000000,riops=100;/dev/vdb:wiops=7",
            ),
            ("/dev//vda/:rbps=5,wbps=max,riops=0", "/dev/vda:rbps=5"),
            ("/srv/media:rbps=1", "/srv/media:rbps=1"),
            ("/dev/disk/by-path/pci-0000:00:04.0:wbps=1", "/dev/disk/by-path/pci-0000:00:04.0:wbps=1"),
            ("/dev/vda:rbps=max", ""),
            ("max", ""),
        ] {
            assert_eq!(said(text).as_deref(), Ok(meant), "{text}");
        }
    }

    #[test]
    fn each_wrong_one_says_why() {
        for (text, why) in [
            ("/dev/vda", "write \"/dev/vda:rbps"),
            ("/dev/vda:5", "write \"/dev/vda:rbps"),
            ("/dev/vda:rbps=fast", "no rate; write bytes per second"),
            ("/dev/vda:wiops=5MB", "operations per second"),
            ("/dev/vda:wiops=4294967295", "out of range"),
            ("/dev/vda:rpbs=5", "known are rbps, wbps"),
            ("vda:rbps=5", "absolute"),
            ("/dev/../vda:rbps=5", "\"..\""),
            ("/dev/v\u{1b}da:rbps=5", "cannot be written"),
        ] {
            let told = said(text).expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
