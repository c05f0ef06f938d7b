//! `ffrtmp run`: a command in a governed group of its own, from its first instruction. The group is made, the command is born
//! in it and waits there until its limits hold; a service that runs is told; then it begins, and we stand beside it.

use super::args::RunArgs;
use super::ask::{Service, Talk};
use super::visitor::{self, say};
use super::{Failed, Status};
use crate::engine::input::Outcome;
use crate::model::text::Quoted;
use crate::model::{JobId, Made, Maker};
use crate::sys::governor::Governor;
use crate::sys::launch::Waiting;
use crate::sys::launch::relay::{End, Relay};
use serde_json::{Value, json};
use std::ffi::CString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The command waits for the service no longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(args: &RunArgs) -> Result<(), Failed> {
    let made = Made { by: Maker::Run, limits: visitor::limits(&args.limits)? };
    let mut talk = service(args);
    let root = args.place.cgroup_root.clone().or_else(|| root_of(&mut talk));
    let (mut governor, visit) = visitor::governor(root.as_deref())?;
    let unheld = visitor::unheld(&made.limits, &visit);
    let end = complain(&unheld, args.strict).and_then(|()| beside(&mut governor, args, &made, talk));
    governor.take_leave(&visit);
    match end?.be_ours() {
        0 => Ok(()),
        code => Err(Failed { status: Status::Its(code), text: String::new() }),
    }
}

/// From the command's beginning to its end.
fn beside(governor: &mut Governor, args: &RunArgs, made: &Made, talk: Option<Talk>) -> Result<End, Failed> {
    let relay = Relay::begin().map_err(|e| Failed::because("signals cannot be passed on", &e))?;
    let (waiting, job) = prepare(governor, args, made, &relay)?;
    let known = talk.is_some_and(|talk| tell(talk, &job));
    let end = waiting.go(&relay).map_err(|e| cannot_begin(args, &e)).and_then(|begun| {
        begun.follow(&relay).map_err(|e| Failed::because("the command cannot be waited for", &e))
    });
    governor.clear_away(&job, known);
    end
}

fn service(args: &RunArgs) -> Option<Talk> {
    Service::if_any(&args.place, false)?.within(PATIENCE).talk().ok()
}

/// Where the service that runs keeps its jobs. One that does not answer in time is not asked again: its answer may come yet,
/// and be taken for another.
fn root_of(talk: &mut Option<Talk>) -> Option<PathBuf> {
    let Ok(answer) = talk.as_mut()?.ask(json!({ "ask": "status" })) else {
        *talk = None;
        return None;
    };
    let status: Value = answer.get("status").ok()?;
    status["governance"]["root"].as_str().map(PathBuf::from)
}

/// The service takes it for its own from here on; one that cannot is none to wait for.
fn tell(mut talk: Talk, job: &JobId) -> bool {
    talk.ask(json!({ "command": "adopt", "job": job.as_str() })).is_ok_and(|told| told.accepted().is_ok())
}

/// The command, governed and waiting for its word. Somebody may clear away an empty group under our hands, once.
fn prepare(
    governor: &mut Governor,
    args: &RunArgs,
    made: &Made,
    relay: &Relay,
) -> Result<(Waiting, JobId), Failed> {
    let first = try_prepare(governor, args, made, relay);
    if matches!(&first, Err(failed) if failed.status == Status::Failed) {
        return try_prepare(governor, args, made, relay);
    }
    first
}

fn try_prepare(
    governor: &mut Governor,
    args: &RunArgs,
    made: &Made,
    relay: &Relay,
) -> Result<(Waiting, JobId), Failed> {
    let not_made = |why| visitor::failed("the command was not started", &why);
    let berth = governor.berth(&name(args)).map_err(not_made)?;
    let argv = words(args)?;
    let waiting = Waiting::start(&argv, &berth, relay).map_err(|e| {
        governor.leave(&berth);
        Failed::because("no process can be started", &e)
    })?;
    let job = berth.job().clone();
    let settled = governor.settle(berth, waiting.pid, waiting.born_there, made.clone());
    let ready = match settled {
        Ok(Outcome::Held { refused, .. }) => complain(&visitor::refused(&refused), args.strict),
        Ok(_) => Err(Failed::because("the command was not started", &"it ended before it began")),
        Err(failure) => Err(not_made(failure)),
    };
    match ready {
        Ok(()) => Ok((waiting, job)),
        Err(failed) => {
            waiting.dismiss();
            governor.clear_away(&job, false);
            Err(failed)
        }
    }
}

/// Of limits that do not hold; where all must, this is the end.
fn complain(clauses: &[String], strict: bool) -> Result<(), Failed> {
    if strict && !clauses.is_empty() {
        return Err(Failed { status: Status::Host, text: clauses.join("\n") });
    }
    clauses.iter().for_each(|clause| say(clause));
    Ok(())
}

/// What the job is called by.
fn name(args: &RunArgs) -> String {
    let program = args.argv.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
    args.command.clone().unwrap_or_else(|| program.to_string_lossy().into_owned())
}

fn words(args: &RunArgs) -> Result<Vec<CString>, Failed> {
    let words = args.argv.iter().map(|word| CString::new(word.as_bytes()));
    words.collect::<Result<_, _>>().map_err(|e| Failed::because("the command cannot be read", &e))
}

/// As env(1) and the shells have it.
fn cannot_begin(args: &RunArgs, why: &std::io::Error) -> Failed {
    let program = args.argv.first().map_or(&b""[..], |program| program.as_bytes());
    let code = if why.kind() == ErrorKind::NotFound { 127 } else { 126 };
    let why = nix::errno::Errno::from_raw(why.raw_os_error().unwrap_or_default()).desc();
    Failed { status: Status::Its(code), text: format!("ffrtmp: {}: {why}", Quoted(program)) }
}
