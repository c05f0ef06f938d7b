//! Lives of real processes, as whoever follows them over the control socket is told: with the kernel's events, and by scans
//! alone.
#![expect(clippy::disallowed_methods, reason = "tests look at real processes")]

use netlink_tests::bench::asking::Control;
use netlink_tests::bench::ordinary::USER;
use netlink_tests::bench::{Actor, Service, Setup, Stage, both_ways, eventually, turn};
use netlink_tests::need;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn follow() -> Value {
    json!({ "ask": "events", "of": "processes", "follow": true })
}

/// A follower who keeps account of who lives, and believes nothing that cannot be.
struct Follower {
    socket: PathBuf,
    control: Control,
    living: BTreeMap<u64, Value>,
    /// Of processes that a test asks for: what was told, in order.
    told: Vec<Value>,
    lost: u64,
}

impl Follower {
    fn of(service: &Service) -> Follower {
        Follower::asking(service, follow())
    }

    fn asking(service: &Service, question: Value) -> Follower {
        let mut control = service.control();
        let head = control.ask(question);
        assert_eq!((&head["ok"], &head["events"]["of"]), (&json!(true), &json!("processes")), "{head}");
        let (socket, living) = (service.control_socket(), BTreeMap::new());
        let mut follower = Follower { socket, control, living, told: Vec::new(), lost: 0 };
        follower.hear_list();
        follower
    }

    fn hear_list(&mut self) {
        self.living.clear();
        loop {
            let line = self.control.line();
            assert_eq!(line["event"], "processes", "{line}");
            for process in line["list"].as_array().expect("a list") {
                let pid = process["pid"].as_u64().expect("a pid");
                assert!(self.living.insert(pid, process.clone()).is_none(), "{pid} is listed twice");
            }
            if line["more"] == false {
                return;
            }
        }
    }

    /// The next change; gaps are counted, and made good for.
    fn next(&mut self) -> Value {
        loop {
            let line = self.control.line();
            if let Some(lost) = line["gap"]["lost"].as_u64() {
                self.lost += lost;
                self.hear_list();
                continue;
            }
            let pid = line["pid"].as_u64().unwrap_or_else(|| panic!("{line}"));
            let before = match line["event"].as_str() {
                Some("process-terminated") => self.living.remove(&pid),
                _ => self.living.insert(pid, line.clone()),
            };
            assert_eq!(before.is_none(), line["event"] == "process-created", "{line} of {before:?}");
            return line;
        }
    }

    /// What is told of one process until it has ended.
    fn life_of(&mut self, pid: u32) -> Vec<Value> {
        let pid = json!(pid);
        let mut life: Vec<Value> = self.told.iter().filter(|line| line["pid"] == pid).cloned().collect();
        while life.last().is_none_or(|line| line["event"] != "process-terminated") {
            let line = self.next();
            if line["pid"] == pid {
                life.push(line.clone());
            }
            self.told.push(line);
        }
        life
    }

    /// Hears until something is told of a process.
    fn hear_of(&mut self, pid: u32, so: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.next();
            self.told.push(line.clone());
            if line["pid"] == pid && so(&line) {
                return line;
            }
        }
    }
}

fn words(life: &[Value]) -> Vec<&str> {
    life.iter().map(|line| line["event"].as_str().expect("a word").trim_start_matches("process-")).collect()
}

fn changed(line: &Value) -> Vec<&str> {
    line["changed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn a_life_is_told_from_its_beginning_to_its_status() {
    if !need::service("a_life_is_told_from_its_beginning_to_its_status") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 1h").start();
    let stage = Stage::new();
    let mut follower = Follower::of(&service);
    let second = stage.copy("second");
    let go = stage.path().join("go");
    let words_of = format!("await {} exec {} pause 300 exit", go.display(), second.display());
    let began = Instant::now();
    let mut actor = Actor::start(&stage.copy("first"), &words_of);
    let first = follower.hear_of(actor.pid(), |line| line["command"] == "first");
    assert_eq!((&first["event"], &first["uid"]), (&json!("process-updated"), &json!(0)));
    assert_eq!(
        (changed(&first), first["ppid"].as_u64()),
        (vec!["program", "name"], Some(std::process::id().into()))
    );
    make(&go);
    let became = follower.hear_of(actor.pid(), |line| line["command"] == "second");
    assert_eq!(changed(&became), ["program", "name"]);
    assert!(became["start_time"].is_u64() && actor.wait().success());
    let life = follower.life_of(actor.pid());
    assert_eq!(words(&life), ["created", "updated", "updated", "terminated"], "{life:#?}");
    let end = life.last().expect("an end");
    assert_eq!((&end["exit_code"], &end["signal"]), (&json!(0), &Value::Null));
    let lifetime = end["lifetime"].as_f64().expect("a lifetime");
    assert!(lifetime >= 0.3 && lifetime <= began.elapsed().as_secs_f64(), "{lifetime}");
}

fn make(file: &Path) {
    std::fs::write(file, "").expect("a file");
}

#[test]
fn signals_and_statuses_are_those_that_a_parent_gets() {
    if !need::service("signals_and_statuses_are_those_that_a_parent_gets") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 1h").start();
    let stage = Stage::new();
    let program = stage.copy("ended");
    let mut follower = Follower::of(&service);
    for many_threads in ["", "threads 20 "] {
        let mut killed = Actor::start(&program, &format!("{many_threads}sleep"));
        follower.hear_of(killed.pid(), |line| line["command"] == "ended");
        killed.kill();
        let end = follower.life_of(killed.pid()).pop().expect("an end");
        assert_eq!((&end["signal"], &end["exit_code"]), (&json!(9), &Value::Null));
        let mut failing = Actor::start(&program, &format!("{many_threads}status 101"));
        let status = failing.wait();
        let end = follower.life_of(failing.pid()).pop().expect("an end");
        assert_eq!((end["exit_code"].as_u64(), status.signal()), (Some(101), None));
    }
}

#[test]
fn a_governed_process_and_its_children_are_told_to_be() {
    both_ways("a_governed_process_and_its_children_are_told_to_be", |start| {
        let service = start("");
        let stage = Stage::new();
        let mut follower = Follower::of(&service);
        let actor = Actor::start(&stage.copy("ffmpeg"), "children 2 sleep");
        follower.hear_of(actor.pid(), |line| line["governed"] == true);
        let lives = |follower: &Follower| {
            let governed = follower.living.values().filter(|line| line["governed"] == true);
            governed.count()
        };
        while lives(&follower) < 3 {
            follower.next();
        }
        let pid = actor.pid();
        drop(actor);
        let life = follower.life_of(pid);
        assert!(life.iter().any(|line| changed(line).contains(&"governed")), "{life:#?}");
        while lives(&follower) > 0 {
            follower.next();
        }
    });
}

#[test]
fn scans_alone_tell_beginning_change_and_end() {
    if !need::service("scans_alone_tell_beginning_change_and_end") {
        return;
    }
    let _turn = turn();
    let setup = Setup::new().config("scan_interval: 200ms").flags(&["--poll-only"]);
    let service = setup.start();
    let stage = Stage::new();
    let mut follower = Follower::of(&service);
    let (second, go) = (stage.copy("second"), stage.path().join("go"));
    let words_of = format!("await {} exec {} sleep", go.display(), second.display());
    let mut actor = Actor::start(&stage.copy("first"), &words_of);
    follower.hear_of(actor.pid(), |line| line["command"] == "first");
    make(&go);
    follower.hear_of(actor.pid(), |line| line["command"] == "second" && changed(line).contains(&"program"));
    actor.kill();
    let life = follower.life_of(actor.pid());
    let end = life.last().expect("an end");
    assert!(end["lifetime"].is_f64() && end["exit_code"].is_null() && end["signal"].is_null(), "{end}");
    assert_eq!(words(&life).iter().filter(|word| **word == "created").count(), 1, "{life:#?}");
}

#[test]
fn of_a_storm_of_short_lives_each_is_told_whole() {
    if !need::service("of_a_storm_of_short_lives_each_is_told_whole") {
        return;
    }
    const SHORT: usize = 5_000;
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 1h").start();
    let stage = Stage::new();
    let mut follower = Follower::of(&service);
    let mut storm = Actor::start(&stage.copy("storm"), &format!("short {SHORT}"));
    let parent = storm.pid();
    follower.life_of(parent);
    assert!(storm.wait().success());
    let children: Vec<&Value> = follower.told.iter().filter(|line| line["ppid"] == parent).collect();
    let ended = children.iter().filter(|line| line["event"] == "process-terminated");
    let ended: Vec<_> = ended.map(|line| (line["exit_code"].as_u64(), line["lifetime"].is_f64())).collect();
    assert!(ended.iter().all(|end| *end == (Some(0), true)), "each with its status and its lifetime");
    println!("{SHORT} short lives: {} told to the end, {} notices lost and told", ended.len(), follower.lost);
    assert!(ended.len() == SHORT || follower.lost > 0 && follower.lost >= (SHORT - ended.len()) as u64);
    follower.knows_what_is();
}

impl Follower {
    /// Once all is heard it knows exactly the processes that a list has, but for what lives and dies here meanwhile.
    fn knows_what_is(&mut self) {
        eventually("the follower knows what is", || {
            let listed = listed(&self.socket, json!({ "ask": "events", "of": "processes" }));
            let mut marker = Actor::start(Path::new("/bin/true"), "");
            let _ = marker.wait();
            self.life_of(marker.pid());
            let known: BTreeSet<u64> = self.living.keys().copied().collect();
            known.symmetric_difference(&listed).count() <= 2
        });
    }
}

fn listed(socket: &Path, question: Value) -> BTreeSet<u64> {
    let mut control = Control::connect(socket);
    assert_eq!(control.ask(question)["ok"], true);
    let mut pids = BTreeSet::new();
    loop {
        let line = control.line();
        if line["end"] == true {
            return pids;
        }
        let list = line["list"].as_array().unwrap_or_else(|| panic!("{line}"));
        pids.extend(list.iter().filter_map(|process| process["pid"].as_u64()));
    }
}

#[test]
fn a_follower_that_stops_reading_is_told_of_the_gap_and_delays_nobody() {
    if !need::service("a_follower_that_stops_reading_is_told_of_the_gap_and_delays_nobody") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 1h").start();
    let stage = Stage::new();
    let (mut stopped, mut other) = (Follower::of(&service), Follower::of(&service));
    let (mut lives, mut ended) = (0, 0);
    // Not longer than it takes: who has not read for half a minute is hung up on.
    while service.count("is too slow and loses notices") == 0 {
        let mut storm = Actor::start(&stage.copy("storm"), "short 500");
        other.life_of(storm.pid());
        assert!(storm.wait().success());
        let of_storm = |line: &&Value| line["ppid"] == storm.pid() && line["lifetime"].is_f64();
        ended += other.told.iter().filter(of_storm).count();
        lives += 500;
    }
    assert_eq!((ended, other.lost), (lives, 0), "the other one heard of all");
    assert_eq!(service.control().ask(json!({ "ask": "status" }))["ok"], true);
    let mut marker = Actor::start(&stage.copy("marker"), "pause 1 exit");
    assert!(marker.wait().success());
    while stopped.lost == 0 {
        stopped.next();
    }
    let life = |follower: &mut Follower| {
        let mut actor = Actor::start(&stage.copy("after"), "pause 100 exit");
        assert!(actor.wait().success());
        words(&follower.life_of(actor.pid())).join(" ")
    };
    assert_eq!(life(&mut stopped), "created updated terminated", "and of what comes after it misses nothing");
    println!("the one that had stopped lost {} of some {}, and was told so", stopped.lost, 2 * lives);
    stopped.knows_what_is();
}

#[test]
fn only_what_is_asked_for_is_told() {
    if !need::service("only_what_is_asked_for_is_told") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 1h").start();
    let stage = Stage::new();
    let governed = Actor::start(&stage.copy("ffmpeg"), "sleep");
    governed.caught_as("ffmpeg");
    let bystander = Actor::start(&stage.copy("bystander"), "sleep");
    let socket = service.control_socket();
    let which = |field: &str, value: Value| {
        listed(&socket, json!({ "ask": "events", "of": "processes", field: value }))
    };
    let pids = |actor: &Actor| BTreeSet::from([u64::from(actor.pid())]);
    eventually("it is told by its name", || which("commands", json!(["bystander"])) == pids(&bystander));
    assert_eq!(which("governed", json!(true)), pids(&governed));
    assert!(which("uids", json!([0])).is_superset(&pids(&governed)));
    assert_eq!(which("uids", json!([])), BTreeSet::new());
    let question = json!({ "ask": "events", "of": "processes", "follow": true, "governed": true });
    let mut follower = Follower::asking(&service, question);
    assert_eq!(follower.living.len(), 1);
    let (pid, mut last) = (governed.pid(), None);
    drop(bystander);
    drop(governed);
    while last.as_ref() != Some(&json!("process-terminated")) {
        let line = follower.control.line();
        assert_eq!(line["pid"], pid, "{line}");
        last = Some(line["event"].clone());
    }
    for wrong in [json!({ "after": 1 }), json!({ "of": "records", "uids": [0] }), json!({ "of": "nobody" })] {
        let mut question = json!({ "ask": "events", "of": "processes" });
        question.as_object_mut().expect("an object").extend(wrong.as_object().expect("an object").clone());
        assert_eq!(service.control().ask(question)["error"]["code"], "malformed", "{wrong}");
    }
}

#[test]
fn followers_are_so_many_and_one_that_leaves_makes_room() {
    if !need::service("followers_are_so_many_and_one_that_leaves_makes_room") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let mut all: Vec<Follower> = (0..16).map(|_| Follower::of(&service)).collect();
    assert_eq!(service.control().ask(follow())["error"]["code"], "busy");
    all.pop();
    eventually("there is room", || service.control().ask(follow())["ok"] == true);
}

#[test]
fn who_may_no_longer_ask_is_told_so_and_follows_no_more() {
    if !need::service("who_may_no_longer_ask_is_told_so_and_follows_no_more") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config(&format!("control: {{ readers: [{USER}] }}")).start();
    open(service.folder());
    let socket = service.control_socket();
    let mut reader = Control::of(as_user(|| UnixStream::connect(&socket)).expect("a connection"));
    assert_eq!(reader.ask(follow())["ok"], true);
    assert_eq!(reader.line()["event"], "processes");
    service.reload("control: {}");
    let mut line = reader.line();
    while line.get("error").is_none() {
        line = reader.line();
    }
    assert_eq!(line["error"]["code"], "refused");
    assert!(reader.is_over());
    assert!(as_user(|| UnixStream::connect(&socket)).is_err());
}

/// The kernel notes with a connection who has made it: here a thread that has become somebody else.
fn as_user<T: Send>(act: impl FnOnce() -> T + Send) -> T {
    let become_them = || {
        let (uid, gid) = (rustix::process::Uid::from_raw(USER), rustix::process::Gid::from_raw(USER));
        rustix::thread::set_thread_groups(&[]).expect("setgroups");
        rustix::thread::set_thread_gid(gid).expect("setgid");
        rustix::thread::set_thread_res_uid(uid, uid, uid).expect("setresuid");
        act()
    };
    std::thread::scope(|scope| scope.spawn(become_them).join().expect("the other user"))
}

/// Others could come to its socket, as they can below /run.
fn open(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}
