//! The scanner for programs of your own: it tells consumers of every process of the host, and touches nothing. No targets,
//! no cgroups, no state, no sockets for others, no signals; what is left is the same engine and the same loop as the
//! service's, on a thread of its own.

use crate::config::compile::RECEIVE_BUFFER;
use crate::config::policy::{Policy, ScannerPolicy};
use crate::engine::Engine;
use crate::feed::{Consumer, Filter, Hub, Registrar, Registration, Standing};
use crate::model::Pid;
use crate::model::state::Memory;
use crate::reactor::{self, Parts, World};
use crate::sys::clerk::Ways;
use crate::sys::host;
use crate::sys::notify::Notifier;
use crate::sys::signals::{Wish, Wishes};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Tells of processes until it is dropped.
///
/// With root's rights, or from Linux 6.6 on without, the kernel tells of each process the moment it begins; where it does
/// not, in a container for instance, processes are compared at each interval.
///
/// ```
/// use ffrtmp::feed::{Filter, Notice};
/// use ffrtmp::scanner::{Scanner, Settings};
/// use std::sync::mpsc::channel;
///
/// let (found, finds) = channel();
/// let scanner = Scanner::start(&Settings::default())?;
/// scanner.register("census", Filter::rounds(), 8, move |notice: &Notice| {
///     if let Notice::Round(round) = notice {
///         let _ = found.send(round.samples.len());
///     }
/// })?;
/// assert!(finds.recv().is_ok_and(|count| count > 0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Scanner {
    registrar: Registrar,
    wishes: Sender<Wish>,
    wake: Arc<mio::Waker>,
    thread: Option<JoinHandle<()>>,
}

/// Rounds that are closer would be one.
const SHORTEST: Duration = Duration::from_millis(10);

#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// From one round of samples to the next, whatever that costs: reading 3000 processes takes about
    /// 7 ms of a processor.
    pub interval: Duration,
    /// Of more processes only the most valuable are in a round.
    pub max_processes: usize,
    /// Don't ask the kernel for events.
    pub poll_only: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        let ScannerPolicy { interval, max_processes, .. } = ScannerPolicy::default();
        Settings { interval, max_processes, poll_only: false }
    }
}

impl Scanner {
    pub fn start(settings: &Settings) -> io::Result<Scanner> {
        let (send, wishes) = channel();
        let parts = Parts {
            proc: "/proc".into(),
            governor: None,
            wishes: Wishes::Channel(wishes),
            notifier: Notifier::new(None, None),
            ways: Ways { save: Box::new(|_| Ok(())), load: Box::new(|| Err("nothing to load".into())) },
            news: channel().1,
        };
        let world = World::new(parts)?;
        let (wake, for_hub) = (world.waker(), world.waker());
        let hub = Hub::new(move || drop(for_hub.wake()));
        let registrar = hub.registrar();
        let own = Pid(std::process::id());
        let engine = Engine::new(own, host::boot_id(), Arc::new(policy(settings)), &Memory::default());
        let thread = std::thread::Builder::new().name("scanner".into()).spawn(move || {
            // Where the poll fails, the queues of all consumers end.
            let _ = reactor::run(engine, world, None, hub, |_, _, _| {});
        })?;
        Ok(Scanner { registrar, wishes: send, wake, thread: Some(thread) })
    }

    /// From now on it is told, on a thread of its own; see [`Registrar::register`].
    pub fn register(
        &self,
        name: &str,
        filter: Filter,
        capacity: usize,
        consumer: impl Consumer + 'static,
    ) -> io::Result<Registration> {
        self.registrar.register(name, filter, capacity, consumer)
    }

    /// For a consumer that registers others, and for queues without a thread.
    pub fn registrar(&self) -> Registrar {
        self.registrar.clone()
    }

    pub fn standings(&self) -> Vec<Standing> {
        self.registrar.standings()
    }
}

/// Waits for the loop, which waits for nobody; a consumer may take its time for what it still has in hand.
impl Drop for Scanner {
    fn drop(&mut self) {
        let _ = self.wishes.send(Wish::Terminate("nobody wants it any more"));
        let _ = self.wake.wake();
        // A filter is asked on the loop's own thread, which cannot wait for itself.
        let other = |thread: &JoinHandle<()>| thread.thread().id() != std::thread::current().id();
        let _ = self.thread.take().filter(other).map(JoinHandle::join);
    }
}

fn policy(settings: &Settings) -> Policy {
    let &Settings { interval, max_processes, poll_only } = settings;
    let interval = interval.max(SHORTEST);
    // What else your program does is no reason to sample less.
    let (cpu_budget, overload) = (f64::INFINITY, f64::INFINITY);
    let scanner =
        ScannerPolicy { interval, max_interval: interval, cpu_budget, overload, max_processes, top: None };
    Policy {
        scan_interval: interval,
        rules: Vec::new(),
        total_limits: Default::default(),
        users: Default::default(),
        poll_only,
        events_expected: false,
        dry_run: true,
        receive_buffer: RECEIVE_BUFFER,
        cgroup_root: None,
        favor_dynmods: None,
        release_on_stop: false,
        restore_on_drift: false,
        adopts_made: false,
        foreign: Default::default(),
        retry: None,
        breaker: Default::default(),
        health: Default::default(),
        scanner: Some(scanner),
        state: None,
        argv_in_log: Default::default(),
    }
}
