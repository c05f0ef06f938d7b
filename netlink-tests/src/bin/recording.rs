//! Writes into README.md what the commands really print: a service and processes of its own, on this host, as root. It is
//! not a test; that the page has not been edited since is one.
#![expect(clippy::disallowed_methods, reason = "a program of the tests, not of the product")]

use netlink_tests::bench::{Actor, Service, Setup, Stage, Terminal, eventually, service, turn};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const CONFIG: &str = "
default_limits: { cpu_quota: 150, memory_limit: 4096 }
commands:
  ffmpeg:
    limits: { cpu_quota: 200 }
    filters: { blocked_dirs: [/tmp], max_runtime: 24h }
";
const BEGIN: &str = "<!-- written by `make recording` -->\n";
const END: &str = "<!-- end of the recording -->";
/// So long the transcoders work before anybody looks.
const A_WHILE: Duration = Duration::from_secs(12);

fn main() {
    let _turn = turn();
    let stage = Stage::new();
    let (ffmpeg, gst) = (stage.copy("ffmpeg"), stage.copy("gst-launch-1.0"));
    let service = Setup::new().config(CONFIG).flags(&["--scan-interval", "1s"]).start();
    let actor = |program: &Path, words: &str, folder: &str| {
        Actor::of(Command::new(program).args(words.split(' ')).current_dir(folder))
    };
    let actors = [
        actor(&ffmpeg, "busy", "/srv"),
        actor(&ffmpeg, "grow 200", "/srv"),
        actor(&gst, "children 2 sleep", "/srv"),
        actor(&ffmpeg, "busy", "/tmp"),
    ];
    let [busy, .., aside] = &actors;
    let told = |words: &str| {
        let output = command(&service, words).output().expect("it runs");
        assert!(output.status.success(), "{words}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    eventually("three jobs are governed", || told("ps --state governed").lines().count() == 4);
    std::thread::sleep(A_WHILE);
    let mut text = String::from("```text\n");
    for words in ["ps".into(), format!("explain {}", busy.pid()), format!("explain {}", aside.pid())] {
        text += &format!("$ ffrtmp {words}\n{}\n", told(&words));
    }
    text += &format!("$ ffrtmp top --processes\n{}\n```\n", top(&service).join("\n"));
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let before = std::fs::read_to_string(&page).expect("README.md");
    let (head, rest) = before.split_once(BEGIN).expect("where the recording begins");
    let (_, tail) = rest.split_once(END).expect("where it ends");
    std::fs::write(&page, format!("{head}{BEGIN}{text}{END}{tail}")).expect("README.md");
    println!("{text}");
}

fn command(service: &Service, words: &str) -> Command {
    let mut command = Command::new(service::program());
    command.args(words.split(' ')).arg("--control-socket").arg(service.control_socket());
    command
}

/// The screen when processor time is known, without what this host does besides.
fn top(service: &Service) -> Vec<String> {
    let mut terminal = Terminal::run(command(service, "top --processes").env("NO_COLOR", "1"), 110, 24);
    terminal.press("/ffmpeg\r");
    let is_whole = |screen: &[String]| {
        let rows = screen.iter().filter(|line| line.ends_with("  ffmpeg"));
        rows.count() == 3 && screen[2].contains(", over ")
    };
    let screen = terminal.shows("three transcoders, and their processor time", is_whole);
    terminal.press("q");
    terminal.ended();
    screen
}
