//! What a browser gets, whatever there is to show.

use super::processes::MOST_PROCESSES;
use super::*;
use crate::config::policy::ArgvInLog;
use crate::engine::Engine;
use crate::expose::history::History;
use crate::expose::http::Method;
use crate::expose::log::samples::every_record;
use crate::model::failure::{Class, Failure, Step, Tried};
use crate::model::health::{Health, Reason};
use crate::model::record::{HostCause, MatchedBy, ShedCause};
use crate::model::sample::{CpuTime, HostUse, Io, Recent, Sample, Used};
use crate::model::snapshot::{GovernanceView, JobState, JobView, Phase, ScannerView, SourceView, Ungoverned};
use crate::model::state::Memory;
use crate::model::top::{List, Row};
use crate::model::usage::{Reading, Usage};
use crate::model::{Comm, Identity, JobId, LimitKey, Limits, Mono, Now, Overrides, Pid, StartTime, Wall};
use std::time::Duration;

fn snapshot() -> Snapshot {
    let policy = crate::config::tests::defaults().policy;
    let engine = Engine::new(Pid(1), "boot".into(), policy.into(), &Memory::default());
    let mut snapshot = engine.snapshot(Now { mono: Mono(90_000_000_000), wall: Wall(0) });
    snapshot.phase = Phase::Running;
    snapshot
}

fn job(number: i32, text: &str, state: JobState) -> JobView {
    let failure =
        Failure { step: Step::LimitWrite, errno: 22, path: text.to_owned(), detail: text.to_owned() };
    JobView {
        main: Identity { pid: Pid(number.cast_unsigned()), start: StartTime(1) },
        id: JobId::found(&format!("auto-{text}-{number}")),
        command: text.into(),
        rule: MatchedBy::Exe,
        uid: 1000,
        user: Some(text.into()),
        ppid: Pid(1),
        state,
        limits: Limits::from([(LimitKey::CpuQuota, 200), (LimitKey::MemoryLimit, 4 << 30)]),
        unheld: Vec::new(),
        set: Overrides::default(),
        policy_limits: None,
        made: None,
        members: 3,
        family: None,
        tree: Default::default(),
        main_alive: true,
        age: Duration::from_millis(192_500),
        discovered_at: Wall(0),
        attached_at: None,
        origin: None,
        bond: None,
        tries: 1,
        usage: (number == 1).then(used),
        suffered: Default::default(),
        last_failure: Some(Tried { at: Wall(0), failure, class: Class::Permanent }),
    }
}

fn used() -> Reading {
    let usage = Usage { throttled: Some(Duration::from_secs(3)), memory: Some(3 << 29), ..Usage::default() };
    Reading { at: Mono(0), usage, cpu_rate: Some(1.337) }
}

fn busy(number: i32, text: &str) -> Row {
    let io = Some(Io { read: 3 << 29, written: 512 });
    let used = Used { resident: 3 << 29, threads: 4, state: b'R', io, ..Used::default() };
    let sample = Sample {
        identity: Identity { pid: Pid(number.cast_unsigned()), start: StartTime(1) },
        ppid: Pid(1),
        uid: 1000,
        comm: Comm::new(text.as_bytes()),
        kernel_thread: false,
        governed: number == 1,
        used,
        read_at: Mono(0),
        recent: (number == 1).then_some(Recent { cores: 1.337, children: 0.5 }),
    };
    Row { sample, user: Some(text.into()), score: 0.25 }
}

fn list(rows: Vec<Row>) -> List {
    List {
        at: Mono(86_750_000_000),
        over: Some(Duration::from_secs(10)),
        host: HostUse { busy: CpuTime(0), cores: 8, memory: 16 << 30 },
        busy: Some(2.5),
        captured: Some(0.974),
        processes: 312,
        left_out: 0,
        rows,
    }
}

const GOVERNED: JobState = JobState::Governed { since: Mono(0) };

fn shown(snapshot: &Snapshot, history: &History) -> String {
    let distributions = [Distribution {
        about: "How long a scan took.".into(),
        buckets: vec![(0.001, 0), (0.005, 3), (0.01, 3), (0.025, 4), (f64::INFINITY, 4)],
    }];
    let view = View {
        snapshot,
        distributions: &distributions,
        records: history.since(history.last().saturating_sub(MOST_RECORDS)).lines,
        renewed: true,
    };
    let page = Page::new().show(&view);
    assert_eq!((page.status, page.content_type), (Status::Ok, "text/html; charset=utf-8"));
    page.body.into_owned()
}

fn page(snapshot: &Snapshot) -> String {
    shown(snapshot, &History::new(ArgvInLog::Redacted))
}

/// The elements of a document, each with how deep it stands; panics where one is not closed, or in another's place.
fn elements(document: &str) -> Vec<String> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let body = document.strip_prefix("<!DOCTYPE html>\n").expect("a doctype");
    for tag in body.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap_or_else(|| panic!("{tag}"));
        assert!(tag == "style" || !text.contains(['>', '"', '\'']), "{text}");
        match (tag.strip_prefix('/'), tag.strip_suffix('/')) {
            (Some(name), _) => assert_eq!(open.pop(), Some(name)),
            (None, empty) => {
                let name = tag.split([' ', '/']).next().unwrap();
                all.push(name.to_owned());
                open.extend(empty.is_none().then_some(name));
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

/// All that can be shown, with the same text wherever a foreign one can stand.
fn everything(text: &str) -> (Snapshot, History) {
    let mut snapshot = snapshot();
    let states = [
        JobState::Attaching,
        JobState::Retrying { at: Mono(95_000_000_000) },
        JobState::Paused,
        GOVERNED,
        JobState::Observed,
        JobState::Releasing,
        JobState::Ending,
    ];
    snapshot.jobs = (1..).zip(states).map(|(number, state)| job(number, text, state)).collect();
    snapshot.targets = vec![text.into()];
    snapshot.governance = GovernanceView::Unavailable { why: text.to_owned() };
    snapshot.source = SourceView::Polling { why: text.to_owned(), lost: true };
    snapshot.health.level = Health::Degraded;
    snapshot.health.reasons =
        vec![Reason::NotGoverning, Reason::EventsLost, Reason::Paused(HostCause::Full), Reason::Resync];
    snapshot.not_holding = vec![(LimitKey::CpuQuota, text.to_owned())];
    snapshot.dead_letters = 2;
    snapshot.top = Some(list(vec![busy(1, text), busy(2, text)]).into());
    snapshot.ungoverned.extend(Ungoverned::ALL.map(|reason| (reason, 1)));
    let mut history = History::new(ArgvInLog::Full);
    for record in every_record(text) {
        history.note(Wall(0), &record);
    }
    (snapshot, history)
}

#[test]
fn it_is_well_formed_and_no_text_becomes_an_element() {
    let harmless = everything("ffmpeg");
    let harmless = elements(&shown(&harmless.0, &harmless.1));
    assert!(["title", "style", "svg", "rect", "li"].iter().all(|name| harmless.iter().any(|e| e == name)));
    for hostile in [
        "<script>document.title='owned'</script>",
        "\"><img src=x onerror=alert(1)>",
        "</style></title></svg><b>",
        "' onload='x",
        "<!-- ]]> &amp; &lt;script&gt;",
        "\u{202e}\u{0}\n\u{7f}\u{feff}",
        "",
    ] {
        let (snapshot, history) = everything(hostile);
        let document = shown(&snapshot, &history);
        assert_eq!(elements(&document), harmless, "{hostile}");
        assert!(!document.contains(['\u{202e}', '\u{0}', '\u{7f}', '\u{feff}']));
    }
}

#[test]
fn the_policy_lets_in_the_style_that_is_served_and_nothing_else() {
    let snapshot = snapshot();
    let history = History::new(ArgvInLog::Redacted);
    let view =
        View { snapshot: &snapshot, distributions: &[], records: history.since(0).lines, renewed: false };
    let answer = Page::new().show(&view).into_bytes(Method::Get, true);
    let answer = String::from_utf8(answer).unwrap();
    let style = answer.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).unwrap().0;
    let policy = format!("default-src 'none'; style-src '{}'; base-uri 'none'", digest::source_of(style));
    assert!(answer.contains(&policy) && !answer.contains("unsafe-inline") && !answer.contains("style="));
    assert!(
        !answer.contains("http-equiv") && page(&snapshot).contains("http-equiv=\"refresh\" content=\"10\"")
    );
    assert!(!answer.contains("<script") && !answer.contains("url(") && !answer.contains("@import"));
}

#[test]
fn it_stays_small_and_shows_first_what_is_not_governed() {
    let mut snapshot = snapshot();
    let long = "é".repeat(4096);
    snapshot.jobs = (1..3000).map(|number| job(number, "ffmpeg", GOVERNED)).collect();
    snapshot.jobs.push(job(3000, &long, JobState::Paused));
    let document = page(&snapshot);
    assert_eq!(document.matches("<tr><th scope=\"row\">auto-").count(), MOST_JOBS);
    assert!(document.contains("and 2800 more"));
    assert!(document.find("paused").unwrap() < document.find("auto-ffmpeg-1<").unwrap());
    snapshot.jobs = (1..3000).map(|number| job(number, &long, JobState::Paused)).collect();
    snapshot.top = Some(list((1..1000).map(|number| busy(number, &long)).collect()).into());
    let document = page(&snapshot);
    assert_eq!(document.matches("<td>runs</td>").count(), MOST_PROCESSES);
    assert!(document.contains("and 984 more: `ffrtmp top --processes` shows all"));
    let (_, history) = everything(&long);
    let size = shown(&snapshot, &history).len();
    assert!(size < 2 << 20, "{size}");
}

#[test]
fn a_job_is_told_with_what_it_uses_and_may_use() {
    let mut snapshot = snapshot();
    snapshot.jobs = vec![job(1, "ffmpeg", GOVERNED), job(2, "ffmpeg", GOVERNED)];
    (snapshot.governed, snapshot.usage) = (2, Some(used()));
    let document = page(&snapshot);
    let row = |pid: u32| {
        let rest = document.split(&format!("auto-ffmpeg-{pid}</th>")).nth(1).unwrap();
        let cells = rest.split("</tr>").next().unwrap().split("</td>");
        cells.map(|cell| cell.split_once('>').map_or("", |(_, text)| text).to_owned()).collect::<Vec<_>>()
    };
    let state = "<span class=\"good\">governed</span>";
    let limits = "<span>CPU 200 %</span>, <span>memory 4GiB</span>";
    assert_eq!(
        row(1)[..9],
        ["1", "ffmpeg", "ffmpeg", state, "3m12s", "3", "134 %<small>throttled 3s</small>", "1.5GiB", limits]
    );
    assert_eq!(row(2)[6..9], ["–", "–", limits]);
    snapshot.jobs[0].unheld = vec![(LimitKey::CpuQuota, "the cpu controller is bound to cgroup v1".into())];
    assert!(page(&snapshot).contains("<td><s>CPU 200 %</s>, <span>memory 4GiB</span></td>"));
    assert!(document.contains("<title>healthy – 2 governed – ffrtmp</title>"));
}

#[test]
fn who_uses_the_host_is_told_and_how_much_of_it_that_is() {
    let mut snapshot = snapshot();
    snapshot.scanner = None;
    assert!(page(&snapshot).contains("Nothing is sampled"));
    let sampling = ScannerView {
        interval: Duration::from_secs(40),
        asked: Duration::from_secs(10),
        shed: Some(ShedCause::Overload),
        rounds: 7,
        spent: Duration::ZERO,
        processes: 312,
        left_out: 0,
        own_cores: None,
    };
    snapshot.scanner = Some(sampling);
    assert!(page(&snapshot).contains("Sampling: given up for a while: the service uses more than"));
    snapshot.scanner = Some(ScannerView { shed: None, ..sampling });
    snapshot.top = Some(list(vec![busy(1, "ffmpeg"), busy(2, "<b>\u{1b}[1m")]).into());
    let document = page(&snapshot);
    let row = |name: &str| {
        let rest = document.split(&format!("<tr><th scope=\"row\">{name}</th>")).nth(1).expect(name);
        let cells = rest.split("</tr>").next().unwrap().split("</td>");
        cells.map(|cell| cell.split_once('>').map_or("", |(_, text)| text).to_owned()).collect::<Vec<_>>()
    };
    let cpu = "134 %<small>ended children 50 %</small>";
    let yes = "<span class=\"good\">yes</span>";
    assert_eq!(
        row("ffmpeg")[..10],
        ["1", "ffmpeg", "runs", "4", cpu, "1.5GiB", "1.5GiB", "512B", yes, "0.250"]
    );
    assert_eq!(row("&lt;b&gt;\\u{1b}[1m")[4..10], ["–", "1.5GiB", "1.5GiB", "512B", "no", "0.250"]);
    for fact in [
        "250 % of 800 %",
        "2 of 312 processes, with 97 % of all CPU",
        "3s ago, over 10s",
        ">16GiB<",
        "every 40s instead of 10s",
    ] {
        assert!(document.contains(fact), "{fact}: {document}");
    }
    let first = List { over: None, busy: None, captured: None, left_out: 7, ..list(Vec::new()) };
    snapshot.top = Some(first.into());
    let document = page(&snapshot);
    for fact in ["– of 800 %", "with – of all CPU", "3s ago; CPU is known", "7 processes, beyond"] {
        assert!(document.contains(fact), "{fact}: {document}");
    }
}

#[test]
fn a_distribution_is_drawn_and_said() {
    let document = page(&snapshot());
    assert!(document.contains("4 in all: half within 5ms, 99 % within 25ms"), "{document}");
    assert_eq!(document.matches("<rect ").count(), 2);
    let bounds: Vec<&str> = document.split("class=\"bound\"").skip(1).collect();
    let named = |i: usize, name: &str| bounds[i].contains(&format!(">{name}</text>"));
    assert!(bounds.len() == 3 && named(0, "5ms") && named(1, "10ms") && named(2, "25ms"), "{bounds:?}");
}

#[test]
fn where_all_is_well_nothing_asks_for_attention() {
    let document = page(&snapshot());
    assert!(!document.contains("Needs attention"));
    assert!(
        document.contains("No target runs.")
            && document.contains(">None.<")
            && document.contains(">None: every target that runs")
    );
}
