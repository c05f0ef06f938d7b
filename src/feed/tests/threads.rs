//! A real loop, woken by nobody but the hub, and consumers on threads of their own that do all a consumer may do.

use super::*;
use crate::sys::clock;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(30);

enum Word {
    Woken,
    Created(std::ops::Range<u32>),
    Stop,
}

/// The loop on a thread: it serves when it is woken, when there is something to tell and when the hub is due.
struct Loop {
    words: Sender<Word>,
    registrar: Registrar,
    thread: Option<JoinHandle<()>>,
}

impl Loop {
    fn start() -> Loop {
        let (words, hears) = channel();
        let wake = Mutex::new(words.clone());
        let hub = Hub::new(move || drop(wake.lock().unwrap().send(Word::Woken)));
        let registrar = hub.registrar();
        let thread = std::thread::spawn(move || turn(hub, &hears));
        Loop { words, registrar, thread: Some(thread) }
    }

    fn create(&self, pids: std::ops::Range<u32>) {
        self.words.send(Word::Created(pids)).unwrap();
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = self.words.send(Word::Stop);
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

fn turn(mut hub: Hub, words: &Receiver<Word>) {
    let mut living = BTreeSet::new();
    loop {
        let now = clock::mono();
        let timeout = hub.next_deadline(now).map_or(PATIENCE, |at| at - now);
        let pids = match words.recv_timeout(timeout) {
            Ok(Word::Created(pids)) => pids,
            Ok(Word::Woken) | Err(RecvTimeoutError::Timeout) => 0..0,
            Ok(Word::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        };
        living.extend(pids.clone());
        let all = || living.iter().map(|&pid| process(pid)).collect();
        hub.serve(clock::mono(), pids.map(created), None, all, &mut Vec::new());
    }
}

/// A consumer that tells `out` how many processes it knows of, whenever that changes.
fn counting(out: Sender<usize>) -> impl FnMut(&Notice) + Send {
    let mut knows = BTreeSet::new();
    move |notice| {
        match notice {
            Notice::Change(change) => drop(knows.insert(change.process.pid)),
            Notice::Resync(all) => knows = all.iter().map(|process| process.pid).collect(),
            Notice::Gap { .. } | Notice::Round(_) => {}
        }
        let _ = out.send(knows.len());
    }
}

fn until(hears: &Receiver<usize>, count: usize) {
    while hears.recv_timeout(PATIENCE).expect("it is told") != count {}
}

#[test]
fn a_wake_up_is_never_lost() {
    let mut turning = Loop::start();
    for round in (0..3000_u32).map(|round| round % 100) {
        if round == 0 {
            turning = Loop::start();
        }
        let (out, hears) = channel();
        let registered = turning.registrar.register("census", Filter::changes(), 8, counting(out)).unwrap();
        let from = round * 9;
        turning.create(from..from + 9);
        until(&hears, from as usize + 9);
        registered.unregister();
    }
}

#[test]
fn one_that_never_comes_back_delays_nobody_not_even_the_end() {
    let turning = Loop::start();
    let (stuck, at) = channel();
    let (_never, gate) = channel::<()>();
    let stays = move |_: &Notice| {
        let _ = stuck.send(());
        let _ = gate.recv();
    };
    turning.registrar.register("stuck", Filter::changes(), 8, stays).unwrap();
    at.recv_timeout(PATIENCE).unwrap();
    let (out, hears) = channel();
    turning.registrar.register("quick", Filter::changes(), 1024, counting(out)).unwrap();
    turning.create(0..500);
    until(&hears, 500);
    let standings = turning.registrar.standings();
    assert_eq!(standings.iter().map(|standing| standing.lost).collect::<Vec<_>>(), [0, 492]);
    drop(turning);
}

#[test]
fn one_that_panics_loses_what_it_panicked_at_and_knows_all_in_the_end() {
    let turning = Loop::start();
    let (out, hears) = channel();
    let mut count = counting(out);
    let mut seen = 0;
    let unlucky = move |notice: &Notice| {
        seen += 1;
        assert!(seen % 3 != 0, "as told");
        count(notice);
    };
    turning.registrar.register("unlucky", Filter::changes(), 64, unlucky).unwrap();
    turning.create(0..20);
    until(&hears, 20);
    assert!(turning.registrar.standings()[0].panics >= 6);
}

/// Dropped while its thread ends: that is nobody's trouble.
struct Bomb(Sender<()>);

impl Consumer for Bomb {
    fn hear(&mut self, _: &Notice) {
        let _ = self.0.send(());
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("as told");
    }
}

#[test]
fn one_that_panics_in_its_last_moment_leaves_its_name() {
    let turning = Loop::start();
    let (out, hears) = channel();
    let bomb = turning.registrar.register("bomb", Filter::changes(), 8, Bomb(out)).unwrap();
    hears.recv_timeout(PATIENCE).unwrap();
    bomb.unregister();
    assert!(hears.recv_timeout(PATIENCE).is_err(), "its end has come");
    let (out, hears) = channel();
    turning.registrar.register("bomb", Filter::changes(), 8, counting(out)).unwrap();
    turning.create(0..1);
    until(&hears, 1);
}

#[test]
fn a_consumer_may_unregister_itself_and_register_another_of_its_name() {
    let turning = Loop::start();
    let registrar = turning.registrar.clone();
    let (out, hears) = channel();
    let (mine, own) = channel::<Registration>();
    let heir = move |_: &Notice| {
        own.recv_timeout(PATIENCE).unwrap().unregister();
        registrar.register("one", Filter::changes(), 8, counting(out.clone())).unwrap();
    };
    mine.send(turning.registrar.register("one", Filter::changes(), 8, heir).unwrap()).unwrap();
    turning.create(0..3);
    until(&hears, 3);
    assert_eq!(turning.registrar.standings().len(), 1);
}

#[test]
fn a_name_that_no_thread_can_bear_is_no_trouble() {
    let turning = Loop::start();
    let (out, hears) = channel();
    turning.registrar.register("a\0b\u{202e}", Filter::changes(), 8, counting(out)).unwrap();
    until(&hears, 0);
}
