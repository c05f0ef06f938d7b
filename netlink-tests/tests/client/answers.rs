//! What each command tells, in words and in json.

use super::{answer, asked, told};
use netlink_tests::bench::{Actor, Setup, Stage, Terminal, eventually, has_controllers, turn};
use netlink_tests::need;
use std::process::Command;

#[test]
fn each_command_answers_in_words_and_in_json() {
    if !need::service("each_command_answers_in_words_and_in_json") {
        return;
    }
    let _turn = turn();
    let yaml = "default_limits: { cpu_weight: 50 }\nscanner: { interval: 500ms, cpu_budget: 100, overload: 1000, top_n: 1000 }";
    let service = Setup::new().config(yaml).start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "grow 32");
    let job = actor.caught_as("ffmpeg");
    service.wait_for(&format!("Attached PID {}", actor.pid()));

    let status = told(&service, "status");
    assert!(status.contains(": running, ") && status.contains("1 jobs governed"), "{status}");
    assert!(status.contains(service.root().to_str().unwrap()), "{status}");
    assert_eq!(answer(&service, "status")["status"]["governed"], 1);

    let ps = told(&service, "ps");
    let lines: Vec<&str> = ps.lines().collect();
    assert!(lines[0].starts_with("JOB") && lines[0].ends_with("LIMITS"), "{ps}");
    assert!(lines[1].starts_with(&job) && lines[1].contains("  weight=50"), "{ps}");
    let unheld = lines[1].ends_with(" (not holding: cpu_weight)");
    assert_eq!(unheld, !has_controllers(), "{ps}");
    assert_eq!(answer(&service, "ps")["jobs"][0]["job"], job.as_str());
    assert_eq!(told(&service, "ps --command other --sort age").lines().count(), 1);
    assert_eq!(told(&service, "ps --state governed --command ffmpeg").lines().count(), 2);
    assert_eq!(told(&service, "top").lines().count(), 2);
    assert_eq!(told(&service, "top --count 2 --interval 10ms --json").lines().count(), 2);
    let is_it = |process: &serde_json::Value| process["pid"] == actor.pid();
    eventually("it is listed", || {
        let top = answer(&service, "top --processes")["top"].take();
        top["list"].as_array().is_some_and(|list| list.iter().any(is_it))
    });
    let processes = told(&service, "top --processes --sort pid");
    let lines: Vec<&str> = processes.lines().collect();
    assert!(lines[0].starts_with("host CPU ") && lines[1].is_empty(), "{processes}");
    assert!(lines[2].trim_start().starts_with("PID") && lines[2].ends_with("COMMAND"), "{processes}");
    assert!(lines[3..].iter().any(|line| line.ends_with("  ffmpeg")), "{processes}");

    let events = told(&service, "events");
    let attached = events.lines().find(|line| line.contains("  Attached PID ")).expect("attached");
    assert!(attached.contains(&format!("Attached PID {} ", actor.pid())), "{attached}");
    let seq = attached.split_whitespace().next().expect("a number");
    let after = told(&service, &format!("events --json --after {seq}"));
    assert!(after.lines().all(|line| line.starts_with("{\"seq\":")), "{after}");
    assert!(!after.contains("\"attached\""), "{after}");

    let explained = told(&service, &format!("explain {}", actor.pid()));
    assert!(
        explained.contains(&job) && explained.contains("  ffmpeg          exe  ffmpeg  matches\n"),
        "{explained}"
    );
    let own = answer(&service, &format!("explain {}", std::process::id()))["explanation"].take();
    assert_eq!(own["state"], "not_a_target");

    assert_eq!(told(&service, "reload"), "the configuration is in force\n");
    assert_eq!(answer(&service, "reload")["ok"], true);
    service.wait_for_nth("Configuration reloaded", 2);
}

#[test]
fn orders_are_carried_out() {
    if !need::service("orders_are_carried_out") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("default_limits: { cpu_quota: 50 }").start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let (job, pid) = (actor.caught_as("ffmpeg"), actor.pid());
    service.wait_for(&format!("Attached PID {pid}"));

    if has_controllers() {
        assert!(told(&service, &format!("set {pid} --cpu-quota 150 --memory-limit 2GiB")).contains(&job));
        assert!(told(&service, "ps").contains("cpu=150% mem=2GiB (set)"));
        assert!(told(&service, &format!("set {job} --reset")).contains(&job));
        assert!(told(&service, "ps").trim_end().ends_with("cpu=50%"));
    } else {
        let here = asked(&service, &format!("set {pid} --cpu-quota 150"));
        let said = String::from_utf8_lossy(&here.stderr).into_owned();
        assert!(here.status.code() == Some(1) && said.contains("cpu_quota cannot hold here"), "{said}");
    }
    let impossible = asked(&service, &format!("set {pid} --cpu-weight 20000"));
    assert_eq!((impossible.status.code(), impossible.stdout.len()), (Some(2), 0));

    assert!(told(&service, &format!("release {job}")).contains(&job));
    assert_eq!((actor.job(), told(&service, "ps").lines().count()), (None, 1));
    let again = asked(&service, &format!("release {job}"));
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    told(&service, &format!("retry {pid}"));
    actor.caught_as("ffmpeg");
    assert!(!told(&service, "retry").is_empty());
}

#[test]
fn what_cannot_be_answered_is_told_in_words_and_in_json() {
    if !need::service("what_cannot_be_answered_is_told_in_words_and_in_json") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    for words in ["explain", "ps --sort nothing", "set 10", "top --interval 10", "top --processes --sort age"]
    {
        let output = asked(&service, words);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{words}");
        assert!(!output.stderr.is_empty(), "{words}");
    }
    let output = asked(&service, "release auto-nothing-1 --json");
    assert_eq!(output.status.code(), Some(1));
    let refused: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an answer");
    assert_eq!(refused["ok"], false, "{refused}");
    assert!(!output.stderr.is_empty());
}

#[test]
fn hostile_names_are_text_and_columns_stay_straight() {
    if !need::service("hostile_names_are_text_and_columns_stay_straight") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("target_commands: [\"bad\\nname\\e[31m\\x07\", 日本, plain]").start();
    let stage = Stage::new();
    let names = ["bad\nname\x1b[31m\x07", "日本", "plain"];
    let actors = names.map(|name| Actor::start(&stage.copy(name), "sleep"));
    for actor in &actors {
        service.wait_for(&format!("Attached PID {}", actor.pid()));
    }
    for words in ["ps", "top", "top --processes", "events", "status"] {
        let text = told(&service, words);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{}", text.escape_debug());
    }
    let ps = told(&service, "ps");
    assert!(ps.contains("bad\\nname\\u{1b}[31m\\u{7}"), "{ps}");
    let user = ps.lines().next().and_then(|head| head.find("USER")).expect("a column");
    for line in ps.lines().skip(1) {
        // Two letters of the name take two columns each, and three bytes.
        let shift = if line.contains("日本") { "日本".len() - 4 } else { 0 };
        // The name of its job has them, too, as plain letters.
        assert!(line[user + shift..].starts_with("root"), "{ps}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    if !need::service("colours_are_for_terminals_and_for_those_who_want_them") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let socket = service.control_socket();
    let seen = |command: &mut Command| {
        let mut terminal = Terminal::run(command, 100, 30);
        assert!(terminal.ended().success());
        terminal.wait_for("ungoverned");
        terminal.written()
    };
    let status = || super::command(&socket, "status");
    assert!(seen(&mut status()).contains("\x1b[32m"), "healthy is green");
    assert!(!seen(status().env("NO_COLOR", "1")).contains('\x1b'));
    assert!(seen(status().env("NO_COLOR", "")).contains('\x1b'), "an empty one says nothing");
    assert!(!told(&service, "status").contains('\x1b'));
}

#[test]
fn a_table_fits_the_terminal() {
    if !need::service("a_table_fits_the_terminal") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    service.wait_for(&format!("Attached PID {}", actor.pid()));
    let mut terminal =
        Terminal::run(super::command(&service.control_socket(), "ps").env("NO_COLOR", "1"), 60, 20);
    assert!(terminal.ended().success());
    terminal.wait_for("auto-ffmpeg-");
    let written = terminal.written();
    assert!(written.lines().all(|line| line.len() <= 60), "{written}");
    assert!(!written.contains("USER") && written.contains("CPU%"), "{written}");
}
