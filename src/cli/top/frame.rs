//! A reading → the lines of a screen of a certain size, none longer and no more of them than fit. Pure.

use super::Reading;
use super::sheet::Sort;
use super::view::View;
use crate::cli::paint::{Ink, Paint};
use crate::cli::shown::{Shown, duration, or_nothing, percent};
use crate::cli::table::cut;
use crate::cli::told::{Job, Status, Top};
use crate::cli::{jobs, processes, status};
use crate::model::Bytes;
use crate::model::text::OneLine;
use std::fmt::Display;

/// Lines above the table, and its headings.
const ABOVE: usize = 5;

pub(super) fn lines(
    reading: &Reading,
    view: &mut View,
    trouble: Option<&str>,
    (width, height): (usize, usize),
    paint: Paint,
) -> Vec<String> {
    let Reading { status, jobs, top } = reading;
    let line = |ink: Ink, text: String| paint.on(ink, &cut(&text, width));
    let (news, health) = match trouble {
        Some(why) => (line(Ink::Bad, OneLine(why).to_string()), Ink::Plain),
        None => (line(Ink::Plain, view.told()), status::level(&status.health.level)),
    };
    let (ink, sums) = match view.sort() {
        Sort::Jobs(_) => (Ink::Plain, sums(jobs)),
        Sort::Processes(_) => of_the_host(status, top.as_ref()),
    };
    let mut lines = vec![line(health, head(status)), line(Ink::Plain, counts(status)), line(ink, sums), news];
    match view.help() {
        Some(help) => lines.extend(help.map(|text| line(Ink::Plain, text.to_owned()))),
        None => lines.extend(table(reading, view, (width, height.saturating_sub(ABOVE)), paint)),
    }
    lines.truncate(height);
    lines
}

fn table(reading: &Reading, view: &mut View, (width, room): (usize, usize), paint: Paint) -> Vec<String> {
    let sheet = view.sheet();
    match (sheet.sort, &reading.top) {
        (Sort::Jobs(key), _) => {
            let sort = |jobs: &mut [_], turned| jobs::sort(jobs, key, turned);
            jobs::table(&sheet.choose(&reading.jobs, room, jobs::about, sort), Some(width), paint)
        }
        (Sort::Processes(key), Some(top)) => {
            let sort = |list: &mut [_], turned| processes::sort(list, key, turned);
            processes::table(&sheet.choose(&top.list, room, processes::about, sort), Some(width), paint)
        }
        (Sort::Processes(_), None) => vec![cut(processes::NO_LIST, width)],
    }
}

fn head(status: &Status) -> String {
    let time = status.time.get(11..19).unwrap_or_default();
    let (_, source) = status::source(&status.source);
    let (level, lasted) = (Shown(&status.health.level), duration(status.health.lasted));
    let reasons: String =
        status.health.reasons.iter().map(|reason| format!("; {}", Shown(&reason.text))).collect();
    format!(
        "ffrtmp {}  {} UTC  {level} for {lasted}{reasons}  events {source}",
        Shown(&status.program),
        Shown(time)
    )
}

fn counts(status: &Status) -> String {
    let count = |what: &dyn Display, count: u64| format!("  {what} {count}");
    let why = status.ungoverned.iter().filter(|(_, many)| **many > 0);
    let why: String = why.map(|(reason, many)| count(&Shown(reason), *many)).collect();
    let not = if why.is_empty() { why } else { format!("  ungoverned:{why}") };
    format!("processes {}  governed {}{not}", status.processes, status.governed)
}

/// Of all jobs, also of those that a filter hides; nothing where nothing is known.
fn sums(all: &[Job]) -> String {
    let used = || all.iter().filter_map(|job| job.usage.as_ref());
    let cpu = used().filter_map(|usage| usage.cpu_rate).reduce(|sum, rate| sum + rate);
    let memory = used().filter_map(|usage| usage.memory).reduce(u64::saturating_add);
    let (cpu, memory) = (or_nothing(cpu.map(|rate| percent(rate) + "%")), or_nothing(memory.map(Bytes)));
    format!("jobs {}  CPU {cpu}  memory {memory}", all.len())
}

/// And why there is nothing newer, while there is not.
fn of_the_host(status: &Status, top: Option<&Top>) -> (Ink, String) {
    let shed = status.scanner.as_ref().filter(|scanner| scanner.shed.is_some()).map(status::sampling);
    let ink = shed.as_ref().map_or(Ink::Plain, |(ink, _)| *ink);
    let shed = shed.map(|(_, why)| format!("sampling {why}"));
    (ink, top.map(processes::heading).into_iter().chain(shed).collect::<Vec<_>>().join("  "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::columns::{JobKey, ProcessKey};
    use crate::cli::jobs::tests::jobs;
    use crate::cli::processes::tests::top;
    use serde_json::json;

    fn reading() -> Reading {
        let status = json!({ "program": "1.0", "time": "2026-08-01T12:34:56.5Z", "processes": 95, "governed": 2,
            "health": { "level": "healthy", "lasted": 60.0 }, "source": { "state": "live" },
            "ungoverned": { "filter": 1, "foreign": 0, "retrying": 1 } });
        Reading { status: serde_json::from_value(status).unwrap(), jobs: jobs(), top: Some(top()) }
    }

    const OF_JOBS: Sort = Sort::Jobs(JobKey::Cpu);
    const OF_PROCESSES: Sort = Sort::Processes(ProcessKey::Score);

    fn drawn(trouble: Option<&str>, size: (usize, usize)) -> Vec<String> {
        lines(&reading(), &mut View::of(OF_JOBS, OF_PROCESSES), trouble, size, Paint(false))
    }

    #[test]
    fn the_head_says_how_the_service_fares_and_the_table_who_does_what() {
        let lines = drawn(None, (120, 20));
        assert_eq!(lines[0], "ffrtmp 1.0  12:34:56 UTC  healthy for 1m  events live from the kernel");
        assert_eq!(lines[1], "processes 95  governed 2  ungoverned:  filter 1  retrying 1");
        assert_eq!(lines[2], "jobs 3  CPU 151.0%  memory 1GiB");
        assert_eq!(lines[3], "sorted by cpu; tab for processes, ? for help");
        assert!(lines[4].starts_with("JOB") && lines[5].starts_with("auto-ffmpeg-10"), "{lines:#?}");
        assert!(drawn(Some("the service\nis gone"), (120, 20))[3].contains("the service; is gone"));
    }

    #[test]
    fn of_processes_it_says_what_the_list_stands_for_or_that_there_is_none() {
        let mut view = View::of(OF_PROCESSES, OF_JOBS);
        let drawn = lines(&reading(), &mut view, None, (120, 20), Paint(false));
        assert_eq!(drawn[2], processes::heading(&top()));
        assert_eq!(drawn[3], "sorted by score; tab for jobs, ? for help");
        assert!(drawn[4].trim_start().starts_with("PID") && drawn[5].ends_with("ffmpeg"), "{drawn:#?}");
        let mut shed = Reading { top: None, ..reading() };
        shed.status.scanner = serde_json::from_value(json!({ "shed": "overload" })).unwrap();
        let drawn = lines(&shed, &mut view, None, (200, 20), Paint(false));
        assert_eq!(drawn[2], "sampling given up for a while (overload)");
        assert_eq!(drawn[4..], [processes::NO_LIST]);
    }

    #[test]
    fn no_size_is_too_small() {
        use unicode_width::UnicodeWidthStr;
        for size in [(1, 1), (10, 3), (40, 6), (80, 24)] {
            for (shown, hidden) in [(OF_JOBS, OF_PROCESSES), (OF_PROCESSES, OF_JOBS)] {
                for reading in [reading(), Reading { top: None, ..reading() }] {
                    let lines = lines(&reading, &mut View::of(shown, hidden), None, size, Paint(false));
                    assert!(lines.len() <= size.1, "{size:?}: {lines:#?}");
                    assert!(lines.iter().all(|line| line.width() <= size.0), "{size:?}: {lines:#?}");
                }
            }
        }
    }
}
