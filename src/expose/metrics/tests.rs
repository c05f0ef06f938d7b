//! What a scraper gets, and that docs/metrics.md tells the same.

use super::*;
use crate::engine::Engine;
use crate::expose::log::samples::every_record;
use crate::feed::Standing;
use crate::model::health::Health;
use crate::model::record::{HostCause, MatchedBy, ScanSummary};
use crate::model::sample::{HostUse, Recent, Sample, Used};
use crate::model::snapshot::{JobState, JobView, Suffered};
use crate::model::state::Memory;
use crate::model::top::{List, Row};
use crate::model::usage::{Counts, Pressure, Reading, Usage};
use crate::model::{Comm, Identity, JobId, LimitKey, Limits, Mono, Now, Overrides, Pid, StartTime, Wall};
use crate::sys::own::OwnUse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A family: its type, its unit, the labels of its samples.
#[derive(PartialEq, Eq, Debug, Default)]
struct Told {
    kind: String,
    unit: String,
    labels: BTreeSet<String>,
}

fn scan() -> Record {
    let took = Duration::from_millis(3);
    Record::ScanComplete(ScanSummary { full: true, new: 0, tracked: 0, found: 7, took })
}

fn snapshot() -> Snapshot {
    let policy = crate::config::tests::defaults().policy;
    Engine::new(Pid(1), "boot".into(), policy.into(), &Memory::default()).snapshot(Now::default())
}

fn agent() -> Agent {
    let some = Some(7);
    let own =
        OwnUse { started: Wall(0), cpu: Duration::ZERO, resident: some, threads: some, open_files: some };
    let consumers = vec![Standing { name: "top".into(), waiting: 1, lost: 2, panics: 3 }];
    Agent { own, http_clients: 1, control_clients: 0, clients_dropped: 2, log_lines_dropped: 3, consumers }
}

fn job(pid: u32, command: &str) -> JobView {
    let main = Identity { pid: Pid(pid), start: StartTime(7) };
    JobView {
        main,
        id: JobId::of(command, main),
        command: command.into(),
        rule: MatchedBy::Exe,
        uid: 0,
        user: None,
        ppid: Pid(1),
        state: JobState::Governed { since: Mono(0) },
        limits: Limits::default(),
        unheld: Vec::new(),
        set: Overrides::default(),
        policy_limits: None,
        made: None,
        members: 2,
        family: None,
        tree: Default::default(),
        main_alive: true,
        age: Duration::ZERO,
        discovered_at: Wall(0),
        attached_at: None,
        origin: None,
        bond: None,
        tries: 0,
        last_failure: None,
        usage: None,
        suffered: Suffered::default(),
    }
}

fn all_there_is() -> Reading {
    let (time, number) = (Some(Duration::from_millis(1500)), Some(4096));
    let pressure = Pressure {
        cpu_some: time,
        cpu_full: time,
        memory_some: time,
        memory_full: time,
        io_some: time,
        io_full: time,
    };
    let counts =
        Counts { oom_kills: number, memory_high: number, forks_refused: number, ..Counts::default() };
    let usage = Usage {
        cpu: time,
        throttled: time,
        throttled_periods: number,
        memory: number,
        memory_peak: number,
        periods: number,
        counts,
        read_bytes: number,
        written_bytes: number,
        pressure,
    };
    Reading { at: Mono(0), usage, cpu_rate: None }
}

fn great(pid: u32, name: &[u8], recent: Option<Recent>) -> Row {
    let sample = Sample {
        identity: Identity { pid: Pid(pid), start: StartTime(7) },
        ppid: Pid(1),
        uid: 0,
        comm: Comm::new(name),
        kernel_thread: false,
        governed: false,
        used: Used { resident: 4096, ..Used::default() },
        read_at: Mono(0),
        recent,
    };
    Row { sample, user: None, score: 0.25 }
}

fn top(captured: Option<f64>, rows: Vec<Row>) -> List {
    let host = HostUse::default();
    List { at: Mono(0), over: None, host, busy: None, captured, processes: 7, left_out: 0, rows }
}

/// Everything that can be told, told.
fn complete() -> String {
    let mut metrics = Metrics::new();
    every_record("x").iter().for_each(|record| metrics.note(record));
    let mut snapshot = snapshot();
    (snapshot.governed, snapshot.usage, snapshot.last_scan) = (3, Some(all_there_is()), Some(Wall(1)));
    snapshot.jobs = vec![JobView { usage: Some(all_there_is()), ..job(1, "ffmpeg") }];
    snapshot.not_holding = vec![(LimitKey::CpuQuota, "no controller".into())];
    let recent = Some(Recent { cores: 1.5, children: 0.25 });
    snapshot.top = Some(top(Some(0.5), vec![great(1, b"x", recent)]).into());
    metrics.set(1);
    metrics.render(snapshot, agent(), Form::OpenMetrics)
}

/// Reads OpenMetrics, and fails where it is none: every sample belongs to the family above it, none is told twice.
fn families(open: &str) -> BTreeMap<String, Told> {
    let mut all: BTreeMap<String, Told> = BTreeMap::new();
    let (mut family, mut samples) = (String::new(), BTreeSet::new());
    let body = open.strip_suffix("# EOF\n").expect("an end");
    for line in body.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] => {
                assert!(!help.is_empty() && !all.contains_key(name), "{line}");
                family = name.to_owned();
                all.insert(family.clone(), Told::default());
            }
            ["#", "TYPE", name, kind] if name == family => all.get_mut(name).unwrap().kind = kind.into(),
            ["#", "UNIT", name, unit] if name == family && name.ends_with(unit) => {
                all.get_mut(name).unwrap().unit = unit.into();
            }
            _ => {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                assert!(value.parse::<f64>().is_ok() && samples.insert(series.to_owned()), "{line}");
                let (name, labels) = series.split_once('{').unwrap_or((series, ""));
                let told = all.get_mut(&family).unwrap();
                let suffixes: &[&str] = match &*told.kind {
                    "counter" => &["_total"],
                    "histogram" => &["_sum", "_count", "_bucket"],
                    "info" => &["_info"],
                    _ => &[""],
                };
                let ours = suffixes.iter().any(|suffix| name.strip_suffix(suffix) == Some(&family));
                assert!(ours, "{line} in {family}");
                let keys = labels.split("\",").filter_map(|label| label.split_once("=\""));
                told.labels.extend(keys.map(|(key, _)| key.to_owned()).filter(|key| key != "le"));
            }
        }
    }
    all
}

/// The tables of the page: name, type, labels, unit.
fn documented() -> BTreeMap<String, Told> {
    let page = include_str!("../../../docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `ffrtmp_"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    cells
        .map(|cells| {
            let [name, kind, labels, unit, meaning, remedy] = cells[..] else { panic!("{cells:?}") };
            assert!(!meaning.is_empty() && !remedy.is_empty(), "{name}");
            let labels = labels.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            let name = format!("ffrtmp_{}", name.trim_end_matches('`'));
            let suffix = if kind == "counter" { "_total" } else { "" };
            let suffix = if kind == "info" { "_info" } else { suffix };
            let family = name.strip_suffix(suffix).unwrap_or_else(|| panic!("{name} is a {kind}"));
            let unit = unit.trim_matches('-').to_owned();
            (family.to_owned(), Told { kind: kind.to_owned(), unit, labels })
        })
        .collect()
}

#[test]
fn the_page_lists_what_is_told_and_nothing_else() {
    let (told, documented) = (families(&complete()), documented());
    for (name, family) in &told {
        assert_eq!(documented.get(name), Some(family), "{name}");
    }
    let forgotten: Vec<_> = documented.keys().filter(|name| !told.contains_key(*name)).collect();
    assert!(forgotten.is_empty(), "documented, and not told: {forgotten:?}");
}

#[test]
fn what_there_could_be_does_not_depend_on_what_is_so() {
    let told = families(&Metrics::new().render(snapshot(), agent(), Form::OpenMetrics));
    let all = families(&complete());
    let missing: Vec<&String> = all.keys().filter(|name| !told.contains_key(*name)).collect();
    assert_eq!(missing, ["ffrtmp_attach_failures"], "which has too many labels to be told at zero");
}

#[test]
fn a_scan_is_counted_and_timed_in_both_forms() {
    let mut metrics = Metrics::new();
    metrics.note(&scan());
    metrics.note(&scan());
    let open = metrics.render(snapshot(), agent(), Form::OpenMetrics);
    assert!(
        open.contains("# TYPE ffrtmp_discovery_scans counter\nffrtmp_discovery_scans_total 2\n"),
        "{open}"
    );
    assert!(open.contains("ffrtmp_discovery_scan_duration_seconds_count 2\n") && open.ends_with("# EOF\n"));
    let drawn = metrics.distributions();
    assert!(drawn.iter().any(|d| d.about == "How long a scan took." && d.count() == 2), "{drawn:?}");
    let text = metrics.render(snapshot(), agent(), Form::Text);
    assert!(text.contains("# TYPE ffrtmp_discovery_scans_total counter\nffrtmp_discovery_scans_total 2\n"));
    assert!(text.contains("# HELP ffrtmp_discovery_scans_total ") && !text.contains("EOF"), "{text}");
}

/// The names of commands are the operator's, causes are the kernel's; neither may forge a line.
#[test]
fn hostile_names_stay_within_their_label() {
    let hostile = "f\"} 1\nffrtmp_forged 1\\{\u{202e}\r#";
    let mut snapshot = snapshot();
    snapshot.governed = 1;
    snapshot.jobs = vec![JobView { usage: Some(all_there_is()), ..job(1, hostile) }];
    snapshot.not_holding = vec![(LimitKey::CpuQuota, String::from_utf8_lossy(b"a\"\n\\\xff").into_owned())];
    for form in [Form::OpenMetrics, Form::Text] {
        let told = Metrics::new().render(snapshot.clone(), agent(), form);
        assert!(told.contains(r#"command="f\"} 1\nffrtmp_forged 1\\{"#), "{told}");
        assert!(told.contains("cause=\"a\\\"\\n\\\\\u{fffd}\""), "{told}");
        assert!(told.lines().all(|line| !line.starts_with("ffrtmp_forged")), "{told}");
    }
}

#[test]
fn a_job_has_series_as_far_as_its_figures_are_known() {
    let mut snapshot = snapshot();
    let known = Usage { cpu: Some(Duration::from_millis(250)), ..Usage::default() };
    let reading = Reading { at: Mono(0), usage: known, cpu_rate: None };
    snapshot.governed = 5;
    snapshot.jobs = vec![JobView { usage: Some(reading), ..job(4, "ffmpeg") }, job(5, "ffmpeg")];
    let told = Metrics::new().render(snapshot, agent(), Form::Text);
    let cpu = "ffrtmp_job_cpu_usage_seconds_total{job_id=\"auto-ffmpeg-4\",command=\"ffmpeg\"} 0.25\n";
    assert!(told.contains(cpu) && told.contains("ffrtmp_jobs_without_series 3\n"), "{told}");
    assert_eq!(told.matches("job_id=\"auto-ffmpeg-5\"").count(), 1, "its processes are known: {told}");
    assert!(
        !told.contains("ffrtmp_job_memory_bytes{") && !told.contains("\nffrtmp_oom_kills_total "),
        "{told}"
    );
}

#[test]
fn the_first_of_the_list_have_series_and_names_stay_within_their_label() {
    let recent = |cores| Some(Recent { cores, children: 0.25 });
    let rows =
        vec![great(4, b"a\"} 1\n\xff\\", recent(1.1)), great(5, b"new", None), great(6, b"x", recent(0.1))];
    let mut snapshot = snapshot();
    snapshot.top = Some(top(None, rows).into());
    let mut metrics = Metrics::new();
    metrics.set(2);
    let told = metrics.render(snapshot, agent(), Form::Text);
    let first = r#"{pid="4",command="a\"} 1\\n\\xff\\\\"}"#;
    for line in [
        "top_processes 3".into(),
        format!("top_process_cpu_cores{first} 1.35"),
        format!("top_process_memory_bytes{first} 4096"),
        "top_process_score{pid=\"5\",command=\"new\"} 0.25".to_owned(),
    ] {
        assert!(told.contains(&format!("\nffrtmp_{line}\n")), "{line} {told}");
    }
    assert!(!told.contains("cpu_cores{pid=\"5\"") && !told.contains("pid=\"6\""), "{told}");
    assert!(!told.contains("\nffrtmp_top_capture_ratio "), "no rate is known: {told}");
}

#[test]
fn of_states_one_is_so() {
    let mut snapshot = snapshot();
    snapshot.health.level = Health::Degraded;
    snapshot.paused = vec![HostCause::Full];
    let told = Metrics::new().render(snapshot, agent(), Form::Text);
    for (line, so) in [
        ("ffrtmp_health_state{state=\"degraded\"}", 1),
        ("ffrtmp_health_state{state=\"healthy\"}", 0),
        ("ffrtmp_breaker_open{cause=\"no room for another cgroup\"}", 1),
        ("ffrtmp_breaker_open{cause=\"out of memory\"}", 0),
        ("ffrtmp_events_source_state{state=\"connecting\"}", 1),
        ("ffrtmp_governance_available", 0),
    ] {
        assert!(told.contains(&format!("{line} {so}\n")), "{line} {told}");
    }
}

/// Each fact once: what follows from every kind of record.
#[test]
fn every_counter_counts_what_it_is_for() {
    let mut metrics = Metrics::new();
    every_record("x").iter().for_each(|record| metrics.note(record));
    let told = metrics.render(snapshot(), agent(), Form::Text);
    for (series, count) in [
        ("discovery_scan_failures_total", 1),
        ("discovery_new_attachments_total", 1),
        ("discovery_detection_latency_seconds_count", 1),
        ("attach_latency_seconds_count", 1),
        ("attach_duration_seconds_count", 1),
        ("attach_failures_total{step=\"move into cgroup\",class=\"transient\"}", 3),
        ("attach_gone_total", 1),
        ("breaker_opened_total{cause=\"no room for another cgroup\"}", 1),
        ("breaker_opened_total{cause=\"out of memory\"}", 0),
        ("health_transitions_total{to=\"degraded\"}", 1),
        ("health_transitions_total{to=\"healthy\"}", 0),
        ("state_saves_total", 2),
        ("state_save_failures_total", 2),
        ("config_reloads_total{result=\"ok\"}", 1),
        ("config_reloads_total{result=\"failed\"}", 1),
        ("config_last_reload_successful", 0),
        ("process_exits_total", 1),
        // One of them had been governed in place.
        ("releases_total", 2),
        ("foreign_cases_total{case=\"left\"}", 1),
        ("foreign_cases_total{case=\"in_place\"}", 1),
        ("foreign_cases_total{case=\"from_unit\"}", 1),
        ("foreign_cases_total{case=\"company\"}", 1),
        ("foreign_cases_total{case=\"unit_stopped\"}", 1),
        ("forks_refused_total", 3),
    ] {
        assert!(told.contains(&format!("ffrtmp_{series} {count}\n")), "{series} {told}");
    }
}
