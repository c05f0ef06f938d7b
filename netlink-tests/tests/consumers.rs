//! The scanner as a library, on the real kernel and with real processes: whatever one consumer does, the others, the loop
//! and the program around it do not notice, and in the end each of them knows what there is.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and clocks")]

use ffrtmp::feed::{Filter, Notice, Registration};
use ffrtmp::model::Pid;
use ffrtmp::model::lifecycle::What;
use ffrtmp::scanner::{Scanner, Settings};
use netlink_tests::bench::{Actor, Stage, eventually, patience};
use netlink_tests::need;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Each counts threads and files of this program.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn scanner(settings: &Settings) -> Scanner {
    Scanner::start(settings).expect("a scanner")
}

/// Starts one and waits for its end.
fn live_and_die() -> Pid {
    let mut child = Command::new("true").spawn().expect("true");
    let pid = Pid(child.id());
    child.wait().expect("its end");
    pid
}

/// Passes every notice on, and says nothing.
fn passing(out: Sender<Notice>) -> impl FnMut(&Notice) + Send {
    move |notice| drop(out.send(notice.clone()))
}

fn next(hears: &Receiver<Notice>) -> Notice {
    hears.recv_timeout(patience()).expect("it is told")
}

fn until_created(hears: &Receiver<Notice>, pid: Pid) {
    let is_it = |notice: Notice| match notice {
        Notice::Change(change) => change.process.pid == pid && change.what == What::Created,
        _ => false,
    };
    while !is_it(next(hears)) {}
}

/// How many threads of this program have one of these names.
fn threads(names: &[&str]) -> usize {
    let all = std::fs::read_dir("/proc/self/task").expect("own threads").flatten();
    let comms = all.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
    comms.filter(|comm| names.contains(&comm.trim())).count()
}

#[test]
fn one_that_is_stuck_loses_its_own_and_then_learns_who_lives() {
    if !need::events("one_that_is_stuck_loses_its_own_and_then_learns_who_lives") {
        return;
    }
    let _alone = alone();
    let scanner = scanner(&Settings::default());
    let (out, hears) = channel();
    scanner.register("quick", Filter::changes(), 65_536, passing(out)).expect("registered");
    let (out, late) = channel();
    let (open, gate) = channel::<()>();
    let mut pass = passing(out);
    let stuck = move |notice: &Notice| {
        let _ = gate.recv(); // fails, and so returns at once, when the gate is open for good
        pass(notice);
    };
    scanner.register("stuck", Filter::changes(), 8, stuck).expect("registered");
    let Notice::Resync(_) = next(&hears) else { panic!("the first is the whole picture") };

    let stage = Stage::new();
    let lives = Actor::start(&stage.copy("sleeper"), "sleep");
    let gone: Vec<Pid> = (0..100).map(|_| live_and_die()).collect();
    // The quick one hears of each while the other stands still, the last one's end included.
    for pid in gone.iter().copied().chain([live_and_die()]) {
        until_created(&hears, pid);
    }
    let standing = scanner.standings().into_iter().find(|one| &*one.name == "stuck").expect("it is there");
    assert!(standing.lost >= 80 && standing.waiting <= 8, "{standing:?}");
    assert_eq!(scanner.standings().iter().find(|one| &*one.name == "quick").expect("it is there").lost, 0);

    drop(open);
    let lost = loop {
        if let Notice::Gap { lost } = next(&late) {
            break lost;
        }
    };
    assert!(lost >= standing.lost, "{lost}, {standing:?}");
    let Notice::Resync(all) = next(&late) else { panic!("the whole picture follows the gap") };
    let knows = |pid: Pid| all.iter().any(|process| process.pid == pid);
    assert!(knows(Pid(lives.pid())) && knows(Pid(std::process::id())));
    assert!(!gone.iter().any(|&pid| knows(pid)), "they are gone");
}

#[test]
fn one_that_panics_goes_on_with_the_whole_picture() {
    if !need::events("one_that_panics_goes_on_with_the_whole_picture") {
        return;
    }
    let _alone = alone();
    let scanner = scanner(&Settings::default());
    let (out, hears) = channel();
    let own = Pid(std::process::id());
    let mut panics = false;
    let unlucky = move |notice: &Notice| {
        let ours = matches!(notice, Notice::Change(change) if change.process.ppid == own);
        if ours && !std::mem::replace(&mut panics, true) {
            // As a panic does, but without a word: it is no failure of this test.
            std::panic::resume_unwind(Box::new("as told"));
        }
        let _ = out.send(notice.clone());
    };
    scanner.register("unlucky", Filter::changes(), 1024, unlucky).expect("registered");
    let Notice::Resync(_) = next(&hears) else { panic!("the first is the whole picture") };
    let stage = Stage::new();
    let lives = Actor::start(&stage.copy("sleeper"), "sleep");
    while !matches!(next(&hears), Notice::Gap { lost: 1.. }) {}
    let Notice::Resync(all) = next(&hears) else { panic!("the whole picture follows the gap") };
    assert!(all.iter().any(|process| process.pid == Pid(lives.pid())));
    until_created(&hears, live_and_die());
    assert_eq!(scanner.standings()[0].panics, 1);
}

/// By scans alone, as any user: samples with rates, of us too.
#[test]
fn rounds_tell_what_everybody_uses() {
    let _alone = alone();
    let settings = Settings { interval: Duration::from_millis(100), poll_only: true, ..Settings::default() };
    let scanner = scanner(&settings);
    let (out, hears) = channel();
    scanner.register("rounds", Filter::rounds(), 8, passing(out)).expect("registered");
    let stage = Stage::new();
    let busy = Actor::start(&stage.copy("busy"), "busy");
    loop {
        let Notice::Round(round) = next(&hears) else { panic!("rounds alone were asked for") };
        let cores = round.of(Pid(busy.pid())).and_then(|sample| sample.recent);
        if cores.is_some_and(|recent| recent.cores > 0.05) {
            let own = round.of(Pid(std::process::id())).expect("we are there, too");
            assert!(own.used.resident > 0 && own.used.threads > 1, "{own:?}");
            return assert!(round.samples.is_sorted_by_key(|sample| sample.identity.pid));
        }
    }
}

#[test]
fn consumers_come_and_go_from_inside_of_consumers_and_leave_nothing() {
    let _alone = alone();
    let scanner = scanner(&Settings { poll_only: true, ..Settings::default() });
    let registrar = scanner.registrar();
    let (done, is_done) = channel();
    let (hand, own) = channel::<Registration>();
    let breeder = move |_: &Notice| {
        for round in 0..1000 {
            let (out, hears) = channel();
            let child = registrar.register("child", Filter::changes(), 8, passing(out)).expect("registered");
            if round % 100 == 0 {
                let Notice::Resync(_) = next(&hears) else { panic!("the first is the whole picture") };
            }
            child.unregister();
        }
        own.recv().expect("its own").unregister();
        registrar.register("breeder", Filter::rounds(), 8, |_: &Notice| {}).expect("its name is free");
        let _ = done.send(());
    };
    hand.send(scanner.register("breeder", Filter::changes(), 8, breeder).expect("registered"))
        .expect("it is heard");
    is_done.recv_timeout(patience()).expect("it comes to its end");
    eventually("only the heir's thread is left", || threads(&["child", "breeder"]) == 1);
    assert_eq!(scanner.standings().len(), 1);
}

#[test]
fn it_ends_in_time_and_leaves_the_program_as_it_was() {
    let _alone = alone();
    let files = || std::fs::read_dir("/proc/self/fd").expect("own files").count();
    let blocked = || {
        let status = std::fs::read_to_string("/proc/thread-self/status").expect("own status");
        status.lines().find(|line| line.starts_with("SigBlk")).expect("a mask").to_owned()
    };
    let before = (files(), blocked());
    let (in_it, is_in) = channel();
    let (_never, gate) = channel::<()>();
    let sleeps = move |_: &Notice| {
        let _ = in_it.send(());
        let _ = gate.recv();
    };
    let scanner = scanner(&Settings::default());
    scanner.register("sleeps", Filter::everything(), 8, sleeps).expect("registered");
    is_in.recv_timeout(patience()).expect("it is told");
    let began = Instant::now();
    drop(scanner);
    // The sleeper would keep whoever waits for it for ever.
    assert!(began.elapsed() < patience(), "{:?}", began.elapsed());
    // The sleeper could still wake the loop, which takes a descriptor.
    eventually("all but the sleeper's thread is gone", || {
        let ours = threads(&["scanner", "prober", "clerk", "governor", "meter"]);
        (ours, threads(&["sleeps"]), blocked()) == (0, 1, before.1.clone()) && files() <= before.0 + 1
    });
}
