//! Names, arguments and folders are their processes' own choice. Whatever they hold: who matches is caught, and what is
//! logged of it is one line of plain text that tells no stream key and that nobody's terminal obeys.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::program;
use netlink_tests::bench::{Actor, Planted, Service, Setup, Stage, eventually, turn};
use netlink_tests::need;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What an attacker would try: lines of its own, a terminal's orders, text that is none, quotes, text that turns around.
const HOSTILE: [&[u8]; 12] = [
    b") R 1 1 1",
    b"a\nb",
    b"x\n2026-01-01T00:00:00.000Z INFO  [watch] Service stopped gracefully\n",
    b"\x1b[2J\x1b]0;owned\x07",
    b"\xff\xfe\xc3(",
    b"\xc2\x9b31m\xc2\x85",
    b"\xe2\x80\xaegpj.exe\xe2\x80\xa8",
    b"\",\"level\":\"error\",\"x\":\"",
    b"' $(reboot) `reboot` \\",
    b"\\x1b\\n\\u001b",
    b"\t\r\x7f\x08\x0b",
    b"",
];

fn starts(formats: fn(&str, &Service)) {
    for (format, flags) in [("text", &[][..]), ("json", &["--poll-only", "--scan-interval", "200ms"])] {
        let service = Setup::new()
            .config("target_commands: [ffmpeg, 'ff [x] (y) é', 'a)b', \"bad\\nname\\e[31m\"]")
            .without("--log-format")
            .flags(&["--log-format", format])
            .flags(flags)
            .start();
        formats(format, &service);
    }
}

/// Every line is one line, and nothing in it is more than text.
fn is_plain(format: &str, service: &Service) {
    let forbidden =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
    let lines = service.lines();
    assert!(!lines.is_empty());
    for line in lines {
        let text = std::str::from_utf8(&line).unwrap_or_else(|e| panic!("{e}: {}", line.escape_ascii()));
        assert!(!text.contains(forbidden), "{}", line.escape_ascii());
        let message = match format {
            "json" => {
                let record: serde_json::Value = serde_json::from_str(text).expect(text);
                assert!(record["ts"].is_string() && record["level"].is_string(), "{text}");
                record["msg"].as_str().expect(text).to_owned()
            }
            _ => text.get("2026-01-01T00:00:00.000Z INFO  ".len()..).expect(text).to_owned(),
        };
        assert!(message.starts_with("[watch] "), "{text}");
        assert!(message != "[watch] Service stopped gracefully", "{text}");
    }
}

fn command(program: &std::path::Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    command
}

#[test]
fn arguments_names_and_folders_of_any_bytes() {
    if !need::service("arguments_names_and_folders_of_any_bytes") {
        return;
    }
    let _turn = turn();
    starts(|format, service| {
        let (stage, aside) = (Stage::new(), Stage::new());
        let (ffmpeg, bystander) = (stage.copy("ffmpeg"), stage.copy("bystander"));
        let mut actors = Vec::new();
        for bytes in HOSTILE {
            let hostile = OsStr::from_bytes(bytes);
            actors.push(Actor::of(command(&ffmpeg, &["sleep"]).args([hostile, hostile])));
            actors.push(Actor::of(command(&ffmpeg, &["rename"]).args([hostile, OsStr::new("sleep")])));
            // One of the names is a target's, the others are anything.
            let path = [b"/", bytes, b"/ffmpeg"].concat();
            actors.push(Actor::of(command(&bystander, &["sleep"]).arg0(OsStr::from_bytes(&path))));
            if !bytes.is_empty() {
                let folder = aside.path().join(hostile);
                std::fs::create_dir(&folder).unwrap();
                actors.push(Actor::of(command(&ffmpeg, &["sleep"]).current_dir(&folder)));
                let other = Stage::new();
                let program = other.copy(hostile);
                actors.push(Actor::of(command(&program, &["sleep"]).arg0("ffmpeg")));
                actors.push(Actor::of(command(&program, &["rename", "ffmpeg", "sleep"]).arg0(hostile)));
            }
        }
        for actor in &actors {
            actor.caught_as("ffmpeg");
        }
        eventually("all of them are told of", || service.count("Attached PID") == actors.len());
        is_plain(format, service);
        drop(actors);
        eventually("all have ended", || service.jobs().is_empty());
        is_plain(format, service);
    });
}

#[test]
fn no_argument_at_all_and_more_than_anybody_reads() {
    if !need::service("no_argument_at_all_and_more_than_anybody_reads") {
        return;
    }
    let _turn = turn();
    starts(|format, service| {
        let stage = Stage::new();
        let ffmpeg = stage.copy("ffmpeg");
        let nothing = Planted::of(&ffmpeg, &[]);
        let empty = Planted::of(&ffmpeg, &[""]);
        let long = "\u{1b}é\n".repeat(16 << 10);
        let much = Actor::of(command(&ffmpeg, &["sleep"]).args([&long, &long]));
        // A first argument that is longer than what is read of it, and looks like a target's just there.
        let path = |name: &str| format!("/{}/{name}", "x".repeat(4096 - "//ffmpeg".len()));
        let unread = ["ffmpeg", "ffmpegthumbnailer"]
            .map(|name| Actor::of(command(&program(), &["sleep"]).arg0(path(name))));
        much.caught_as("ffmpeg");
        for pid in [nothing.pid(), empty.pid(), much.pid()] {
            let discovered = service.wait_for(&format!("Discovered new process: PID {pid} (ffmpeg)"));
            assert!(discovered.len() < 32 << 10, "{} bytes", discovered.len());
            service.wait_for(&format!("Attached PID {pid} "));
        }
        assert_eq!(unread.each_ref().map(Actor::job), [None, None]);
        assert_eq!(service.jobs().len(), 3);
        is_plain(format, service);
    });
}

#[test]
fn targets_with_spaces_brackets_and_worse_in_their_names() {
    if !need::service("targets_with_spaces_brackets_and_worse_in_their_names") {
        return;
    }
    let _turn = turn();
    starts(|format, service| {
        let stage = Stage::new();
        let bystander = stage.copy("bystander");
        for (name, in_job) in
            [("ff [x] (y) é", "ff_[x]_(y)__"), ("a)b", "a)b"), ("bad\nname\u{1b}[31m", "bad_name_[31m")]
        {
            let program = stage.copy(name);
            let by_exe = Actor::start(&program, "sleep");
            let by_comm = Actor::of(command(&bystander, &["rename"]).args([name, "sleep"]));
            by_exe.caught_as(in_job);
            by_comm.caught_as(in_job);
        }
        eventually("all have ended", || service.jobs().is_empty());
        is_plain(format, service);
    });
}

const KEY: &str = "5tr3amk3y";

#[test]
fn no_stream_key_reaches_the_log() {
    if !need::service("no_stream_key_reaches_the_log") {
        return;
    }
    let _turn = turn();
    let mut shapes: Vec<Vec<String>> = [
        "-f flv rtmp://live.example/app/KEY",
        "rtmps://live.example:443/app/KEY?backup=1",
        "-i srt://live.example:9000?mode=caller&passphrase=KEY&latency=20",
        "srt://live.example:9000?streamid=publish/KEY",
        "http://user:KEY@live.example/x.m3u8",
        "https://live.example/x?token=KEY",
        "https://live.example/x?a=1&key=KEY&b=2",
        "-passphrase KEY",
        "--stream-key=KEY",
        "-rtmp_playpath KEY",
        "-headers Authorization:Bearer\tKEY",
        "-f tee [f=flv]rtmp://a.example/app/KEY|[f=flv]rtmp://b.example/app/KEY",
        "rtmp://live.example/app/ playpath=KEY live=1",
    ]
    .iter()
    .map(|line| line.replace("KEY", KEY).split(' ').map(|word| word.replace('\t', " ")).collect())
    .collect();
    // One argument of gst-launch's, and words that run on behind what is read of a command line.
    shapes.push(vec![format!("rtmpsink location=rtmp://live.example/app/{KEY} live=1")]);
    let url = "rtmp://live.example/app/";
    for cut in [1, 5, KEY.len() - 1, KEY.len(), KEY.len() + 1] {
        shapes.push(vec!["x".repeat(4096 - cut), format!("{url}{KEY}")]);
    }
    let (stage, shapes) = (Stage::new(), shapes);
    let ffmpeg = stage.copy("ffmpeg");
    // The key begins, ends or is cut just where reading stops.
    let head = ffmpeg.as_os_str().len() + 1 + "sleep ".len();
    let straddling: Vec<Vec<String>> = (0..=KEY.len() + url.len())
        .step_by(3)
        .map(|inside| vec!["x".repeat(4096 - head - 1 - inside), format!("{url}{KEY}")])
        .collect();
    for format in ["text", "json"] {
        let mut service = Setup::new()
            .without("--log-format")
            .without("--log-level")
            .flags(&["--log-format", format, "--log-level", "trace"])
            .start();
        let actors: Vec<Actor> = shapes
            .iter()
            .chain(&straddling)
            .map(|words| Actor::of(command(&ffmpeg, &["sleep"]).args(words)))
            .collect();
        for actor in &actors {
            actor.caught_as("ffmpeg");
        }
        eventually("all of them are told of", || service.count("Attached PID") == actors.len());
        assert!(service.stop().success());
        let visible = KEY.as_bytes();
        for line in service.lines() {
            for part in [visible, &visible[..5]] {
                assert!(!line.windows(part.len()).any(|w| w == part), "{}", line.escape_ascii());
            }
        }
        assert!(service.count("live.example") > 0, "what is not secret is shown");
        let state = service.folder().join("watch-state.json");
        let state = std::fs::read(state).unwrap();
        assert!(!state.windows(visible.len()).any(|w| w == visible));
    }
}

#[test]
fn a_log_that_nobody_reads_holds_nothing_up() {
    if !need::service("a_log_that_nobody_reads_holds_nothing_up") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().unread().launch();
    let stage = Stage::new();
    let (ffmpeg, long) = (stage.copy("ffmpeg"), "x".repeat(3000));
    // Far more than a pipe takes: each is worth some five kilobytes of log.
    let actors: Vec<Actor> = (0..60).map(|_| Actor::of(command(&ffmpeg, &["sleep"]).arg(&long))).collect();
    for actor in &actors {
        actor.caught_as("ffmpeg");
    }
    drop(actors);
    eventually("their groups are removed", || service.jobs().is_empty());
    // Read at last, it is all there, in order.
    let mut service = service.read_on();
    service.wait_for_nth("Job auto-ffmpeg-", 60);
    assert_eq!(service.count("Attached PID"), 60);
    is_plain("json", &service);
    assert!(service.stop().success());

    // And one that is never read does not keep the service from stopping.
    let mut service = Setup::new().unread().launch();
    let actors: Vec<Actor> = (0..60).map(|_| Actor::of(command(&ffmpeg, &["sleep"]).arg(&long))).collect();
    for actor in &actors {
        actor.caught_as("ffmpeg");
    }
    assert!(service.stop().success());
}
