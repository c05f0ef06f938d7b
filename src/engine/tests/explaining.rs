//! Why a process is, or is not, governed: for each answer there is, the sentence that people read and the json that programs
//! read. Both are made elsewhere; here they are compared with what the simulated host was made to do.

mod aside;
mod gone;
mod governed;
mod names;
mod trying;

use super::policies::filtered;
use super::sim::Sim;
use crate::config::policy::{ArgvInLog, Filters, Policy};
use crate::engine::effect::Wants;
use crate::engine::inquiry::{Found, Rest};
use crate::expose::control::explanation;
use crate::model::Pid;
use serde_json::{Value, json};
use std::time::Duration;

impl Sim {
    /// What is asked about as the reactor would: read, then explained.
    pub(super) fn explain(&mut self, pid: u32) -> Value {
        self.explain_with(pid, |_| {})
    }

    fn explain_with(&mut self, pid: u32, change: impl FnOnce(&mut Found)) -> Value {
        let look = self.look(pid, Wants { cwd: true, parent_exe: true });
        let rest = self.host.procs.get(&pid).map(|p| Rest {
            process: Some(Pid(pid)),
            argv0: p.argv0.as_ref().map(|argv0| argv0.clone().into_bytes()),
            group: Some(p.group.clone()),
            outside_memory: None,
        });
        let mut found = Found { pid: Pid(pid), look, rest };
        change(&mut found);
        explanation(&self.engine.explain(self.now(), found), ArgvInLog::Redacted)
    }
}

#[track_caller]
fn assert_explained(told: &Value, state: &str, sentence: &str) {
    assert_eq!((&told["state"], &told["sentence"]), (&json!(state), &json!(sentence)), "{told:#}");
    assert!(documented(state).any(|words| says(sentence, words)), "no row of the page tells of {sentence}");
}

/// What the operators' page says of a state, a row each.
fn documented(state: &str) -> impl Iterator<Item = &'static str> {
    let page = include_str!("../../../docs/operations.md");
    let rows = page.lines().filter_map(move |line| line.strip_prefix(&format!("| `{state}` | `")));
    rows.filter_map(|row| row.split('`').next())
}

/// Word for word, but for what stands in capitals there.
fn says(mut sentence: &str, words: &str) -> bool {
    words.split(|c: char| c.is_ascii_uppercase()).all(|part| {
        let found = sentence.split_once(part);
        sentence = found.map_or(sentence, |(_, rest)| rest);
        found.is_some()
    })
}

fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

fn blocked() -> Policy {
    filtered(Filters { blocked_uids: [0].into(), ..Filters::default() })
}
