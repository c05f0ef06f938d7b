//! `ffrtmp ps`: governed processes as a table, once.

use super::Failed;
use super::args::client::PsArgs;
use super::ask::Service;
use super::jobs;
use super::paint::Paint;
use super::told::Job;
use crate::sys::terminal;
use serde_json::json;

pub(super) fn run(args: &PsArgs) -> Result<(), Failed> {
    let wanted = |job: &Job| {
        args.command.as_ref().is_none_or(|name| *name == job.command)
            && args.state.as_ref().is_none_or(|state| *state == job.state)
    };
    Service::of(&args.client)?.show(json!({ "ask": "ps" }), "jobs", |mut all: Vec<Job>| {
        all.retain(wanted);
        jobs::sort(&mut all, args.sort, false);
        jobs::table(&all, terminal::width(), Paint::for_stdout()).join("\n") + "\n"
    })
}
