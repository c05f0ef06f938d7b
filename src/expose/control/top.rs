//! The list of the greatest processes as json. Names are those of the processes' own choice, and so escaped.

use crate::model::snapshot::Snapshot;
use crate::model::text::Escaped;
use crate::model::top::{List, Row};
use serde_json::{Value, json};

pub fn top(snapshot: &Snapshot) -> Value {
    let Some(List { at, over, host, busy, captured, processes, left_out, rows }) = snapshot.top.as_deref()
    else {
        return Value::Null;
    };
    json!({
        "age": (snapshot.now.mono - *at).as_secs_f64(),
        "over": over.map(|over| over.as_secs_f64()),
        "cores": host.cores,
        "memory": host.memory,
        "busy_cores": busy,
        "captured": captured,
        "processes": processes,
        "left_out": left_out,
        "list": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &Row) -> Value {
    let sample = &row.sample;
    json!({
        "pid": sample.identity.pid.0,
        "start_time": sample.identity.start.0,
        "command": Escaped(sample.comm.as_bytes()).to_string(),
        "uid": sample.uid,
        "user": row.user.as_deref(),
        "state": char::from(sample.used.state).to_string(),
        "threads": sample.used.threads,
        "cpu": row.cores(),
        "children_cpu": row.children(),
        "memory": sample.used.resident,
        "io_read_bytes": sample.used.io.map(|io| io.read),
        "io_written_bytes": sample.used.io.map(|io| io.written),
        "governed": sample.governed,
        "score": row.score,
    })
}
