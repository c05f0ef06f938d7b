//! docs/control.md and what the service really answers have the same fields, both ways.

use super::answer;
use netlink_tests::bench::{Actor, Setup, Stage, eventually, has_controllers, turn};
use netlink_tests::need;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/control.md");

type Fields = BTreeSet<String>;

/// What the page says stands below a heading.
fn documented(heading: &str) -> Fields {
    let section = PAGE.split(&format!("\n### `{heading}`\n")).nth(1).expect(heading);
    let section = section.split("\n##").next().expect("a section");
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect()
}

/// The paths of all fields. `whole` is not looked into.
fn gather(value: &Value, path: &str, whole: Option<&str>, fields: &mut Fields) {
    match value {
        Value::Object(parts) if Some(path) != whole => {
            for (name, part) in parts {
                let dot = if path.is_empty() { "" } else { "." };
                gather(part, &format!("{path}{dot}{name}"), whole, fields);
            }
        }
        Value::Array(parts) => {
            parts.iter().for_each(|part| gather(part, &format!("{path}[]"), whole, fields));
        }
        _ => drop(fields.insert(path.to_owned())),
    }
}

/// Of several answers to the same question: what is null in one is looked into in another.
fn answered<'v>(answers: impl IntoIterator<Item = &'v Value>, whole: Option<&str>) -> Fields {
    let mut fields = Fields::new();
    answers.into_iter().for_each(|answer| gather(answer, "", whole, &mut fields));
    let all = fields.clone();
    fields.retain(|field| {
        !all.iter().any(|other| other.strip_prefix(field).is_some_and(|rest| rest.starts_with('.')))
    });
    fields
}

#[test]
fn the_page_has_the_fields_of_real_answers_and_no_others() {
    if !need::service("the_page_has_the_fields_of_real_answers_and_no_others") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let yaml = "breaker: { failures: 1 }\ndefault_limits: { cpu_quota: 50 }\nfilters: { max_runtime: 24h }";
    let service = Setup::new().config(yaml).start();
    let governed = Actor::start(&ffmpeg, "sleep");
    service.wait_for(&format!("Attached PID {}", governed.pid()));
    // The next one meets trouble: no group can be made for it, and so attaching is paused for all.
    std::fs::write(service.root().join("jobs/cgroup.max.descendants"), "0").expect("no more groups");
    let failed = Actor::start(&ffmpeg, "sleep");
    service.wait_for(&format!("Could not attach PID {}", failed.pid()));
    service.wait_for("Health status: degraded");

    let troubled = answer(&service, "status")["status"].take();
    eventually("use is read", || !answer(&service, "ps")["jobs"][0]["usage"].is_null());
    let jobs = answer(&service, "ps --tree")["jobs"].take();
    let explained = [&governed, &failed]
        .map(|actor| answer(&service, &format!("explain {}", actor.pid()))["explanation"].take());
    let ask_top = || service.control().ask(json!({ "ask": "top" }))["top"].take();
    eventually("all processes are sampled", || !ask_top().is_null());
    let top = ask_top();
    drop(service);
    let look_only = Setup::new().flags(&["--dry-run", "--poll-only"]).start();
    let followed = answer(&look_only, "status")["status"].take();
    drop(look_only);
    let nowhere = stage.path().to_str().expect("a path");
    let helpless = Setup::new().flags(&["--cgroup-root", nowhere]).start();
    let observed = answer(&helpless, "status")["status"].take();

    let shown = |section| {
        let mut fields = documented(section);
        if has_controllers() {
            // Here every limit holds.
            fields.retain(|field| !field.starts_with("limits_not_holding"));
        }
        fields
    };
    assert_eq!(answered([&troubled, &followed, &observed], Some("ungoverned")), shown("status"));
    assert_eq!(answered(jobs.as_array().expect("an array"), None), shown("ps"));
    assert_eq!(answered([&top], None), documented("top"));
    assert_eq!(answered(&explained, Some("job")), documented("explain"));
}
