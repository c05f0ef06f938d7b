//! `ffrtmp check`: what is wrong or doubtful about the configuration, all of it in one run.

use super::args::CheckArgs;
use super::{Failed, Status};
use crate::config::{Flags, Problem, file_named};
use crate::sys::host;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Exit status 0: ready; 1: usable, with warnings; 2: wrong.
pub(super) fn run(args: &CheckArgs) -> Result<(), Failed> {
    let loaded = file_named(args.watch_config.as_deref(), &host::variable)
        .map_err(|problem| vec![problem])
        .and_then(|file| host::configure(file.as_deref(), &Flags::default()));
    let (errors, warnings) = match loaded {
        Ok(loaded) => (Vec::new(), loaded.warnings),
        Err(errors) => (errors, Vec::new()),
    };
    let told = if args.json { as_json(&errors, &warnings).to_string() } else { as_text(&errors, &warnings) };
    writeln!(io::stdout(), "{told}").map_err(|e| Failed::because("the findings cannot be written", &e))?;
    let quietly = |status| Err(Failed { status, text: String::new() });
    match (errors.is_empty(), warnings.is_empty()) {
        (false, _) => quietly(Status::Usage),
        (true, false) => quietly(Status::Failed),
        (true, true) => Ok(()),
    }
}

fn as_text(errors: &[Problem], warnings: &[Problem]) -> String {
    let line = |kind: &'static str| move |problem: &Problem| format!("{kind}: {problem}");
    let mut lines: Vec<String> = errors.iter().map(line("error")).collect();
    lines.extend(warnings.iter().map(line("warning")));
    lines.push(format!("{} error(s), {} warning(s)", errors.len(), warnings.len()));
    lines.join("\n")
}

fn as_json(errors: &[Problem], warnings: &[Problem]) -> Value {
    let finding = |kind: &'static str| move |p: &Problem| json!({ "kind": kind, "place": p.place.to_string(), "key": p.key, "text": p.text });
    let all: Vec<Value> =
        errors.iter().map(finding("error")).chain(warnings.iter().map(finding("warning"))).collect();
    json!({ "version": 1, "findings": all })
}
