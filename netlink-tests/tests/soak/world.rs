//! All that takes part, and time passing for it: whatever befalls the service, targets and nobodies live on.

use super::blows::{Blow, policy};
use super::judge::{Faults, OF_AGE};
use super::patient::Patient;
use super::targets::{COMMANDS, Targets};
use super::wish::Wish;
use netlink_tests::bench::chance::Chance;
use netlink_tests::bench::{Body, Crowd, patience};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(5);
/// So many nobodies make more events than the service's buffer holds.
const DEAFENING: u64 = 2_500;

#[derive(Debug)]
pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) targets: Targets,
    pub(super) crowd: Crowd,
    pub(super) patient: Patient,
    pub(super) blows: BTreeMap<Blow, u64>,
    pub(super) faults: Vec<Faults>,
    pub(super) judged: u64,
}

impl World {
    pub(super) fn new(wish: &Wish) -> World {
        World {
            chance: Chance::new(wish.seed),
            targets: Targets::new(),
            crowd: Crowd::start(wish.rate),
            patient: Patient::start(&COMMANDS),
            blows: BTreeMap::new(),
            faults: Vec::new(),
            judged: 0,
        }
    }

    /// Time passes until something holds.
    fn live_until(&mut self, what: &str, patience: Duration, mut holds: impl FnMut(&World) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < patience, "it never came true that {what}");
            self.targets.live(&mut self.chance);
            std::thread::sleep(TICK);
        }
    }

    pub(super) fn live(&mut self, span: Duration) {
        let end = Instant::now() + span;
        self.live_until("time passes", span + patience(), |_| Instant::now() >= end);
    }

    fn live_a_moment(&mut self, millis: std::ops::Range<u64>) {
        let span = self.chance.millis(millis);
        self.live(span);
    }

    fn ready(&mut self) {
        self.live_until("the service is ready", patience(), |world| world.patient.is_ready());
    }

    /// Some blows in a row, then a judgement in quiet.
    pub(super) fn round(&mut self, may_kill: bool) {
        for _ in 0..self.chance.of(2..7) {
            let blow = Blow::by(&mut self.chance, may_kill);
            *self.blows.entry(blow).or_default() += 1;
            self.strike(blow);
            self.live_a_moment(0..800);
        }
        self.judge();
    }

    fn strike(&mut self, blow: Blow) {
        match blow {
            Blow::Stop | Blow::Deafen => {
                self.patient.halt();
                if blow == Blow::Deafen {
                    let enough = self.crowd.lived().processes + DEAFENING;
                    let deaf = |world: &World| world.crowd.lived().processes >= enough;
                    self.live_until("the crowd makes noise", patience(), deaf);
                } else {
                    self.live_a_moment(1..1500);
                }
                self.patient.go_on();
            }
            Blow::Reload => {
                let (governed, quota) = policy(&mut self.chance);
                self.patient.reload(governed, quota);
            }
            Blow::ReloadNonsense => self.patient.reload_nonsense(),
            Blow::Kill => self.start_after(Patient::kill),
            Blow::Restart => self.start_after(Patient::stop),
            Blow::KillTwice => {
                self.patient.kill();
                self.patient.launch_again();
                self.live_a_moment(1..60);
                self.start_after(Patient::kill);
            }
        }
    }

    fn start_after(&mut self, end: impl FnOnce(&mut Patient)) {
        end(&mut self.patient);
        self.live_a_moment(0..1000);
        self.patient.launch_again();
        self.ready();
    }

    /// Once it is quiet, everything must be as it should be within a scan interval; targets come and go meanwhile.
    pub(super) fn judge(&mut self) {
        let look = |world: &World| {
            Faults::look(world.patient.service().root(), &world.targets, world.patient.governed)
        };
        self.live(OF_AGE);
        let mut faults = look(self);
        // Each on a machine that has time; one that stands still has the service do so, too.
        for _ in 0..5 {
            if faults == Faults::default() {
                break;
            }
            self.live(OF_AGE / 2);
            faults = faults.and(&look(self));
        }
        self.judged += 1;
        self.sentence(faults);
    }

    fn sentence(&mut self, faults: Faults) {
        self.patient.listen();
        if faults != Faults::default() {
            println!(
                "{faults:#?}, governed {:?}, the service is {}",
                self.patient.governed,
                self.patient.service().pid()
            );
        }
        for pid in faults.pids() {
            self.patient.ledger.about(pid).for_each(|record| println!("{record}"));
        }
        self.faults.push(faults);
    }

    /// All targets end; what the service and the tree hold then, it holds for nobody.
    pub(super) fn empty(&mut self) -> Body {
        self.targets.end();
        let root = self.patient.service().root().join("jobs");
        let began = Instant::now();
        let groups =
            || std::fs::read_dir(&root).into_iter().flatten().flatten().filter(|e| e.path().is_dir()).count();
        while groups() > 0 && began.elapsed() < patience() {
            std::thread::sleep(TICK);
        }
        self.sentence(Faults::look(self.patient.service().root(), &self.targets, self.patient.governed));
        self.body()
    }

    pub(super) fn restart(&mut self) {
        self.start_after(Patient::stop);
    }

    pub(super) fn body(&self) -> Body {
        Body::at_rest(self.patient.service().pid())
    }
}
