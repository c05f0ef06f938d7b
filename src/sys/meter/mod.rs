//! The meter: a thread that reads what jobs have used, one round at a time and only when it is asked. A kernel may have to
//! add up counters of all processors for one such file, so the loop never reads them itself. It changes nothing.

mod group;
mod parse;

use crate::model::usage::Usage;
use crate::model::{Identity, JobId, Mono};
use crate::sys::clock;
pub(super) use group::{Reader, folder};
use rustix::fs::CWD;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// What to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Round {
    /// The folder in which the groups of all jobs lie.
    pub folder: PathBuf,
    /// Each with its place where that is not in there.
    pub jobs: Vec<(Identity, JobId, Option<PathBuf>)>,
}

/// What was read. A job whose group is gone is not in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Readings {
    pub at: Mono,
    /// Of all jobs together, those not asked for and those that have ended included.
    pub all: Option<Usage>,
    pub jobs: BTreeMap<Identity, Usage>,
    /// Processor time that the round took.
    pub cost: Duration,
}

#[derive(Debug)]
pub struct Meter {
    rounds: SyncSender<Round>,
    readings: Receiver<Readings>,
}

impl Meter {
    pub fn start(wake: Arc<mio::Waker>) -> io::Result<Meter> {
        let (rounds, queue) = sync_channel::<Round>(1);
        let (report, readings) = sync_channel(1);
        std::thread::Builder::new().name("meter".into()).stack_size(128 << 10).spawn(move || {
            let mut reader = Reader::new();
            for round in queue {
                let before = clock::thread_cpu();
                let read = read(&mut reader, &round);
                if report.send(Readings { cost: clock::thread_cpu() - before, ..read }).is_err() {
                    return;
                }
                let _ = wake.wake();
            }
        })?;
        Ok(Meter { rounds, readings })
    }

    /// Begins a round; `false` while another is under way.
    pub fn ask(&self, round: Round) -> bool {
        self.rounds.try_send(round).is_ok()
    }

    pub fn answer(&self) -> Option<Readings> {
        self.readings.try_recv().ok()
    }
}

fn read(reader: &mut Reader, round: &Round) -> Readings {
    let mut readings = Readings { at: clock::mono(), all: None, jobs: BTreeMap::new(), cost: Duration::ZERO };
    let Ok(jobs) = folder(CWD, &round.folder) else { return readings };
    let offered = reader.offered(&jobs);
    for (identity, job, elsewhere) in &round.jobs {
        // A job's name is that of a group beside the others, whoever gave it.
        let is_plain = !job.as_str().contains('/') && !job.as_str().starts_with('.');
        if let Some(group) = match elsewhere {
            Some(place) => folder(CWD, place).ok(),
            None => is_plain.then(|| folder(&jobs, job.as_str()).ok()).flatten(),
        } {
            readings.jobs.insert(*identity, reader.usage(&group, offered));
        }
    }
    readings.all = Some(reader.usage(&jobs, offered));
    readings
}

#[cfg(test)]
mod tests;
