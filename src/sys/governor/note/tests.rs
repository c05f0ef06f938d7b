//! Whatever a note says is read back, and what is no note is none.

use super::words::{decode_limits, encode_limits};
use super::*;
use crate::model::foreign::Ending;
use crate::model::{Amount, Maker, StartTime};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

fn notes() -> impl Strategy<Value = Note> {
    let numbers = (any::<u32>(), any::<u64>(), any::<u32>(), any::<i64>(), 0..9usize);
    let texts = (any::<String>(), any::<String>(), vec(any::<u8>(), 0..300), vec(any::<u8>(), 0..255));
    let keys = || vec((0..LimitKey::ALL.len()).prop_map(|n| LimitKey::ALL[n]), 0..4);
    let amount = |key: LimitKey, number: i64| match key.is_number() {
        true => Amount::Number(number),
        false => Amount::Words(format!("{number} x=%").into()),
    };
    let limits = move || {
        (keys(), any::<i64>())
            .prop_map(move |(keys, n)| keys.into_iter().map(|key| (key, amount(key, n))).collect::<Limits>())
    };
    let set = move || {
        (keys(), option::of(any::<i64>()))
            .prop_map(move |(keys, n)| keys.into_iter().map(|key| (key, n.map(|n| amount(key, n)))).collect())
    };
    let made = option::of((0..Maker::ALL.len(), set()));
    let had = |(key, owner): (bool, u32), value| {
        let key = if key { LimitKey::Nice } else { LimitKey::OomScoreAdj };
        (format!("{key}_{owner}_7"), value)
    };
    let had = vec(((any::<bool>(), any::<u32>()), any::<i64>()).prop_map(move |(who, n)| had(who, n)), 0..4);
    let homes = vec((any::<u32>(), vec(any::<u8>(), 0..100)), 0..4);
    let before = (keys(), any::<String>())
        .prop_map(|(keys, held)| keys.into_iter().map(|key| (key, held.clone())).collect());
    let in_place = (any::<u64>(), before).prop_map(|(number, before)| Tie::InPlace { number, before });
    let then = option::of((1..64i32, (0..u64::MAX / 2).prop_map(Duration::from_micros)));
    let unit = (any::<String>(), 1..64i32, then, vec(any::<u8>(), 0..30), any::<u64>()).prop_map(
        |(unit, signal, then, group, number)| Tie::Unit {
            ending: Ending { unit: unit.into(), signal, then },
            group,
            number,
        },
    );
    let tie = option::of(prop_oneof![in_place, unit]);
    (numbers, texts, limits(), set(), limits(), any::<bool>(), had, (homes, made, tie)).prop_map(
        |(
            (pid, start, parent, at, sockets),
            (boot, command, origin, name),
            limits,
            set,
            kept,
            names,
            had,
            (from, made, tie),
        )| Note {
            identity: Identity { pid: Pid(pid), start: StartTime(start) },
            boot,
            command: command.into(),
            origin,
            parent: Pid(parent),
            parent_name: FileName::new(&name),
            attached_at: Wall(at),
            unheld: kept.keys().collect(),
            limits,
            set,
            kept,
            names_users: names,
            originals: had.into_iter().fold(Originals::default(), |mut all, (word, value)| {
                assert!(all.read(&word, value), "{word}");
                all
            }),
            homes: from.into_iter().fold(Homes::default(), |mut all, (pid, home)| {
                assert!(all.read(&format!("{pid}_7"), home), "{pid}");
                all
            }),
            sockets,
            made: made.map(|(by, limits)| Made { by: Maker::ALL[by], limits }),
            tie,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(note in notes()) {
        let text = note.encode();
        prop_assert!(text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
        prop_assert_eq!(Note::decode(text.as_bytes()), Some(note));
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..300)) {
        let _ = Note::decode(&[b"1 ", &bytes[..]].concat());
    }
}

#[test]
fn limits_alone_are_written_and_read() {
    let limits = Limits::from([(LimitKey::CpuQuota, 150), (LimitKey::OomGroup, 1)]);
    let limits = limits.with(LimitKey::Cpus, Some(Amount::Words("0-1,3".into())));
    assert_eq!(encode_limits(&limits), "1 cpu_quota=150 cpus=0-1,3 oom_group=1");
    assert_eq!(decode_limits(encode_limits(&limits).as_bytes()), Some(limits));
    assert_eq!(decode_limits(b"1"), Some(Limits::default()));
    assert_eq!((decode_limits(b""), decode_limits(b"1 cpu_quota=x")), (None, None));
}

const PLAIN: &str =
    "1 pid=42 start=7 parent=1 attached_at=5 cpu_quota=150 boot=b-1 command=ffmpeg origin=/a parent_name=sh";

#[test]
fn the_text_is_kept_stable() {
    let note = Note::decode(PLAIN.as_bytes()).expect("understood");
    assert_eq!(note.encode(), PLAIN);
    assert_eq!(note.limits, Limits::from([(LimitKey::CpuQuota, 150)]));
    assert!(note.set.is_empty(), "an earlier release knew nothing of it");
    assert_eq!((note.originals, note.homes, note.names_users), Default::default());
}

#[test]
fn words_of_a_later_version_are_passed_over_and_another_version_is_not_believed() {
    assert_eq!(Note::decode(format!("{PLAIN} of_tomorrow=5").as_bytes()), Note::decode(PLAIN.as_bytes()));
    assert_eq!(Note::decode(PLAIN.replacen('1', "2", 1).as_bytes()), None);
}

#[test]
fn a_damaged_note_is_none() {
    for (from, to) in
        [("pid=42", "pid=x"), ("start=7 ", ""), ("quota=150", "quota=1e9"), ("/a", "%2"), ("/a", "%zz")]
    {
        assert_eq!(Note::decode(PLAIN.replace(from, to).as_bytes()), None, "{to}");
    }
    assert_eq!(Note::decode(format!("{PLAIN}{}", "h".repeat(254)).as_bytes()), None);
}
