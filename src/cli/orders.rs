//! `ffrtmp retry`, `set` and `reload`: what the running service is told to do, and what came of it.

use super::Failed;
use super::args::client::{ClientArgs, RetryArgs, SetArgs};
use super::ask::Service;
use super::shown::Shown;
use serde_json::{Map, Value, json};

pub(super) fn retry(args: &RetryArgs) -> Result<(), Failed> {
    let all = json!({ "command": "retry" });
    let order = match &args.whom {
        Some(whom) => about(whom, all),
        None => all,
    };
    give(&args.client, order)
}

pub(super) fn set(args: &SetArgs) -> Result<(), Failed> {
    let mut order = about(&args.whom, json!({ "command": "set" }));
    if args.reset {
        order["reset"] = true.into();
    } else {
        let limits: Map<String, Value> =
            args.limits.given().map(|(key, text)| (key.into(), text.into())).collect();
        order["limits"] = limits.into();
    }
    give(&args.client, order)
}

pub(super) fn reload(args: &ClientArgs) -> Result<(), Failed> {
    give(args, json!({ "command": "reload" }))
}

fn give(args: &ClientArgs, order: Value) -> Result<(), Failed> {
    Service::of(args)?.show(order, "done", |done: String| format!("{}\n", Shown(&done)))
}

/// A number is a process, anything else a job.
pub(super) fn about(whom: &str, mut order: Value) -> Value {
    match whom.parse::<u32>() {
        Ok(pid) => order["pid"] = pid.into(),
        Err(_) => order["job"] = whom.into(),
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_process_and_anything_else_a_job() {
        assert_eq!(about("4242", json!({})), json!({ "pid": 4242 }));
        assert_eq!(about("auto-ffmpeg-4242", json!({})), json!({ "job": "auto-ffmpeg-4242" }));
    }
}
