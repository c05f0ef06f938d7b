//! State → text. Pretty, for people open this file; absent rather than empty where nothing is known, as older readers do.

use crate::model::Wall;
use crate::model::state::{Released, State, Tracked};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

const VERSION: &str = "1.1";

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    boot_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "moment_if_any")]
    last_scan_at: Option<Wall>,
    processes: BTreeMap<u32, Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    released: Vec<LetGo<'a>>,
    statistics: Statistics,
}

#[derive(Serialize)]
struct Entry<'a> {
    pid: u32,
    start_time: u64,
    job_id: &'a str,
    command: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cgroup: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    origin_cgroup: &'a str,
    #[serde(serialize_with = "moment")]
    discovered_at: Wall,
    #[serde(serialize_with = "moment")]
    attached_at: Wall,
    #[serde(serialize_with = "moment")]
    last_seen_at: Wall,
    oom_kills: u64,
}

#[derive(Serialize)]
struct LetGo<'a> {
    pid: u32,
    start_time: u64,
    job_id: &'a str,
    exec_mark: u64,
}

#[derive(Serialize)]
struct Statistics {
    total_scans: u64,
    total_discovered: u64,
    total_attachments: u64,
}

pub fn encode(state: &State) -> Vec<u8> {
    let statistics = Statistics {
        total_scans: state.statistics.scans,
        total_discovered: state.statistics.discovered,
        total_attachments: state.statistics.attachments,
    };
    let document = Document {
        version: VERSION,
        boot_id: &state.boot_id,
        last_scan_at: state.last_scan_at,
        processes: state.processes.iter().map(|tracked| (tracked.identity.pid.0, entry(tracked))).collect(),
        released: state.released.iter().map(let_go).collect(),
        statistics,
    };
    // Strings, numbers and string keys only: there is nothing that could fail.
    let mut text = serde_json::to_vec_pretty(&document).expect("a state is always a document");
    text.push(b'\n');
    text
}

fn entry(tracked: &Tracked) -> Entry<'_> {
    Entry {
        pid: tracked.identity.pid.0,
        start_time: tracked.identity.start.0,
        job_id: tracked.job.as_str(),
        command: &tracked.command,
        cgroup: &tracked.cgroup,
        origin_cgroup: &tracked.origin_cgroup,
        discovered_at: tracked.discovered_at,
        attached_at: tracked.attached_at,
        last_seen_at: tracked.last_seen_at,
        oom_kills: tracked.oom_kills,
    }
}

fn let_go(released: &Released) -> LetGo<'_> {
    LetGo {
        pid: released.identity.pid.0,
        start_time: released.identity.start.0,
        job_id: released.job.as_str(),
        exec_mark: released.exec_mark,
    }
}

fn moment<S: Serializer>(at: &Wall, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.exact())
}

fn moment_if_any<S: Serializer>(at: &Option<Wall>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => moment(at, serializer),
        None => serializer.serialize_none(),
    }
}
