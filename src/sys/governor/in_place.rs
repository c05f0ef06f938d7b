//! Limits on a group that is not ours, where a target lives alone. What stands there and is tighter stays; what is changed
//! is noted before, and put back in the end, unless somebody else has changed it since.

use super::attach::{Ended, proc_file};
use super::company::company;
use super::jobs::{Jobs, ready};
use super::known::Known;
use super::limits::{self, Refused};
use super::note::Note;
use super::process::{Held, is_gone};
use super::seat::Seat;
use super::tie::{Before, Tie};
use super::{Governor, company, failure, shift};
use crate::engine::effect::Attach;
use crate::engine::input::{LimitsSet, Outcome};
use crate::model::record::{Failure, Step};
use crate::model::{Amount, JobId, LimitKey, Limits, Overrides, Pid};
use crate::sys::clock;
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;

/// What is to stand on a group, by what stands there.
#[derive(Debug, Default)]
struct Plan {
    /// To be written, and what the files said before.
    bound: Limits,
    before: Before,
    /// Tighter than what is asked for, or no matter of more or less: it stays.
    kept: Limits,
}

impl Governor {
    /// Why a group cannot be one to govern a process in; `Ok` has its number.
    pub(super) fn may_stay_in(&self, jobs: &Jobs, origin: &[u8], main: Pid) -> Result<u64, String> {
        let below = jobs.mount.below(origin).filter(|below| !below.is_empty());
        let Some(below) = below else { return Err("there is no group of its own to govern it in".into()) };
        let own = self.proc.cgroup(self.proc.own).unwrap_or_default();
        let holds = |group: &[u8]| group.starts_with(&[origin, b"/"].concat()) || group == origin;
        if holds(&own) || holds(&jobs.shown_root) {
            return Err("its group holds the service, too".into());
        }
        let refused = |errno: Errno| format!("its group cannot be looked into: {errno}");
        let number = statat(&jobs.top, below, AtFlags::empty()).map_err(refused)?.st_ino;
        let place = jobs.place(origin, number).map_err(refused)?;
        match company(&self.proc, &place.dir, &[main]).map_err(refused)? {
            Some(other) => Err(format!("it is not alone in its group (pid {other} is there, too)")),
            None => Ok(number),
        }
    }

    pub(super) fn attach_in_place(
        &mut self,
        attach: &Attach,
        held: Held,
        note: &Note,
    ) -> Result<Ended, Failure> {
        let began = clock::mono();
        let jobs = ready(&self.jobs)?;
        let Some(Tie::InPlace { number, .. }) = note.tie else { return Ok((Outcome::Gone, None)) };
        let place = match jobs.place(&note.origin, number) {
            Err(errno) if is_gone(errno) => return Ok((Outcome::Gone, None)),
            result => result.map_err(|errno| failure(Step::Proc, errno, proc_file(&held, "cgroup"), ""))?,
        };
        let group = jobs.group_for(&attach.command, attach.identity, &self.boot)?;
        let (known, refused, kept) = settle(jobs, &group.job, &place, note, &Limits::default())?;
        // Asked last: whoever lives now has been there all the while.
        let is_there = self.proc.sits_in(held.pid, &place.shown) == Ok(true) && self.proc.lives(&held);
        let at = clock::mono();
        if !is_there {
            give_back(&place, &known);
            jobs.discard(&group);
            return Ok((Outcome::Gone, None));
        }
        let mut members = company::kin(&self.proc, &place.dir, &[held.pid]).unwrap_or_default();
        members.retain(|&pid| pid != held.pid);
        let outcome = Outcome::Held {
            job: group.job.clone(),
            origin: shift::shown(&place.shown),
            members,
            sockets: 0,
            refused,
            kept,
            took: at - began,
            at,
            bond: known.note.as_ref().and_then(|note| Some(note.tie.as_ref()?.bond(jobs, &note.origin))),
        };
        if let Ok(jobs) = &mut self.jobs {
            jobs.remember(group.job, known);
        }
        Ok((outcome, held.pidfd))
    }

    /// Other limits for a job in place: all of them or, where that is refused, as many as can be.
    pub(super) fn set_in_place(
        &mut self,
        job: &JobId,
        place: &Seat,
        limits: &Limits,
        set: &Overrides,
        whole: bool,
    ) -> Result<LimitsSet, Failure> {
        let jobs = ready(&self.jobs)?;
        let Some(Known { note: Some(note), bound, .. }) = jobs.known.get(job).cloned() else {
            return Err(failure(Step::LimitWrite, Errno::NOENT, place.path.as_str(), "its note is lost"));
        };
        let new = Note { limits: limits.clone(), set: set.clone(), ..note.clone() };
        let (mut known, refused, kept) = settle(jobs, job, place, &new, &bound)?;
        let stops =
            refused.iter().find(|(key, _)| whole && note.asks_anew(*key, limits)).map(|(_, why)| why.clone());
        if stops.is_some() {
            let settled = known.bound.clone();
            let tie = known.note.and_then(|note| note.tie);
            known = settle(jobs, job, place, &Note { tie, ..note }, &settled)?.0;
        }
        if let Ok(jobs) = &mut self.jobs {
            jobs.remember(job.clone(), known);
        }
        stops.map_or(Ok(LimitsSet { kept, refused }), Err)
    }
}

/// Brings a group to what the note asks for. The note is written first: whoever ends this service in between leaves a group
/// that can be given back.
fn settle(
    jobs: &Jobs,
    job: &JobId,
    place: &Seat,
    note: &Note,
    written: &Limits,
) -> Result<(Known, Refused, Limits), Failure> {
    let refused = |errno| failure(Step::Xattr, errno, jobs.path_of(job), "");
    let Some(Tie::InPlace { number, before: old }) = &note.tie else { return Err(refused(Errno::INVAL)) };
    let Plan { bound, before, kept } = plan(place, &note.limits, old, written);
    let of = |before| Note { tie: Some(Tie::InPlace { number: *number, before }), ..note.clone() };
    let marker = jobs.open(job).map_err(refused)?;
    let mut both = old.clone();
    both.extend(before.clone());
    of(both).write_to(&marker).map_err(refused)?;
    let give_up = || {
        let gone = old.iter().filter(|(key, _)| !before.contains_key(key));
        gone.for_each(|(key, text)| put_back(place, *key, text, written));
    };
    give_up();
    let mut refusals = limits::apply(&place.dir, || place.path.clone(), &bound, |key| bound.has(key), false);
    // A burst may have had to wait for its quota. What is as it was before is let alone.
    give_up();
    // What was refused is as it was.
    let bound = refusals.iter().fold(bound, |bound, (key, _)| bound.with(*key, written.get(*key).cloned()));
    refusals.extend(not_given(place, &note.limits));
    let note = Note { unheld: refusals.iter().map(|(key, _)| *key).collect(), ..of(before) };
    note.write_to(&marker).map_err(refused)?;
    let unheld = note.unheld.iter().copied().collect();
    Ok((Known { note: Some(note), on_group: true, bound, unheld }, refusals, kept))
}

/// What can stand on somebody else's group and be taken off again with nothing of the owner's lost. Limits of disks are lists,
/// and weights of disks two files: of neither would it be told apart later what was whose.
fn may_stand(key: LimitKey) -> bool {
    limits::file(key).is_some() && !matches!(key, LimitKey::IoMax | LimitKey::IoWeight)
}

fn not_given(place: &Seat, limits: &Limits) -> Refused {
    let why = |key| {
        (
            key,
            failure(
                Step::LimitWrite,
                None,
                place.path.as_str(),
                format!("a job in place is not given {key}"),
            ),
        )
    };
    limits.keys().filter(|key| !may_stand(*key)).map(why).collect()
}

fn plan(place: &Seat, limits: &Limits, old: &Before, written: &Limits) -> Plan {
    let mut plan = Plan::default();
    let ours = |key, text: &str| limits::says(key, written.get(key), text);
    let theirs = |key| {
        limits::standing(&place.dir, key).map(|now| match old.get(&key) {
            Some(before) if ours(key, &now) => before.clone(),
            _ => now,
        })
    };
    for (key, amount) in limits.iter().filter(|(key, _)| may_stand(*key)) {
        let theirs = theirs(key);
        let stands = theirs.as_ref().and_then(|text| limits::parse(key, text));
        match stands.filter(|stands| !key.is_bound() || stands <= amount) {
            Some(stands) => plan.kept = plan.kept.with(key, Some(stands)),
            None => {
                plan.bound = plan.bound.with(key, Some(amount.clone()));
                plan.before.extend(theirs.map(|text| (key, text)));
            }
        }
    }
    // The kernel takes no quota below a burst that stands.
    let burst = LimitKey::CpuBurst;
    if let Some(quota) = plan.bound.get(LimitKey::CpuQuota)
        && let Some(theirs) =
            theirs(burst).filter(|text| limits::parse(burst, text).is_some_and(|burst| burst >= *quota))
    {
        plan.kept = plan.kept.with(burst, None);
        plan.bound = plan.bound.with(burst, Some(limits.get(burst).cloned().unwrap_or(Amount::Number(0))));
        plan.before.insert(burst, theirs);
    }
    plan
}

/// What stood there before stands again. Nothing is to be done about a refusal: the group is its owner's.
pub(super) fn give_back(place: &Seat, known: &Known) {
    if let Some(Tie::InPlace { before, .. }) = known.note.as_ref().and_then(|note| note.tie.as_ref()) {
        before.iter().for_each(|(key, text)| put_back(place, *key, text, &known.bound));
    }
}

fn put_back(place: &Seat, key: LimitKey, before: &str, written: &Limits) {
    let now = limits::standing(&place.dir, key).unwrap_or_default();
    if limits::says(key, written.get(key), &now) {
        limits::put_back(&place.dir, key, before);
    }
}
