//! Where no service answers, or not to everybody: words that help, and a status that a script can tell apart.

use super::command;
use netlink_tests::bench::actor::program as actor;
use netlink_tests::bench::{Setup, Stage, service, turn};
use netlink_tests::need;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

const NOBODY: u32 = 65534;
const EVERY: [&str; 9] =
    ["status", "ps", "top", "events --follow", "explain 1", "retry", "release 1", "set 1 --reset", "reload"];

/// The status of its end, and what it said on stderr.
fn ends(command: &mut Command) -> (Option<i32>, String) {
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn a_service_that_does_not_run_is_told_with_how_to_start_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("control.sock");
    // A job can be released without a service.
    for words in EVERY.into_iter().filter(|words| !words.starts_with("release")) {
        let (status, said) = ends(&mut command(&socket, words));
        assert_eq!(status, Some(3), "{words}: {said}");
        for part in
            [socket.to_str().unwrap(), "no socket", "systemctl start ffrtmp-watch", "--control-socket"]
        {
            assert!(said.contains(part), "{words}: {said}");
        }
    }
    drop(UnixListener::bind(&socket).expect("a socket"));
    let (status, said) = ends(&mut command(&socket, "status"));
    assert!(status == Some(3) && said.contains("nobody listens"), "{status:?} {said}");
}

#[test]
fn a_service_of_another_version_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("control.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let other = std::thread::spawn(move || {
        for answer in ["{\"v\":2,\"ok\":true,\"status\":{}}\n", "HTTP/1.1 400 Bad Request\n", ""] {
            let (mut stream, _) = listener.accept().expect("a client");
            let _ = BufReader::new(&stream).read_line(&mut String::new());
            stream.write_all(answer.as_bytes()).expect("it listens");
        }
    });
    for part in ["version 2", "something else", "hung up"] {
        let (status, said) = ends(&mut command(&socket, "status"));
        assert!(status == Some(1) && said.contains(part), "{status:?} {said}");
    }
    other.join().expect("a service");
}

/// Copies that everybody may run: the build's folder may be closed to others.
struct Somebody {
    stage: Stage,
}

impl Somebody {
    fn new() -> Somebody {
        let stage = Stage::new();
        stage.copy("actor");
        let product = stage.path().join("ffrtmp");
        std::fs::copy(service::program(), &product).expect("a copy of the product");
        std::fs::set_permissions(&product, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        Somebody { stage }
    }

    fn asks(&self, uid: u32, socket: &Path, words: &str) -> (Option<i32>, String) {
        let output = Command::new(self.stage.path().join("actor"))
            .args(["user", &uid.to_string(), "exec"])
            .arg(self.stage.path().join("ffrtmp"))
            .args(words.split(' '))
            .arg("--control-socket")
            .arg(socket)
            .output()
            .expect("it runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    }
}

#[test]
fn who_may_not_ask_is_told_who_may() {
    if !need::service("who_may_not_ask_is_told_who_may") {
        return;
    }
    assert!(actor().exists());
    let _turn = turn();
    let somebody = Somebody::new();
    let socket = somebody.stage.path().join("control.sock");
    let setup = || {
        let at = socket.to_str().expect("a path");
        Setup::new().without("--control-socket").flags(&["--control-socket", at])
    };

    // By default the kernel keeps others out.
    let service = setup().start();
    let (status, said) = somebody.asks(NOBODY, &socket, "status");
    assert_eq!(status, Some(3), "{said}");
    assert!(said.contains("you may not ask") && said.contains("control.readers"), "{said}");
    drop(service);

    let service = setup().config("control: { readers: [65533] }").start();
    let (status, said) = somebody.asks(NOBODY, &socket, "status");
    assert!(status == Some(3) && said.contains("control.readers"), "{status:?} {said}");
    assert_eq!(somebody.asks(65533, &socket, "status").0, Some(0));
    let (status, said) = somebody.asks(65533, &socket, "reload");
    assert!(status == Some(3) && said.contains("control.operators"), "{status:?} {said}");
    drop(service);
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("control.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let answers = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let _ = BufReader::new(&stream).read_line(&mut String::new());
        let answer = json!({ "v": 1, "ok": true, "status": {} });
        stream.write_all(format!("{answer}\n").as_bytes()).expect("it listens");
    });
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = command(&socket, "status").stdout(writer).output().expect("it runs");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    answers.join().expect("a service");
}
