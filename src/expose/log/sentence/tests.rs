//! The contract's sentences letter by letter, and for every record: one line, whatever bytes it holds.

use crate::config::policy::ArgvInLog;
use crate::expose::log::line::{Line, level};
use crate::expose::log::samples::{discovery, every_record, job};
use crate::model::Wall;
use crate::model::record::{Class, Next, Record as R, ScanSummary, SourceRecord, StateRecord};
use slog::Level;
use std::time::Duration;

fn say(record: &R) -> String {
    Line::new(Wall(0), record, ArgvInLog::Redacted).to_string()
}

fn scan(full: bool, new: usize) -> R {
    R::ScanComplete(ScanSummary { full, new, tracked: 3, found: 512, took: Duration::from_micros(5400) })
}

#[test]
fn the_sentences_of_the_contract() {
    let (identity, command, took) = (discovery().identity, "ffmpeg".into(), Duration::from_micros(310));
    let (limits, kept) = Default::default();
    let attached = R::Attached { identity, job: job(), origin: None, took, latency: None, limits, kept };
    for (record, sentence) in [
        (
            R::Starting { version: "1", boot_id: String::new(), targets: [].into() },
            "[watch] Starting auto-attach service",
        ),
        (R::Started, "[watch] Auto-attach service started"),
        (R::InitialScan, "[watch] Performing initial scan"),
        (R::RetryStarted, "[watch] Retry worker started"),
        (R::Scanning, "[watch] Scanning for processes"),
        (
            R::State(StateRecord::Loaded { path: "/var/lib/ffrtmp/watch-state.json".into(), processes: 2 }),
            "[watch] State loaded from /var/lib/ffrtmp/watch-state.json",
        ),
        (R::Found { count: 2 }, "[watch] Discovered 2 new process(es)"),
        (scan(true, 2), "[watch] Scan complete: new=2 tracked=3 duration=5.4ms found=512"),
        (
            R::Discovered(Box::new(discovery())),
            "[watch] Discovered new process: PID 4242 (ffmpeg) user=encoder ppid=77 cwd=/srv/in age=1.2s \
             argv=ffmpeg -re -i \"a b.mp4\" rule=exe",
        ),
        (
            R::Attaching { identity, command, job: job() },
            "[watch] Attaching to PID 4242 (ffmpeg) as job auto-ffmpeg-4242",
        ),
        (attached, "[watch] Attached PID 4242 (job auto-ffmpeg-4242) in 310µs"),
        (R::AlreadyTracked { identity }, "[watch] PID 4242 already tracked, skipping"),
        (
            R::Exited { identity, job: job(), after: Duration::from_secs(11_525) },
            "[watch] Process 4242 exited (job auto-ffmpeg-4242, duration 3h12m)",
        ),
        (R::State(StateRecord::Saved), "[watch] State saved"),
        (
            R::State(StateRecord::SavedAgain { failures: 3, after: Duration::from_secs(7) }),
            "[watch] State saved again, after 3 failure(s) in 7s",
        ),
        (R::Stopped { governed: 1 }, "[watch] Service stopped gracefully"),
    ] {
        assert_eq!(say(&record), sentence);
    }
}

#[test]
fn an_uneventful_steady_scan_is_not_worth_a_line_by_default() {
    assert_eq!(level(&scan(true, 0)), Level::Info);
    assert_eq!(level(&scan(false, 1)), Level::Info);
    assert_eq!(level(&scan(false, 0)), Level::Debug);
    assert_eq!(level(&R::Scanning), Level::Debug);
    assert_eq!(level(&R::AlreadyTracked { identity: discovery().identity }), Level::Debug);
    let polling = |chosen| R::Source(SourceRecord::Polling { why: String::new(), chosen, expected: false });
    assert_eq!(level(&polling(true)), Level::Info);
    assert_eq!(level(&polling(false)), Level::Warning);
}

#[test]
fn what_is_not_known_is_a_dash_or_a_number() {
    let mut d = discovery();
    (d.user, d.cwd, d.argv) = (None, None, Vec::new());
    let tail = "user=1000 ppid=77 cwd=- age=1.2s argv=- rule=exe";
    assert!(say(&R::Discovered(Box::new(d))).ends_with(tail));
    let hidden = Line::new(Wall(0), &R::Discovered(Box::new(discovery())), ArgvInLog::None).to_string();
    assert!(hidden.ends_with("argv=- rule=exe"));
}

#[test]
fn a_failure_names_step_path_errno_and_remedy() {
    use crate::model::record::{Failure, Step};
    let path = "/sys/fs/cgroup/ffrtmp/jobs/j/cpu.max".to_owned();
    let failure = Failure { step: Step::LimitWrite, errno: 22, path, detail: String::new() };
    let next = Next::In(Duration::from_secs(2));
    let (identity, class) = (discovery().identity, Class::Permanent);
    let failed = R::AttachFailed { identity, job: job(), failure, class, tries: 1, next };
    assert_eq!(
        say(&failed),
        "[watch] Could not attach PID 4242 (job auto-ffmpeg-4242): write limit /sys/fs/cgroup/ffrtmp/jobs/j/cpu.max: \
         EINVAL (Invalid argument); the kernel refuses this value; correct the limit in the configuration; \
         permanent error, try 1, trying again in 2s"
    );
}

#[test]
fn every_record_is_one_printable_line_whatever_it_holds() {
    for record in every_record("x\n\x1b[2J\u{202e}\\") {
        let said = say(&record);
        assert!(said.starts_with("[watch] ") && said.len() > 12, "{said}");
        assert!(said.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{said:?}");
    }
}
