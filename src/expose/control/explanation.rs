//! An explanation as json. What it says in words is said by `explain`, here as everywhere.

use super::views::{failure, job};
use crate::config::policy::ArgvInLog;
use crate::expose::explain::{facts, sentence, shown_names};
use crate::model::explanation::{Checked, Compared, Explanation};
use crate::model::record::MatchedBy;
use serde_json::{Value, json};

pub fn explanation(about: &Explanation, argv: ArgvInLog) -> Value {
    let names = shown_names(about, argv);
    let tried = |Compared { target, by, matches }: &Compared| json!({ "target": &**target, "by": by.name(), "name": names.by(*by), "matches": matches });
    let checked = |Checked { filter, passed, text, .. }: &Checked| json!({ "filter": filter, "passed": passed, "text": text });
    json!({
        "pid": about.pid.0,
        "start_time": about.start.map(|start| start.0),
        "state": about.state.name(),
        "sentence": sentence(about, &names),
        "command": about.command.as_deref(),
        "rule": about.rule.map(MatchedBy::name),
        "tried": about.compared.iter().map(tried).collect::<Vec<_>>(),
        "filters": about.checked.iter().map(checked).collect::<Vec<_>>(),
        "job": about.job.as_ref().map(|view| job(about.now.mono, view)),
        "failures": about.failures.iter().map(failure).collect::<Vec<_>>(),
        "outside_memory": about.outside_memory,
        "outside_sockets": about.outside_sockets,
        "facts": facts(about),
    })
}
