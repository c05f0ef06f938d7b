//! Round trip, files of the older service as it wrote them, and files that a crash or a hand has cut or bent.

use super::*;
use crate::model::state::{Memory, Released, Remembered, State, Statistics, Tracked};
use crate::model::{Identity, JobId, Pid, StartTime, Wall};
use proptest::collection::vec;
use proptest::prelude::*;

/// As the older service writes it: no boot, no start time, local offset, nanoseconds, Go's zero time.
const V1_0: &str = r#"{
  "version": "1.0",
  "last_scan_at": "2024-03-09T11:22:33.123456789+01:00",
  "processes": {
    "4242": {
      "pid": 4242,
      "job_id": "auto-ffmpeg-4242",
      "command": "ffmpeg",
      "discovered_at": "2024-03-09T10:20:30.5Z",
      "attached_at": "0001-01-01T00:00:00Z",
      "last_seen_at": "2024-03-09T11:22:33.123456789+01:00"
    }
  },
  "statistics": { "total_scans": 360, "total_discovered": 4, "total_attachments": 3 }
}"#;

fn memory(state: &State) -> Memory {
    let known = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let remembered = |tracked: &Tracked| Remembered {
        pid: tracked.identity.pid,
        start: Some(tracked.identity.start),
        job: tracked.job.clone(),
        command: tracked.command.clone(),
        cgroup: known(&tracked.cgroup),
        origin_cgroup: known(&tracked.origin_cgroup),
        discovered_at: Some(tracked.discovered_at),
        attached_at: Some(tracked.attached_at),
        last_seen_at: Some(tracked.last_seen_at),
        oom_kills: Some(tracked.oom_kills),
    };
    Memory {
        boot_id: known(&state.boot_id),
        last_scan_at: state.last_scan_at,
        processes: state.processes.iter().map(remembered).collect(),
        released: state.released.clone(),
        statistics: state.statistics,
    }
}

prop_compose! {
    fn wall()(ns in i64::MIN + 1..) -> Wall { Wall(ns) }
}

prop_compose! {
    fn tracked(pid: u32)(
        start: u64, job in "[^/\0.]{1,40}", command in "\\PC{0,20}", cgroup in "\\PC{0,20}", origin_cgroup in "\\PC{0,20}",
        discovered_at in wall(), attached_at in wall(), last_seen_at in wall(),
        oom_kills: u64,
    ) -> Tracked {
        let identity = Identity { pid: Pid(pid), start: StartTime(start) };
        let (job, command) = (JobId::found(&job), command.into());
        Tracked {
            identity, job, command, cgroup, origin_cgroup, discovered_at, attached_at, last_seen_at, oom_kills,
        }
    }
}

prop_compose! {
    fn released()(pid: u32, start: u64, job in "\\PC{0,20}", exec_mark: u64) -> Released {
        let identity = Identity { pid: Pid(pid), start: StartTime(start) };
        Released { identity, job: JobId::found(&job), exec_mark }
    }
}

prop_compose! {
    fn state()(
        boot_id in "[0-9a-f-]{0,36}", last_scan_at in prop::option::of(wall()), counts: (u64, u64, u64),
        processes in vec(1_u32..1000, 0..5).prop_flat_map(|steps| {
            let pids = steps.iter().scan(0, |pid, step| { *pid += step; Some(*pid) });
            pids.map(tracked).collect::<Vec<_>>()
        }),
        released in vec(released(), 0..3),
    ) -> State {
        let statistics = Statistics { scans: counts.0, discovered: counts.1, attachments: counts.2 };
        State { boot_id, last_scan_at, processes, released, statistics }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_is_read_back_and_no_part_of_it_passes_for_the_whole(state in state()) {
        let text = encode(&state);
        let decoded = decode(&text).unwrap();
        prop_assert_eq!(decoded, Decoded { memory: memory(&state), left_out: vec![] });
        // All but the newline at the end.
        for cut in 0..text.len() - 1 {
            prop_assert!(matches!(decode(&text[..cut]), Err(Refusal::Damaged(_))), "cut at {cut}");
        }
    }
}

proptest! {
    #[test]
    fn a_changed_byte_never_panics(at in 0..V1_0.len(), byte: u8) {
        let mut text = V1_0.as_bytes().to_vec();
        text[at] = byte;
        let _ = decode(&text);
    }

    #[test]
    fn any_bytes_may_be_read(text in vec(any::<u8>(), 0..64)) {
        let _ = decode(&text);
    }
}

#[test]
fn the_keys_of_the_contract() {
    let tracked = Tracked {
        identity: Identity { pid: Pid(4242), start: StartTime(812_345) },
        job: JobId::found("auto-ffmpeg-4242"),
        command: "ffmpeg".into(),
        cgroup: "/ffrtmp/jobs/auto-ffmpeg-4242".into(),
        origin_cgroup: "/user.slice".into(),
        discovered_at: Wall(1),
        attached_at: Wall(2),
        last_seen_at: Wall(3),
        oom_kills: 2,
    };
    let statistics = Statistics { scans: 5, discovered: 6, attachments: 7 };
    let identity = Identity { pid: Pid(77), start: StartTime(8) };
    let released = Released { identity, job: JobId::found("auto-ffmpeg-77"), exec_mark: 9 };
    let state = State {
        boot_id: "b-1".into(),
        last_scan_at: Some(Wall(4)),
        processes: vec![tracked],
        released: vec![released],
        statistics,
    };
    let written: serde_json::Value = serde_json::from_slice(&encode(&state)).unwrap();
    let expected = serde_json::json!({
        "version": "1.1", "boot_id": "b-1", "last_scan_at": "1970-01-01T00:00:00.000000004Z",
        "processes": { "4242": {
            "pid": 4242, "start_time": 812_345, "job_id": "auto-ffmpeg-4242", "command": "ffmpeg",
            "cgroup": "/ffrtmp/jobs/auto-ffmpeg-4242", "origin_cgroup": "/user.slice",
            "discovered_at": "1970-01-01T00:00:00.000000001Z", "attached_at": "1970-01-01T00:00:00.000000002Z",
            "last_seen_at": "1970-01-01T00:00:00.000000003Z", "oom_kills": 2,
        } },
        "released": [{ "pid": 77, "start_time": 8, "job_id": "auto-ffmpeg-77", "exec_mark": 9 }],
        "statistics": { "total_scans": 5, "total_discovered": 6, "total_attachments": 7 },
    });
    assert_eq!(written, expected);
}

#[test]
fn a_file_of_the_older_service() {
    let Decoded { memory, left_out } = decode(V1_0.as_bytes()).unwrap();
    assert!(left_out.is_empty());
    assert_eq!((memory.boot_id, memory.last_scan_at), (None, Some(Wall(1_709_979_753_123_456_789))));
    assert_eq!(memory.statistics, Statistics { scans: 360, discovered: 4, attachments: 3 });
    let expected = Remembered {
        pid: Pid(4242),
        start: None,
        job: JobId::found("auto-ffmpeg-4242"),
        command: "ffmpeg".into(),
        cgroup: None,
        origin_cgroup: None,
        discovered_at: Some(Wall(1_709_979_630_500_000_000)),
        attached_at: None,
        last_seen_at: Some(Wall(1_709_979_753_123_456_789)),
        oom_kills: None,
    };
    assert_eq!(memory.processes, [expected]);
}

#[test]
fn nothing_but_a_version_is_needed_and_unknown_keys_are_ignored() {
    for text in [
        r#"{"version":"1.0"}"#,
        r#"{"version":"1.0","last_scan_at":"0001-01-01T00:00:00Z","processes":null,"statistics":null,"boot_id":""}"#,
        r#"{"version":"1.97","invented":{"later":[1,2]},"processes":{},"statistics":{"total_naps":1}}"#,
        r#"{"version":1.1}"#,
    ] {
        assert_eq!(decode(text.as_bytes()), Ok(Decoded::default()), "{text}");
    }
}

#[test]
fn newer_majors_are_told_from_damage() {
    for (text, version) in [
        (r#"{"version":"2.0","processes":[7]}"#, "2.0"),
        (r#"{"version":"10"}"#, "10"),
        (r#"{"version":"1x"}"#, "1x"),
        (r#"{"version":"next"}"#, "next"),
        (r#"{"version":3}"#, "3"),
        (r#"{"version":"99999999999999999999.0"}"#, "99999999999999999999.0"),
    ] {
        assert_eq!(decode(text.as_bytes()), Err(Refusal::Newer(version.into())));
    }
    for text in
        ["", "{}", "[]", "null", r#"{"processes":{}}"#, r#"{"version":"1.0","processes":[]}"#, "\0\0\0"]
    {
        assert!(matches!(decode(text.as_bytes()), Err(Refusal::Damaged(_))), "{text}");
    }
}

#[test]
fn a_bad_entry_costs_that_entry() {
    let text = r#"{"version":"1.1","boot_id":7,"last_scan_at":"soon","statistics":{"total_scans":-1},"processes":{
        "1":{"pid":1,"job_id":"a","command":"x"}, "2":{"pid":3,"job_id":"a","command":"x"}, "x":{"job_id":"a","command":"x"},
        "4":null, "5":{"job_id":"../../x","command":"x"}, "6":{"job_id":"..","command":"x"}, "0":{"job_id":"a","command":"x"},
        "7":{"job_id":"a","command":"x","discovered_at":"yesterday"}, "8":{"command":"x"}, "9":{"job_id":"b","command":"y"}, "09":{"job_id":"c","command":"y"}}}"#;
    let Decoded { memory, left_out } = decode(text.as_bytes()).unwrap();
    assert_eq!(memory.processes.iter().map(|process| process.pid.0).collect::<Vec<_>>(), [1, 9]);
    assert_eq!(left_out.len(), 9);
    assert_eq!(
        (&*left_out[0], &*left_out[8]),
        ("statistics: invalid value: integer `-1`, expected u64 at line 1 column 17", "3 more")
    );
    assert_eq!(memory.statistics, Statistics::default());
}
