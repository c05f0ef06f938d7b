//! The verdict, and what is written.

use super::*;
use crate::sys::checkup::catalogue::ALL;
use std::collections::BTreeSet;

fn finding(name: &str, kind: Kind) -> Finding {
    let topic = ALL.iter().find(|topic| topic.name == name).expect("a topic");
    let [place, key] = ["p\x1b[2J".to_owned(), "k".to_owned()];
    Finding { topic, kind, place, key, text: "t\nu".into(), remedy: "r\u{202e}".into() }
}

#[test]
fn the_worst_finding_decides_and_a_wrong_configuration_comes_first() {
    let (config, host) = (finding("config-error", Kind::Error), finding("cgroup2", Kind::Error));
    let (warning, note) = (finding("events", Kind::Warning), finding("nsdelegate", Kind::Note));
    for (findings, expected) in [
        (vec![], None),
        (vec![note.clone()], None),
        (vec![note.clone(), warning.clone()], Some(Status::Failed)),
        (vec![warning.clone(), host.clone()], Some(Status::Host)),
        (vec![host, config, warning], Some(Status::Usage)),
    ] {
        assert_eq!(verdict(&findings), expected, "{findings:?}");
    }
}

#[test]
fn hostile_names_stay_on_their_line() {
    let findings = [finding("events", Kind::Warning), finding("event-buffer", Kind::Note)];
    let told = render::text(&findings, 1, Paint(false));
    assert_eq!(
        told,
        "events\n  warning  events: p\\u{1b}[2J: k: t\\nu\n           -> r\\u{202e}\n  note     event-buffer: \
         p\\u{1b}[2J: k: t\\nu\n           -> r\\u{202e}\nusable, with warnings: 0 error(s), 1 warning(s)"
    );
    let coloured = render::text(&findings, 1, Paint(true));
    assert!(coloured.contains("\x1b[33mwarning\x1b[0m  events"), "{coloured:?}");
    let json = render::json(&findings, 1);
    assert_eq!(json["findings"][0]["place"], "p\x1b[2J");
    assert!(!json.to_string().contains('\x1b'));
}

#[test]
fn the_schema_of_json_is_what_it_was_said_to_be() {
    let json = render::json(&[finding("events", Kind::Warning)], 1);
    let keys = |value: &serde_json::Value| -> BTreeSet<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    assert_eq!(keys(&json), BTreeSet::from(["findings", "status", "verdict", "version"].map(String::from)));
    let expected = ["area", "key", "kind", "name", "place", "remedy", "text"];
    assert_eq!(keys(&json["findings"][0]), BTreeSet::from(expected.map(String::from)));
}
