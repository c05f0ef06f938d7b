//! How it stands with a process, and the remedy where there is one: a sentence for each state. Names are their processes'
//! own choice and are escaped.

use super::gone::gone;
use super::names::Shown;
use crate::expose::log::Cause;
use crate::model::explanation::{Explanation, MovedOut, State};
use crate::model::record::{Answer, MatchedBy};
use crate::model::snapshot::JobState;
use crate::model::text::{Escaped, OneLine, Quoted};
use crate::model::{FileName, Human, Limits};

pub fn sentence(about: &Explanation, names: &Shown) -> String {
    let Explanation { pid, state, now, .. } = about;
    let predicate = match state {
        State::Gone(departure) => return gone(*now, departure),
        State::NoSuchPid { thread_of: Some(process) } => {
            return format!("{pid} is a thread of PID {process}: ask about that one.");
        }
        State::NoSuchPid { thread_of: None } => {
            return format!("There is no process {pid}, and no target of that number has ended lately.");
        }
        State::Member { .. } | State::Governed | State::Releasing | State::Sought => in_job(about),
        State::Retrying { .. } | State::Paused { .. } | State::DeadLetter { .. } => waits(about),
        State::NotATarget => not_a_target(about, names),
        _ => aside(about),
    };
    format!("PID {pid} ({}) {predicate}", names.by(MatchedBy::Comm).unwrap_or_default())
}

fn in_job(about: &Explanation) -> String {
    let Some(view) = &about.job else { return String::new() };
    let (job, limits) = (&view.id, said(&view.limits));
    match &about.state {
        State::Member { through } => {
            let through = match through {
                Some((pid, exe)) => format!("through PID {pid}{}", named(*exe)),
                None => format!("as a descendant of PID {}, its ancestors between have ended", view.main.pid),
            };
            let stands = match view.state {
                JobState::Governed { .. } => limits,
                state => format!("which is {}: ask about PID {}", state.name(), view.main.pid),
            };
            format!("belongs to job {job} {through}, {stands}.")
        }
        State::Releasing => format!("is being released from job {job} at this moment."),
        State::Sought => format!(
            "is in job {job}, whose group has become empty although it lives: somebody moved it out, and the service \
             looks where to. Ask again in a second."
        ),
        _ => {
            let since = view.attached_at.map(|at| format!(" since {}", at.exact())).unwrap_or_default();
            format!("is governed as job {job}{since}, {limits}.")
        }
    }
}

fn said(limits: &Limits) -> String {
    if *limits == Limits::default() { "without limits".to_owned() } else { format!("limits {limits}") }
}

fn waits(about: &Explanation) -> String {
    let cause = about.failures.last().map(|tried| Cause(&tried.failure).to_string());
    let tries = about.job.as_ref().map_or(about.failures.len() as u32, |job| job.tries);
    let id = about.job.as_ref().map(|job| job.id.to_string()).unwrap_or_default();
    match &about.state {
        State::DeadLetter { job, tries } => {
            let tried = tries.map(|tries| format!(", failed tries: {tries}")).unwrap_or_default();
            let cause = cause.unwrap_or_else(|| "its errors are no longer kept".to_owned());
            format!(
                "was given up as job {job}{tried}: {cause}. `ffrtmp retry {job}` or a reload tries it again."
            )
        }
        State::Paused { causes, left } => {
            let causes = causes.iter().map(|cause| cause.name()).collect::<Vec<_>>().join(", ");
            let probe = left.map(|left| format!(" in {}", Human(left))).unwrap_or_default();
            let last = cause.map(|cause| format!(" Its last error: {cause}.")).unwrap_or_default();
            format!(
                "waits as job {id}: attaching is paused for all targets ({causes}); a probe tries again{probe}, and \
                 all follow when it succeeds.{last}"
            )
        }
        State::Retrying { left } => {
            let cause = cause.unwrap_or_default();
            let next = Human(*left);
            format!(
                "could not be attached as job {id} yet: {cause}. Failed tries: {tries}; the next one in {next}."
            )
        }
        _ => String::new(),
    }
}

fn not_a_target(about: &Explanation, names: &Shown) -> String {
    if let Some(target) = about.compared.iter().find(|compared| compared.matches) {
        return format!(
            "was no target when it was looked at last, and a name of its own making has changed since: it matches \
             target {} now. A reload looks at it again.",
            Escaped(target.target.as_bytes())
        );
    }
    let name = |by| names.by(by).unwrap_or("not shown");
    let (exe, argv0, comm) = (name(MatchedBy::Exe), name(MatchedBy::Argv0), name(MatchedBy::Comm));
    let targets: Vec<String> =
        about.targets.iter().map(|name| Escaped(name.as_bytes()).to_string()).collect();
    format!(
        "is no target: none of its names (exe {exe}, argv[0] {argv0}, comm {comm}) equals one of {}. To have it \
         governed, add its name to target_commands and reload.",
        targets.join(", ")
    )
}

fn aside(about: &Explanation) -> String {
    let target = Escaped(about.command.as_deref().unwrap_or_default().as_bytes());
    let job = about.job.as_ref();
    let (id, limits) = job.map(|job| (job.id.to_string(), said(&job.limits))).unwrap_or_default();
    match &about.state {
        State::Ignored { why } => format!(
            "is target {target}, and a filter keeps it out: {}. To have it governed, change the filters and reload.",
            OneLine(why)
        ),
        State::Left { why, by_others: true } => format!(
            "is target {target} and is left where it is: {}. Whoever manages that group governs it: set its limits \
             there.",
            OneLine(why)
        ),
        State::Left { why, by_others: false } => {
            format!("is target {target} and is not governed: {}.", OneLine(why))
        }
        State::Waiting { left } => {
            format!(
                "is target {target} and too young: it is looked at again in {}, at min_runtime.",
                Human(*left)
            )
        }
        State::Attaching { within: Some(within) } => format!(
            "matches target {target} and has not been met as such yet: the next scan comes within {}.",
            Human(*within)
        ),
        State::Attaching { within: None } if job.is_some() => {
            format!("is being attached as job {id} at this moment: ask again in a second.")
        }
        State::Attaching { within: None } => {
            "is being looked at at this moment: ask again in a second.".to_owned()
        }
        State::Observed { why: Some(why) } => format!(
            "is followed as job {id} and not governed: processes cannot be governed here ({}). That is tried again \
             every minute; `ffrtmp check` tells what is missing.",
            OneLine(why)
        ),
        State::Observed { why: None } => {
            format!("would be governed as job {id}, {limits}: this is a dry run, nothing is touched.")
        }
        State::MovedOut { from } => moved_out(from.as_ref()),
        State::OwnChild => "is the service itself or a child of it, which are never governed.".to_owned(),
        State::KernelThread => "is a kernel thread, which are never governed.".to_owned(),
        State::Zombie { parent, parent_exe } => format!(
            "has ended, and its parent, PID {parent}{}, has not taken notice: nothing is left to govern.",
            named(*parent_exe)
        ),
        _ => String::new(),
    }
}

fn moved_out(from: Option<&MovedOut>) -> String {
    let Some(MovedOut { job, to, answer }) = from else {
        return "was forked by a process that somebody moved out of its job, and is left with it. A reload looks at \
                it again."
            .to_owned();
    };
    let why = match answer {
        Answer::Tired => "it had been moved back again and again",
        Answer::Left | Answer::Restored => "cgroup.on_drift is leave",
    };
    let to = Quoted(to.as_bytes());
    format!(
        "was moved out of job {job} to {to} by somebody else and is left there: {why}. A reload takes it again."
    )
}

fn named(exe: Option<FileName>) -> String {
    exe.map(|exe| format!(" ({})", Escaped(exe.as_bytes()))).unwrap_or_default()
}
