//! The thread for files: saving the state, which waits for a disk, and reading the configuration, which may lie
//! anywhere. One job at a time and in order.

use crate::engine::input::Reloaded;
use crate::model::state::State;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

#[derive(Debug)]
pub enum Errand {
    Save(Box<State>),
    LoadPolicy,
}

#[derive(Debug)]
pub enum Done {
    Saved(Result<(), String>),
    Loaded(Reloaded),
}

/// How the errands are run: given by the one who knows the paths.
pub struct Ways {
    pub save: Save,
    pub load: Load,
}

pub type Save = Box<dyn FnMut(&State) -> Result<(), String> + Send>;
pub type Load = Box<dyn FnMut() -> Reloaded + Send>;

#[derive(Debug)]
pub struct Clerk {
    errands: SyncSender<Errand>,
    done: Receiver<Done>,
}

impl Clerk {
    pub fn start(mut ways: Ways, wake: Arc<mio::Waker>) -> std::io::Result<Clerk> {
        let (errands, queue) = sync_channel::<Errand>(8);
        let (report, done) = sync_channel(8);
        std::thread::Builder::new().name("clerk".into()).stack_size(512 << 10).spawn(move || {
            for errand in queue {
                let result = match errand {
                    Errand::Save(state) => Done::Saved((ways.save)(&state)),
                    Errand::LoadPolicy => Done::Loaded((ways.load)()),
                };
                if report.send(result).is_err() {
                    return;
                }
                let _ = wake.wake();
            }
        })?;
        Ok(Clerk { errands, done })
    }

    /// An errand that finds the clerk too busy is answered as failed, not waited for.
    pub fn send(&self, errand: Errand) -> Option<Done> {
        match self.errands.try_send(errand) {
            Ok(()) => None,
            Err(error) => {
                let why = "the last ones are still being worked on: the disk is slow or stuck".to_owned();
                let (std::sync::mpsc::TrySendError::Full(errand)
                | std::sync::mpsc::TrySendError::Disconnected(errand)) = error;
                Some(match errand {
                    Errand::Save(_) => Done::Saved(Err(why)),
                    Errand::LoadPolicy => Done::Loaded(Err(why)),
                })
            }
        }
    }

    pub fn next_done(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }
}

impl std::fmt::Debug for Ways {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ways")
    }
}
