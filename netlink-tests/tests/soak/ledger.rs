//! What the service's own log says it did, kept over all of its lives: nobody may be attached twice without having been
//! let go in between.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};

#[derive(Default, Debug)]
pub(super) struct Ledger {
    /// Start times of the pids that were discovered last.
    discovered: HashMap<u64, u64>,
    /// Who is in which job: pid and start time.
    held: BTreeMap<String, (u64, u64)>,
    pub(super) attached: u64,
    pub(super) adopted: u64,
    pub(super) overruns: u64,
    /// Attached although held, in the service's words.
    pub(super) twice: Vec<String>,
    /// What it complained of, and how often.
    pub(super) complaints: BTreeMap<String, u64>,
    /// The last it said.
    recent: VecDeque<Value>,
}

/// As much of the log is kept to explain a fault with.
const RECENT: usize = 100_000;

impl Ledger {
    pub(super) fn read(&mut self, records: &[Value]) {
        records.iter().for_each(|record| self.enter(record));
        self.recent.extend(records.iter().cloned());
        self.recent.drain(..self.recent.len().saturating_sub(RECENT));
    }

    /// What it said of a process.
    pub(super) fn about(&self, pid: u32) -> impl Iterator<Item = &Value> {
        let pid_of = |job: &str| job.split('-').find_map(|word| word.parse().ok());
        self.recent.iter().filter(move |record| {
            record["pid"] == pid || record["job"].as_str().and_then(pid_of) == Some(pid)
        })
    }

    fn enter(&mut self, record: &Value) {
        let number = |key: &str| record[key].as_u64().unwrap_or_default();
        let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        match record["event"].as_str().unwrap_or_default() {
            "discovered" => drop(self.discovered.insert(number("pid"), number("start_time"))),
            "attached" => {
                self.attached += 1;
                let pid = number("pid");
                let who = (pid, self.discovered.get(&pid).copied().unwrap_or_default());
                if self.held.values().any(|held| *held == who) {
                    self.twice.push(text("msg"));
                }
                self.held.insert(text("job"), who);
            }
            "adopted" => self.adopted += 1,
            "job_ended" | "released" => drop(self.held.remove(&text("job"))),
            // What is no target any more is let go, whether or not the service lived to say so.
            "starting" | "reloaded" => {
                let targets = text("targets");
                let is_target = |job: &String| targets.split(',').any(|target| job.contains(target));
                self.held.retain(|job, _| is_target(job));
            }
            "source_overrun" => self.overruns += 1,
            event if ["warning", "error"].contains(&&*text("level")) => {
                *self.complaints.entry(event.to_owned()).or_default() += 1;
            }
            _ => {}
        }
    }
}

#[test]
fn who_is_attached_twice_is_told_from_who_was_let_go_in_between() {
    use serde_json::json;
    let mut ledger = Ledger::default();
    let found = |pid: u64, start: u64| json!({"event": "discovered", "pid": pid, "start_time": start});
    let attached = |pid: u64| json!({"event": "attached", "pid": pid, "job": format!("auto-ffmpeg-{pid}")});
    let released = json!({"event": "released", "job": "auto-ffmpeg-7"});
    ledger.read(&[found(7, 1), attached(7), released, attached(7), found(7, 2), attached(7)]);
    ledger.read(&[json!({"event": "starting", "targets": "gst"}), attached(7)]);
    assert!(ledger.twice.is_empty());
    ledger.read(&[json!({"event": "starting", "targets": "gst,ffmpeg"}), attached(7)]);
    assert_eq!(ledger.twice.len(), 1);
}
