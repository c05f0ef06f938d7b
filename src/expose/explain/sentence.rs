//! How it stands with a process, and the remedy where there is one: a sentence for each state. Names are their processes'
//! own choice and are escaped.

use super::gone::gone;
use super::names::Shown;
use crate::expose::log::Cause;
use crate::model::explanation::{Explanation, MovedOut, State};
use crate::model::record::{Answer, HostCause, MatchedBy};
use crate::model::snapshot::{JobState, JobView};
use crate::model::text::{Escaped, OneLine, Quoted};
use crate::model::{FileName, Human, Limits, Maker};

pub fn sentence(about: &Explanation, names: &Shown) -> String {
    let pid = about.pid;
    let it = format!("PID {pid} ({})", names.by(MatchedBy::Comm).unwrap_or_default());
    let target = Escaped(about.command.as_deref().unwrap_or_default().as_bytes());
    let view = about.job.as_ref();
    let job = view.map(|view| view.id.to_string()).unwrap_or_default();
    let limits = view.map(|view| limits(&view.limits)).unwrap_or_default();
    let cause = about.failures.last().map(|tried| Cause(&tried.failure).to_string());
    match &about.state {
        State::Governed => {
            let since = view.and_then(|view| view.attached_at);
            let since = since.map(|at| format!(" since {}", at.exact())).unwrap_or_default();
            let made = view.and_then(|view| view.made).map_or("", |by| match by {
                Maker::Run => " that ffrtmp run has started",
                Maker::Attach => " that ffrtmp attach has made",
            });
            format!("{it} is governed as job {job}{made}{since}, {limits}.")
        }
        State::Releasing => format!("{it} is being released from job {job} at this moment."),
        State::Sought => format!(
            "{it} is in job {job}, whose group has become empty although it lives: somebody moved it out, and the \
             service looks where to. Ask again in a second."
        ),
        State::Member { through } => {
            let through = match through {
                Some((pid, exe)) => format!("through PID {pid}{}", named(*exe)),
                None => "as an orphan of it".to_owned(),
            };
            let stands = view.and_then(not_governed).unwrap_or(limits);
            format!("{it} belongs to job {job} {through}, {stands}.")
        }
        State::Apart { through } => {
            let by = match through {
                Some((pid, exe)) => format!("was started by PID {pid}{}", named(*exe)),
                None => "is an orphan".to_owned(),
            };
            format!(
                "{it} {by} of job {job} and is kept out of it: the tree of {target} is root-only. To have it governed, \
                 make it a target, or set the tree to shared and reload."
            )
        }
        State::Attaching { within: Some(within) } => format!(
            "{it} matches target {target} and has not been met as such yet: the next scan comes within {}.",
            Human(*within)
        ),
        State::Attaching { within: None } if view.is_some() => {
            format!("{it} is being attached as job {job} at this moment: ask again in a second.")
        }
        State::Attaching { within: None } => {
            format!("{it} is being looked at at this moment: ask again in a second.")
        }
        State::Ignored { why } => format!(
            "{it} is target {target}, and a filter keeps it out: {}. To have it governed, change the filters and \
             reload.",
            OneLine(why)
        ),
        State::Left { why, by_others: true } => format!(
            "{it} is target {target} and is left where it is: {}. Whoever manages that group governs it: set its \
             limits there.",
            OneLine(why)
        ),
        State::Left { why, by_others: false } => {
            format!("{it} is target {target} and is not governed: {}.", OneLine(why))
        }
        State::Waiting { left } => format!(
            "{it} is target {target} and too young: it is looked at again in {}, at min_runtime.",
            Human(*left)
        ),
        State::Retrying { left, paused } => {
            let (cause, tries) = (cause.unwrap_or_default(), view.map_or(0, |view| view.tries));
            let next = Human(*left);
            let until = if paused.is_empty() { String::new() } else { paused_for(paused) + " meanwhile. " };
            format!(
                "{it} could not be attached as job {job} yet: {cause}. {until}Failed tries: {tries}; the next one in \
                 {next}."
            )
        }
        State::Paused { causes, left } => {
            let paused = paused_for(causes);
            let probe = left.map(|left| format!(" in {}", Human(left))).unwrap_or_default();
            let last = cause.map(|cause| format!(" Its last error: {cause}.")).unwrap_or_default();
            format!(
                "{it} waits as job {job}. {paused}; a probe tries again{probe}, and all follow when it succeeds.{last}"
            )
        }
        State::DeadLetter { job, tries } => {
            let tried = tries.map(|tries| format!(", failed tries: {tries}")).unwrap_or_default();
            let cause = cause.unwrap_or_else(|| "its errors are no longer kept".to_owned());
            format!(
                "{it} was given up as job {job}{tried}: {cause}. `ffrtmp retry {job}` or a reload tries it again."
            )
        }
        State::Observed { why: Some(why) } => format!(
            "{it} is followed as job {job} and not governed: processes cannot be governed here ({}). That is tried \
             again every minute; `ffrtmp check` tells what is missing.",
            OneLine(why)
        ),
        State::Observed { why: None } => {
            format!("{it} would be governed as job {job}, {limits}: this is a dry run, nothing is touched.")
        }
        State::MovedOut { from: Some(MovedOut { job, to, answer }) } => {
            let why = match answer {
                Answer::Tired => "it had been moved back again and again",
                Answer::Left | Answer::Restored => "cgroup.on_drift is leave",
            };
            let to = Quoted(to.as_bytes());
            format!(
                "{it} was moved out of job {job} to {to} by somebody else and is left there: {why}. A reload takes it \
                 again."
            )
        }
        State::MovedOut { from: None } => format!(
            "{it} was forked by a process that somebody moved out of its job, and is left with it. A reload looks at \
             it again."
        ),
        State::Released { job } => {
            let job = job.as_ref().map(|job| format!(" from job {job}")).unwrap_or_default();
            format!(
                "{it} was released{job} by an operator and stays so until it executes another program. `ffrtmp retry \
                 {pid}` takes it again."
            )
        }
        State::OwnChild => format!("{it} is the service itself or a child of it, which are never governed."),
        State::KernelThread => format!("{it} is a kernel thread, which are never governed."),
        State::NotATarget => format!("{it} {}", not_a_target(about, names)),
        State::Zombie { parent, parent_exe } => format!(
            "{it} has ended, and its parent, PID {parent}{}, has not taken notice: nothing is left to govern.",
            named(*parent_exe)
        ),
        State::Gone(departure) => gone(about.now, departure),
        State::NoSuchPid { thread_of: Some(process) } => {
            format!("{pid} is a thread of PID {process}: ask about that one.")
        }
        State::NoSuchPid { thread_of: None } => {
            format!("There is no process {pid}, and no target of that number has ended lately.")
        }
    }
}

fn paused_for(causes: &[HostCause]) -> String {
    let causes = causes.iter().map(|cause| cause.name()).collect::<Vec<_>>().join(", ");
    format!("Attaching is paused for all targets ({causes})")
}

fn limits(limits: &Limits) -> String {
    if *limits == Limits::default() { "without limits".to_owned() } else { format!("limits {limits}") }
}

/// A job that its members share the waiting with.
fn not_governed(view: &JobView) -> Option<String> {
    match view.state {
        JobState::Governed { .. } => None,
        state => Some(format!("which is {}: ask about PID {}", state.name(), view.main.pid)),
    }
}

fn not_a_target(about: &Explanation, names: &Shown) -> String {
    if let Some(hit) = about.compared.iter().find(|compared| compared.matches) {
        let target = Escaped(hit.target.as_bytes());
        return format!(
            "was no target when it was looked at last, and a name of its own making has changed since: it matches \
             target {target} now. A reload looks at it again."
        );
    }
    let name = |by| names.by(by).unwrap_or("unreadable");
    let (exe, argv0, comm) = (name(MatchedBy::Exe), name(MatchedBy::Argv0), name(MatchedBy::Comm));
    let targets = about.targets.iter().map(|target| Escaped(target.as_bytes()).to_string());
    format!(
        "is no target: none of its names (exe {exe}, argv[0] {argv0}, comm {comm}) equals one of {}. To have it \
         governed, add its name to target_commands and reload.",
        targets.collect::<Vec<_>>().join(", ")
    )
}

fn named(exe: Option<FileName>) -> String {
    exe.map(|exe| format!(" ({})", Escaped(exe.as_bytes()))).unwrap_or_default()
}
