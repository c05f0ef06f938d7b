//! What else there is to know of a process: what of it the limits do not reach, where it sits, what would be decided now.

use crate::expose::log::{Named, strained};
use crate::model::Human;
use crate::model::explanation::{Checked, Explanation, State};
use crate::model::foreign::Bond;
use crate::model::text::{Escaped, OneLine, Quoted};

/// Counters of the kernel are out by as much.
const WORTH_TELLING: u64 = 1 << 20;

pub fn facts(about: &Explanation) -> Vec<String> {
    let all = [
        outside_memory(about),
        killed(about),
        refused(about),
        outside_sockets(about),
        set_by_an_operator(about),
        somebody_elses(about),
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
    let not_holding = about.job.iter().flat_map(|job| &job.unheld);
    let strains = about.job.iter().flat_map(|job| &job.suffered.strains);
    let strains = strains
        .map(|(strain, over, percent)| format!("Its job is {}.", strained(*strain, *percent, Human(*over))));
    let not_holding =
        not_holding.map(|(limit, why)| format!("Its limit {limit} does not hold here: {}.", OneLine(why)));
    all.into_iter().flatten().chain(strains).chain(not_holding).collect()
}

fn outside_memory(about: &Explanation) -> Option<String> {
    let bytes = about.outside_memory.filter(|&bytes| bytes >= WORTH_TELLING)?;
    Some(format!(
        "About {} MiB of the job's memory were in use before the job was there: they are charged to the group it came \
         from, outside its memory limit. Started anew, all of its memory is inside.",
        bytes >> 20
    ))
}

fn killed(about: &Explanation) -> Option<String> {
    let suffered = about.job.as_ref().map(|job| &job.suffered).filter(|suffered| suffered.oom_kills > 0)?;
    let count = suffered.oom_kills;
    let last = suffered.last_kill.as_ref().map(|last| {
        let whom =
            if last.victims.is_empty() { String::new() } else { format!(" ({})", Named(&last.victims)) };
        format!(", last at {}{whom}", last.at.exact())
    });
    let last = last.unwrap_or_default();
    Some(format!("The kernel has killed {count} process(es) of its job for want of memory{last}."))
}

fn refused(about: &Explanation) -> Option<String> {
    let count = about.job.as_ref().map(|job| job.suffered.forks_refused).filter(|&count| count > 0)?;
    Some(format!(
        "Its job was refused {count} new process(es) or thread(s): it had as many as its pids_max, or that of a group above it, allows."
    ))
}

fn outside_sockets(about: &Explanation) -> Option<String> {
    let sockets = about.outside_sockets.filter(|&sockets| sockets > 0)?;
    Some(format!(
        "Sockets that were open before the job was there: {sockets}. Network limits do not reach them; connected anew, \
         they do."
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

fn somebody_elses(about: &Explanation) -> Option<String> {
    let job = about.job.as_ref()?;
    Some(match job.bond.as_ref()? {
        Bond::Unit { ending, .. } => {
            let unit = Escaped(ending.unit.as_bytes());
            format!(
                "Its job came from unit {unit}: when that is stopped the job is ended as the unit would have ended it."
            )
        }
        Bond::InPlace { group } => format!(
            "Its job is governed in place: its limits stand on {}, where it is alone, and are taken back when somebody \
             else moves in there.",
            Quoted(group.as_bytes())
        ),
    })
}

/// Of one that is governed.
fn would_not_take(about: &Explanation, by_time: bool) -> Option<String> {
    let refuses = |check: &&Checked| !check.passed && check.is_about_time == by_time;
    // Who was wanted by a command was asked of no filter.
    let by_policy = about.job.as_ref().is_some_and(|job| job.made.is_none());
    let governed = by_policy && matches!(about.state, State::Governed);
    let check = about.checked.iter().filter(|_| governed).find(refuses)?;
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
        Some(job) if job.bond.as_ref().and_then(Bond::place).is_some_and(|place| place.ends_with(group)) => {
            None
        }
        Some(_) => Some(format!(
            "It sits in {shown}, not in its job's group: the next scan takes it along, unless a container holds it."
        )),
        None => Some(format!("It sits in {shown}.")),
    }
}
