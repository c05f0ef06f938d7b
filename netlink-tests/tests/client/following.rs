//! `events --follow`, through the ends and starts of the service.

use super::command;
use netlink_tests::bench::{Actor, Setup, Stage, eventually, turn};
use netlink_tests::need;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

/// A follower, and the lines it has written by now.
struct Follower {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Follower {
    fn start(socket: &Path, words: &str) -> Follower {
        let mut command = command(socket, words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let lines = gathered(child.stdout.take().expect("its stdout"));
        let notes = gathered(child.stderr.take().expect("its stderr"));
        Follower { child, lines, notes }
    }

    fn has(&self, part: &str) -> usize {
        self.lines.lock().expect("lines").iter().filter(|line| line.contains(part)).count()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.lock().expect("notes").clone()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gathered(from: impl std::io::Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&lines);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            into.lock().expect("lines").push(line);
        }
    });
    lines
}

#[test]
fn processes_are_listed_and_followed_in_plain_words_and_in_json() {
    if !need::service("processes_are_listed_and_followed_in_plain_words_and_in_json") {
        return;
    }
    let _turn = turn();
    let mut service = Setup::new().start();
    let socket = service.control_socket();
    let follower = Follower::start(&socket, "events --processes --follow");
    let json = Follower::start(&socket, "events --processes -f --json");
    eventually("both have the list", || follower.has("  lives ") > 1 && json.has(r#""list":["#) > 0);
    let stage = Stage::new();
    let go = stage.path().join("go");
    let mut actor = Actor::start(&stage.copy("passer-by"), &format!("await {} exit", go.display()));
    eventually("it is told by its name", || follower.has("passer-by") > 0);
    std::fs::write(&go, "").expect("the word to go");
    assert!(actor.wait().success());
    let end = format!("  terminated  {:>7}  passer-by: status 0, after ", actor.pid());
    eventually("its end is told", || follower.has(&end) == 1 && json.has(r#""command":"passer-by""#) > 1);
    let once = command(&socket, "events --processes").output().expect("it runs");
    let text = String::from_utf8(once.stdout).expect("text");
    assert!(once.status.success() && text.lines().all(|line| line.contains("  lives ")), "{text}");
    assert!(text.contains(&format!("{:>7}  ffrtmp: child of ", service.pid())), "{text}");
    assert!(service.stop().success());
    eventually("it says that the service has gone", || follower.notes().len() == 1);
    let lists = follower.has("  lives ");
    let service = service.start_again();
    eventually("the list comes anew", || follower.has("  lives ") > lists);
    drop(service);
}

#[test]
fn a_follower_outlives_the_service_and_misses_nothing_of_the_next() {
    if !need::service("a_follower_outlives_the_service_and_misses_nothing_of_the_next") {
        return;
    }
    let _turn = turn();
    let mut service = Setup::new().start();
    let follower = Follower::start(&service.control_socket(), "events --follow");
    let json = Follower::start(&service.control_socket(), "events -f --json");
    eventually("it has the start", || follower.has("  started") == 1 && json.has("\"started\"") == 1);
    assert!(service.stop().success());
    eventually("it says that the service has gone", || follower.notes().len() == 1);
    let service = service.start_again();
    eventually("it has the second start", || follower.has("  started") == 2 && json.has("\"started\"") == 2);
    eventually("it says so", || follower.notes().len() == 2);
    let notes = follower.notes();
    assert!(notes[0].contains("hung up") && notes[1].contains("started anew"), "{notes:?}");
    // The numbers of each life are consecutive, and begin with one.
    let lines = json.lines.lock().expect("lines").clone();
    let seqs = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("json")["seq"].as_u64());
    let mut expected = 0;
    for seq in seqs.map(|seq| seq.expect("a number")) {
        expected = if seq == 1 { 1 } else { expected + 1 };
        assert_eq!(seq, expected, "{lines:#?}");
    }
    assert_eq!(follower.has("  starting"), 2);
    drop(service);
}
