//! Text → memory. Two passes: the version decides whether the rest is understood, then each piece is read by itself.

use crate::model::state::{Memory, Released, Remembered, Statistics};
use crate::model::{Identity, JobId, Pid, StartTime, Wall};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The major version whose meaning is known here.
const MAJOR: u64 = 1;

/// Pieces that were left out are named, up to this many.
const NAMED: usize = 8;

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decoded {
    pub memory: Memory,
    /// What could not be read, a clause each: it is missing from the memory.
    pub left_out: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Not a whole document of ours.
    Damaged(String),
    /// Written by a later release, in a form that is not known here.
    Newer(String),
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    version: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    boot_id: Option<&'a RawValue>,
    #[serde(borrow)]
    last_scan_at: Option<&'a RawValue>,
    #[serde(borrow)]
    processes: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(borrow)]
    released: Option<&'a RawValue>,
    #[serde(borrow)]
    statistics: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry {
    pid: Option<u32>,
    start_time: Option<u64>,
    job_id: String,
    command: String,
    cgroup: Option<String>,
    origin_cgroup: Option<String>,
    discovered_at: Option<String>,
    attached_at: Option<String>,
    last_seen_at: Option<String>,
    oom_kills: Option<u64>,
}

#[derive(Deserialize)]
struct LetGo {
    pid: u32,
    start_time: u64,
    job_id: String,
    exec_mark: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Counts {
    total_scans: u64,
    total_discovered: u64,
    total_attachments: u64,
}

pub fn decode(text: &[u8]) -> Result<Decoded, Refusal> {
    let damaged = |error: serde_json::Error| Refusal::Damaged(error.to_string());
    let head: Head<'_> = serde_json::from_slice(text).map_err(damaged)?;
    understood(head.version)?;
    let document: Document<'_> = serde_json::from_slice(text).map_err(damaged)?;

    let mut left_out = LeftOut::default();
    let counts: Counts = left_out.piece("statistics", document.statistics);
    let boot_id: Option<String> = left_out.piece("boot_id", document.boot_id);
    let last_scan_at: Option<String> = left_out.piece("last_scan_at", document.last_scan_at);
    let last_scan_at = moment(last_scan_at).unwrap_or_else(|why| {
        left_out.note(format!("last_scan_at: {why}"));
        None
    });
    let mut processes = Vec::new();
    for (key, raw) in document.processes.unwrap_or_default() {
        match entry(&key, raw) {
            Ok(remembered) => processes.push(remembered),
            Err(why) => left_out.note(format!("process {key}: {why}")),
        }
    }
    // `7` and `07` are two keys for one pid.
    processes.sort_by_key(|remembered: &Remembered| remembered.pid);
    processes.dedup_by_key(|remembered| remembered.pid);
    let let_go: Vec<LetGo> = left_out.piece("released", document.released);
    let released = let_go.iter().map(released).collect();
    let statistics = Statistics {
        scans: counts.total_scans,
        discovered: counts.total_discovered,
        attachments: counts.total_attachments,
    };
    let boot_id = boot_id.filter(|id| !id.is_empty());
    let memory = Memory { boot_id, last_scan_at, processes, released, statistics };
    Ok(Decoded { memory, left_out: left_out.told() })
}

/// Minor versions add keys and are read; what has no version at all is not ours; and what says something that is not
/// understood is taken for newer, for it must not be overwritten.
fn understood(version: Option<&RawValue>) -> Result<(), Refusal> {
    let raw = version.ok_or_else(|| Refusal::Damaged("it has no version".into()))?.get();
    let version = serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned());
    let digits = version.bytes().take_while(u8::is_ascii_digit).count();
    match version[..digits].parse() {
        Ok(0..=MAJOR) if matches!(version.as_bytes().get(digits), None | Some(b'.')) => Ok(()),
        _ => Err(Refusal::Newer(version)),
    }
}

fn entry(key: &str, raw: &RawValue) -> Result<Remembered, String> {
    let pid: u32 = key.parse().ok().filter(|&pid| pid > 0 && pid <= i32::MAX as u32).ok_or("not a pid")?;
    let entry: Entry = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    if entry.pid.is_some_and(|other| other != pid) {
        return Err("stands under another pid".into());
    }
    // It becomes the name of a folder.
    let name = entry.job_id.as_str();
    if name.is_empty() || name.len() > 255 || name.contains(['/', '\0']) || name == "." || name == ".." {
        return Err("its job_id is not the name of a group".into());
    }
    Ok(Remembered {
        pid: Pid(pid),
        start: entry.start_time.map(StartTime),
        job: JobId::found(name),
        command: entry.command.into(),
        cgroup: entry.cgroup.filter(|path| !path.is_empty()),
        origin_cgroup: entry.origin_cgroup.filter(|path| !path.is_empty()),
        discovered_at: moment(entry.discovered_at)?,
        attached_at: moment(entry.attached_at)?,
        last_seen_at: moment(entry.last_seen_at)?,
        oom_kills: entry.oom_kills,
    })
}

/// Its job's name is only shown: nothing stands under it any more.
fn released(entry: &LetGo) -> Released {
    Released {
        identity: Identity { pid: Pid(entry.pid), start: StartTime(entry.start_time) },
        job: JobId::found(&entry.job_id),
        exec_mark: entry.exec_mark,
    }
}

/// The older service writes Go's zero time, the year 1, where it knows of none.
fn moment(text: Option<String>) -> Result<Option<Wall>, String> {
    let Some(text) = text else { return Ok(None) };
    let at = Wall::parse(&text).ok_or_else(|| format!("`{text}` is not a time"))?;
    Ok((at != Wall(i64::MIN)).then_some(at))
}

#[derive(Default)]
struct LeftOut {
    named: Vec<String>,
    more: usize,
}

impl LeftOut {
    fn note(&mut self, what: String) {
        if self.named.len() < NAMED { self.named.push(what) } else { self.more += 1 }
    }

    fn piece<'a, T: Deserialize<'a> + Default>(&mut self, key: &str, raw: Option<&'a RawValue>) -> T {
        let read = raw.map(|raw| serde_json::from_str(raw.get()));
        read.unwrap_or_else(|| Ok(T::default())).unwrap_or_else(|error| {
            self.note(format!("{key}: {error}"));
            T::default()
        })
    }

    fn told(mut self) -> Vec<String> {
        if self.more > 0 {
            self.named.push(format!("{} more", self.more));
        }
        self.named
    }
}
