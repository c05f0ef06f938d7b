//! What jobs use: sums over all of them, and series of their own for those that the snapshot names.

use super::sheet::{Sheet, about, bytes, seconds};
use crate::model::record::Strain;
use crate::model::snapshot::{JobView, Snapshot};
use crate::model::usage::{Pressure, Usage};
use std::fmt::Result;
use std::time::Duration;

type Of<'s, N> = ([(&'static str, &'s str); 2], N);
type OfKinds<'s, N> = ([(&'static str, &'s str); 4], N);
type OfThree<'s> = ([(&'static str, &'s str); 3], u64);

pub(super) fn write(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    sums(snapshot, sheet)?;
    let jobs = &snapshot.jobs;
    let cpu = seconds("job_cpu_usage", "Processor time that the job has used.");
    sheet.counters(&cpu, each(jobs, |usage| usage.cpu.map(real)))?;
    let throttled = seconds("job_cpu_throttled", "Time that its quota kept the job from running.");
    sheet.counters(&throttled, each(jobs, |usage| usage.throttled.map(real)))?;
    let periods = about("job_cpu_throttled_periods", "Periods in which its quota kept the job from running.");
    sheet.counters(&periods, each(jobs, |usage| usage.throttled_periods))?;
    let all = about("job_cpu_periods", "Periods of its quota in which the job wanted to run.");
    sheet.counters(&all, each(jobs, |usage| usage.periods))?;
    sheet.gauges(&bytes("job_memory", "Memory of the job."), each(jobs, |usage| usage.memory))?;
    let peak = bytes("job_memory_peak", "The most memory that the job has had.");
    sheet.gauges(&peak, each(jobs, |usage| usage.memory_peak))?;
    let killed = about("job_oom_kills", "Processes of the job that were killed for want of memory.");
    sheet.counters(&killed, each(jobs, |usage| usage.counts.oom_kills))?;
    let beyond = "Times that the kernel held the job back because it was beyond memory_high.";
    let high = about("job_memory_high_events", beyond);
    sheet.counters(&high, each(jobs, |usage| usage.counts.memory_high))?;
    let refused = "Processes and threads that the job was refused, having as many as its pids_max, or that of a group above it, allows.";
    let forks = about("job_forks_refused", refused);
    sheet.counters(&forks, each(jobs, |usage| usage.counts.forks_refused))?;
    let suffers = "Whether the job has been suffering from this for long.";
    sheet.gauges(&about("job_strained", suffers), jobs.iter().flat_map(strains))?;
    let members = about("job_processes", "Processes of the job that live.");
    sheet.gauges(&members, jobs.iter().map(|job| (labels(job), job.members as u64)))?;
    let waited = seconds("job_pressure", "Time that some, or all, of the job waited for a resource.");
    sheet.counters(&waited, jobs.iter().flat_map(pressures))?;
    let moved = bytes("job_io", "Bytes that the job has read from and written to devices.");
    sheet.counters(&moved, jobs.iter().flat_map(directions))
}

fn sums(snapshot: &Snapshot, sheet: &mut Sheet<'_>) -> Result {
    let without = snapshot.governed.saturating_sub(snapshot.jobs.len()) as u64;
    sheet.gauge(&about("jobs_without_series", "Jobs that are in the sums alone."), Some(without))?;
    let age = snapshot.usage.map(|reading| real(snapshot.now.mono - reading.at));
    sheet.gauge(&seconds("jobs_usage_age", "How old the figures of what jobs use are."), age)?;
    let all = snapshot.usage.map(|reading| reading.usage).unwrap_or_default();
    let cpu =
        seconds("jobs_cpu_usage", "Processor time that all jobs have used, those that have ended included.");
    sheet.counter(&cpu, all.cpu.map(real))?;
    sheet.gauge(&bytes("jobs_memory", "Memory of all jobs."), all.memory)?;
    let killed = "Processes of jobs that were killed for want of memory, of jobs that have ended, too.";
    sheet.counter(&about("oom_kills", killed), all.counts.oom_kills)
}

/// One figure of those jobs that have it.
fn each<'s, N: 's>(
    jobs: &'s [JobView],
    figure: impl Fn(&Usage) -> Option<N> + 's,
) -> impl Iterator<Item = Of<'s, N>> {
    jobs.iter().filter_map(move |job| Some((labels(job), figure(&job.usage?.usage)?)))
}

fn pressures(job: &JobView) -> impl Iterator<Item = OfKinds<'_, f64>> {
    let Pressure { cpu_some, cpu_full, memory_some, memory_full, io_some, io_full } =
        job.usage.map(|reading| reading.usage.pressure).unwrap_or_default();
    let [id, command] = labels(job);
    let all = [
        ("cpu", "some", cpu_some),
        ("cpu", "full", cpu_full),
        ("memory", "some", memory_some),
        ("memory", "full", memory_full),
        ("io", "some", io_some),
        ("io", "full", io_full),
    ];
    all.into_iter().filter_map(move |(resource, kind, waited)| {
        Some(([id, command, ("resource", resource), ("kind", kind)], real(waited?)))
    })
}

fn strains(job: &JobView) -> impl Iterator<Item = OfThree<'_>> {
    let [id, command] = labels(job);
    let is_so = |strain| u64::from(job.suffered.strains.iter().any(|&(of, ..)| of == strain));
    let all = job.usage.map(|_| Strain::ALL).into_iter().flatten();
    all.map(move |strain| ([id, command, ("strain", strain.name())], is_so(strain)))
}

fn directions(job: &JobView) -> impl Iterator<Item = OfThree<'_>> {
    let usage = job.usage.map(|reading| reading.usage).unwrap_or_default();
    let [id, command] = labels(job);
    let both = [("read", usage.read_bytes), ("written", usage.written_bytes)];
    both.into_iter()
        .filter_map(move |(direction, count)| Some(([id, command, ("direction", direction)], count?)))
}

fn labels(job: &JobView) -> [(&'static str, &str); 2] {
    [("job_id", job.id.as_str()), ("command", &job.command)]
}

fn real(time: Duration) -> f64 {
    time.as_secs_f64()
}
