//! `ffrtmp watch`: puts the service together and runs it to its end.

mod voices;

use super::Failed;
use super::args::WatchArgs;
use crate::config::policy::ArgvInLog;
use crate::config::{Flags, LogFormat, LogLevel, Policy, Problem, Settings, file_named};
use crate::engine::Engine;
use crate::engine::input::Reloaded;
use crate::expose::audit::Audit;
use crate::expose::log::{self, Format, Level, Log};
use crate::feed::{Filter, Hub};
use crate::model::Pid;
use crate::model::record::Record;
use crate::model::state::Memory;
use crate::reactor::{self, Eyes, Parts, World};
use crate::sys::clerk::{Save, Ways};
use crate::sys::governor::{Governor, Roots};
use crate::sys::lock::Lock;
use crate::sys::meter::Meter;
use crate::sys::notify::Notifier;
use crate::sys::own::Own;
use crate::sys::signals::{Signals, Wishes};
use crate::sys::state_file::{self, Load, Manner, StateFile};
use crate::sys::{clock, host, thrift};
use crate::top::{Lists, Top};
use mio::Waker;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use voices::{Change, Voices};

/// What threads may have to tell before the loop has heard of it.
const NEWS: usize = 8;
/// Notices that may wait for one of our own consumers.
const WAITING: usize = 8;

pub(super) fn run(args: &WatchArgs) -> Result<(), Failed> {
    let flags = args.flags();
    let file = file_named(args.watch_config.as_deref(), &host::variable)
        .map_err(|problem| Failed::usage(&[problem]))?;
    let loaded = host::configure(file.as_deref(), &flags).map_err(|problems| Failed::usage(&problems))?;
    // Before any thread starts: none of them shall be interrupted.
    let signals = Signals::block().map_err(|e| Failed::because("signals cannot be watched", &e))?;
    host::raise_descriptor_limit();

    let policy = Arc::new(loaded.policy);
    let (governor, _state_lock) = own(&policy)?;
    let argv = policy.argv_in_log;
    let log = open_log(&loaded.settings, argv)?;
    for warning in &loaded.warnings {
        log.write(clock::now().wall, &Record::ConfigWarning { text: warning.to_string() });
    }
    let (changed, changes) = channel();
    let (memory, save) = remember(&policy, &log);
    let ways = Ways { save, load: Box::new(move || reload(file.as_deref(), &flags, &changed)) };
    let (report, news) = sync_channel(NEWS);
    let (proc, wishes) = ("/proc".into(), Wishes::Signals(signals));
    let parts = Parts { proc, governor: Some(governor), wishes, notifier: notifier(), ways, news };
    let world = World::new(parts).map_err(|e| Failed::because("the loop cannot be set up", &e))?;
    let own = Pid(std::process::id());
    let engine = Engine::new(own, host::boot_id(), Arc::clone(&policy), &memory);
    let wake = world.waker();
    let hub = Hub::new(move || drop(wake.wake()));
    let (lists, top) = rank(&hub, &policy, world.waker())
        .map_err(|e| Failed::because("the list of the greatest processes has no thread", &e))?;

    let mut audit =
        audit(report, world.waker()).map_err(|e| Failed::because("the audit log has no thread", &e))?;
    audit.set(loaded.settings.audit.clone(), argv);
    let meter = Meter::start(world.waker()).map_err(|e| Failed::because("the meter has no thread", &e))?;
    let own = Own::new(Path::new("/proc"));
    let eyes = Eyes { meter, own, top: lists, consumers: hub.registrar() };
    let mut desk = world
        .desk(host::own_uid(), argv, eyes)
        .map_err(|e| Failed::because("the loop cannot be set up for those who ask", &e))?;
    desk.set(&loaded.settings, &policy);
    let mut voices = Voices { log, audit, top, changes };
    let outcome = reactor::run(engine, world, Some(desk), hub, |now, record, desk| {
        voices.tell(now.wall, record, desk);
        if matches!(record, Record::Started) {
            thrift::settle();
        }
    });
    voices.finish();
    outcome.map_err(|e| Failed::because("the loop ended", &e))
}

/// Before anything is touched: what another service holds is left to it.
fn own(policy: &Policy) -> Result<(Governor, Option<Lock>), Failed> {
    let taken = |what: String| {
        let remedy = "stop that one (systemctl stop ffrtmp-watch), or give this one a --cgroup-root and a --state-path of \
                      its own; --dry-run only looks";
        Failed::because("another service runs here", &format!("{what}; {remedy}"))
    };
    let lock = match &policy.state {
        Some(keep) => state_file::claim(&keep.path)
            .map_err(|holder| taken(format!("{} belongs to {holder}", keep.path.display())))?,
        None => None,
    };
    let mut governor =
        Governor::new(Roots::default()).map_err(|e| Failed::because("/proc cannot be read", &e))?;
    if !policy.dry_run {
        governor.claim(policy.cgroup_root.as_deref()).map_err(taken)?;
    }
    Ok((governor, lock))
}

fn open_log(settings: &Settings, argv: ArgvInLog) -> Result<Log, Failed> {
    let format = match settings.log.format {
        Some(LogFormat::Text) => Format::Text,
        Some(LogFormat::Json) => Format::Json,
        Some(LogFormat::Journal) => Format::Journal,
        None => Format::by_default(
            host::variable("JOURNAL_STREAM").as_deref().and_then(|s| s.to_str()),
            io::stdout(),
        ),
    };
    let (format, unheard) = log::reachable(format);
    let log = Log::open(format, level(settings.log.level), argv)
        .map_err(|e| Failed::because("the log cannot be opened", &e))?;
    if let Some(text) = unheard {
        log.write(clock::now().wall, &Record::ConfigWarning { text });
    }
    Ok(log)
}

pub(super) fn level(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::Error,
        LogLevel::Warning => Level::Warning,
        LogLevel::Info => Level::Info,
        LogLevel::Debug => Level::Debug,
        LogLevel::Trace => Level::Trace,
    }
}

/// What the last run left, told to the log; and how this one saves.
fn remember(policy: &Policy, log: &Log) -> (Memory, Save) {
    let Some(keep) = &policy.state else { return (Memory::default(), Box::new(|_| Ok(()))) };
    let now = clock::now().wall;
    let manner = Manner { sync: keep.sync, mode: keep.mode };
    let (file, load) = StateFile::open(&keep.path, manner, now);
    load.records(&keep.path).iter().for_each(|record| log.write(now, record));
    let memory = if let Load::Loaded { memory, .. } = load { memory } else { Memory::default() };
    (memory, Box::new(move |state| file.save(state).map_err(|error| error.to_string())))
}

/// The audit log, which tells of itself through the loop.
fn audit(report: SyncSender<Record>, wake: Arc<Waker>) -> io::Result<Audit> {
    Audit::start(Box::new(move |news| {
        // More news than the loop has heard of yet would tell it nothing new.
        let _ = report.try_send(Record::Audit(news));
        let _ = wake.wake();
    }))
}

/// The consumer that makes the list of the greatest processes: where its lists come out, and policies go in.
fn rank(hub: &Hub, policy: &Arc<Policy>, wake: Arc<Waker>) -> io::Result<(Lists, Sender<Arc<Policy>>)> {
    let (top, lists, policies) = Top::new(Arc::clone(policy), move || drop(wake.wake()));
    hub.registrar().register("top", Filter::rounds(), WAITING, top)?;
    Ok((lists, policies))
}

fn reload(file: Option<&str>, flags: &Flags, changed: &Sender<Change>) -> Reloaded {
    let loaded = host::configure(file, flags).map_err(|problems| one_line_each(&problems))?;
    let policy = Arc::new(loaded.policy);
    let _ = changed.send(Change { settings: loaded.settings, policy: Arc::clone(&policy) });
    Ok((policy, loaded.warnings.iter().map(ToString::to_string).collect()))
}

fn one_line_each(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

pub(super) fn notifier() -> Notifier {
    let watchdog = host::variable("WATCHDOG_USEC");
    Notifier::new(
        host::variable("NOTIFY_SOCKET").as_deref(),
        watchdog.as_deref().and_then(|usec| usec.to_str()),
    )
}
