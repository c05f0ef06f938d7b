//! What else there is to know of a process: what of it the limits do not reach, where it sits, what would be decided now.

use crate::model::explanation::{Checked, Explanation, State};
use crate::model::text::{Escaped, OneLine, Quoted};

/// Counters of the kernel are out by as much.
const WORTH_TELLING: u64 = 1 << 20;

pub fn facts(about: &Explanation) -> Vec<String> {
    let all = [
        outside_memory(about),
        set_by_an_operator(about),
        would_not_take(about, false),
        would_not_take(about, true),
        passes_now(about),
        a_target_itself(about),
        group(about),
        about.stalled.then(|| {
            "Its command line could not be read within a second (its memory map is locked), so argv[0] is not known."
                .to_owned()
        }),
    ];
    let not_holding = about.not_holding.iter();
    let not_holding =
        not_holding.map(|(limit, why)| format!("Its limit {limit} does not hold here: {}.", OneLine(why)));
    all.into_iter().flatten().chain(not_holding).collect()
}

fn outside_memory(about: &Explanation) -> Option<String> {
    let bytes = about.outside_memory.filter(|&bytes| bytes >= WORTH_TELLING)?;
    Some(format!(
        "About {} MiB of the job's memory were in use before the job was there: they stay charged to the group it came \
         from, outside its memory limit. Started anew, all of its memory is inside.",
        bytes >> 20
    ))
}

fn set_by_an_operator(about: &Explanation) -> Option<String> {
    let job = about.job.as_ref().filter(|job| !job.set.is_empty())?;
    Some(format!(
        "An operator has set {} for job {}: that stands over the policy until the job ends. `ffrtmp set {} --reset` \
         takes it back.",
        job.set, job.id, job.id
    ))
}

/// Of one that is governed.
fn would_not_take(about: &Explanation, by_time: bool) -> Option<String> {
    let refuses = |check: &&Checked| !check.passed && check.is_about_time == by_time;
    let check = about.checked.iter().filter(|_| matches!(about.state, State::Governed)).find(refuses)?;
    let then = match by_time {
        true => "that bounds taking, not holding: it stays governed",
        false => "the next reload or change of its user releases it",
    };
    Some(format!("It would not be taken now, {}; {then}.", check.text))
}

fn passes_now(about: &Explanation) -> Option<String> {
    let ignored = matches!(about.state, State::Ignored { .. });
    let passes = about.checked.iter().all(|check| check.passed);
    (ignored && passes).then(|| {
        "All filters would let it pass now: a reload looks at it again, and so does its next exec or change of user."
            .to_owned()
    })
}

fn a_target_itself(about: &Explanation) -> Option<String> {
    let member = matches!(about.state, State::Member { .. });
    let hit = about.compared.iter().find(|compared| member && compared.matches)?;
    let target = Escaped(hit.target.as_bytes());
    Some(format!("It matches target {target} itself, and belongs to the job of its ancestor all the same."))
}

fn group(about: &Explanation) -> Option<String> {
    let group = about.group.as_ref()?;
    let shown = Quoted(group.as_bytes());
    let inside = matches!(about.state, State::Governed | State::Member { .. });
    match about.job.as_ref().filter(|_| inside) {
        Some(job) if group.ends_with(&format!("/jobs/{}", job.id)) => None,
        Some(_) => Some(format!(
            "It sits in {shown}, not in its job's group: the next scan takes it along, unless a container holds it."
        )),
        None => Some(format!("It sits in {shown}.")),
    }
}
