//! The targets: families of processes that begin, fork, become other programs and end at random. Each is a process group,
//! which is how its members are told from everybody else, whoever their parent is by now.

use netlink_tests::bench::chance::Chance;
use netlink_tests::bench::{Actor, Stage};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Names of their own: a transcoder that runs here anyway is none of ours.
pub(super) const COMMANDS: [&str; 2] = ["soak-ffmpeg", "soak-gst-launch"];

/// As many live at one time, at most.
const MOST: usize = 40;

#[derive(Debug)]
pub(super) struct Family {
    pub(super) command: &'static str,
    pub(super) began: Instant,
    ends: Instant,
    actor: Actor,
}

#[derive(Debug)]
pub(super) struct Targets {
    stage: Stage,
    /// By process group.
    pub(super) alive: HashMap<u32, Family>,
    pub(super) started: u64,
    next: Instant,
}

impl Targets {
    pub(super) fn new() -> Targets {
        Targets { stage: Stage::new(), alive: HashMap::new(), started: 0, next: Instant::now() }
    }

    /// Ends who is due, starts who is due.
    pub(super) fn live(&mut self, chance: &mut Chance) {
        let now = Instant::now();
        self.alive.retain(|_, family| family.ends > now);
        if self.alive.len() < MOST && self.next <= now {
            self.next = now + chance.millis(5..120);
            let family = self.start(chance);
            self.started += 1;
            self.alive.insert(family.actor.pid(), family);
        }
    }

    pub(super) fn end(&mut self) {
        self.alive.clear();
    }

    fn start(&self, chance: &mut Chance) -> Family {
        let command = chance.one(&COMMANDS);
        let program = self.stage.copy(command);
        let age = match chance.of(0..4) {
            0 => chance.of(0..6),
            1 => chance.of(6..100),
            2 => chance.of(100..3000),
            _ => chance.of(3_000..30_000),
        };
        let (program, words) = self.fate(chance, program, age);
        let began = Instant::now();
        // It may outlive its first process: the children of one that ended by itself go on for a while.
        let ends = began + Duration::from_millis(age) + chance.millis(0..1500);
        Family { command, began, ends, actor: Actor::start(&program, &words) }
    }

    /// The program to start and what it is told to do: all that a transcoder may do to those who watch it.
    fn fate(&self, chance: &mut Chance, program: PathBuf, age: u64) -> (PathBuf, String) {
        let again = program.display().to_string();
        match chance.of(0..8) {
            0 => (program, format!("children {} pause {age} exit", chance.of(1..4))),
            1 => (program, format!("pause {} children 2 sleep", chance.of(0..40))),
            2 => (program, "orphan sleep".into()),
            3 => (program, format!("threads {} sleep", chance.of(1..20))),
            4 => (program, format!("pause {} exec {again} sleep", chance.of(0..20))),
            5 => (self.stage.copy("bystander"), format!("pause {} exec {again} sleep", chance.of(0..20))),
            6 => (program, "sleep".into()),
            _ => (program, format!("pause {age} exit")),
        }
    }
}
