//! Every key of the configuration file: a section per struct, a key per line. A key that is not here is refused, so
//! nothing is accepted that is not also done.

mod foreign;

use super::policy::{ArgvInLog, Parent, Tree};
use super::problem::Report;
use super::read::{Field, List, MOST_ENTRIES, Said, Setting, entries, join, parse, section};
use super::values::{
    Attempts, Buffer, Clamp, CommandName, CorePercent, CpuList, CpuQuota, CpuWeight, EventSource, Failures,
    FavorDynmods, FileMode, FilePath, FileSize, Folder, Fraction, Group, HealthMode, Interval, JobSeries,
    Kept, Listen, LogFormat, LogLevel, Memory, Nice, OnDrift, OnMade, OnStop, OomScoreAdj, Pids, Processes,
    Rate, Runtime, Socket, Swap, TopSize, Uid, User,
};
use super::yaml::Node;
use crate::model::IoMax;
pub use foreign::Foreign;
use std::collections::BTreeMap;

section! {
    /// The file.
    Root {
        scan_interval: Setting<Interval>,
        target_commands: Setting<List<CommandName>>,
        default_limits: Limits,
        total_limits: Limits,
        filters: Filters,
        tree: Setting<Tree>,
        commands: Commands,
        events: Events,
        cgroup: Cgroup,
        foreign: Foreign,
        state: State,
        retry: Retry,
        breaker: Breaker,
        health: Health,
        scanner: Scanner,
        audit: Audit,
        log: Log,
        metrics: Metrics,
        control: Control,
    }
}

section! {
    Limits {
        cpu_quota: Setting<CpuQuota>,
        cpu_burst: Setting<CpuQuota>,
        cpu_weight: Setting<CpuWeight>,
        cpus: Setting<CpuList>,
        memory_limit: Setting<Memory>,
        memory_high: Setting<Memory>,
        memory_low: Setting<Memory>,
        memory_swap_max: Setting<Swap>,
        oom_group: Setting<bool>,
        pids_max: Setting<Pids>,
        uclamp_min: Setting<Clamp>,
        uclamp_max: Setting<Clamp>,
        io_weight: Setting<CpuWeight>,
        io_max: Setting<IoMax>,
        network_rx: Setting<Rate>,
        network_tx: Setting<Rate>,
        nice: Setting<Nice>,
        oom_score_adj: Setting<OomScoreAdj>,
    }
}

section! {
    Filters {
        allowed_users: Setting<List<User>>,
        blocked_users: Setting<List<User>>,
        allowed_uids: Setting<List<Uid>>,
        blocked_uids: Setting<List<Uid>>,
        allowed_parents: Setting<List<Parent>>,
        blocked_parents: Setting<List<Parent>>,
        allowed_dirs: Setting<List<Folder>>,
        blocked_dirs: Setting<List<Folder>>,
        min_runtime: Setting<Runtime>,
        max_runtime: Setting<Runtime>,
    }
}

section! {
    /// What one command has of its own.
    Command {
        limits: Limits,
        filters: Filters,
        tree: Setting<Tree>,
    }
}

section! {
    Events {
        source: Setting<EventSource>,
        buffer: Setting<Buffer>,
    }
}

section! {
    Cgroup {
        root: Setting<Folder>,
        favor_dynmods: Setting<FavorDynmods>,
        on_stop: Setting<OnStop>,
        on_drift: Setting<OnDrift>,
        on_made: Setting<OnMade>,
    }
}

section! {
    State {
        enabled: Setting<bool>,
        path: Setting<FilePath>,
        flush_interval: Setting<Interval>,
        sync: Setting<bool>,
        mode: Setting<FileMode>,
    }
}

section! {
    Retry {
        enabled: Setting<bool>,
        max_attempts: Setting<Attempts>,
        initial_delay: Setting<Interval>,
        max_delay: Setting<Interval>,
    }
}

section! {
    Breaker {
        failures: Setting<Failures>,
        pause: Setting<Interval>,
        max_pause: Setting<Interval>,
    }
}

section! {
    Health {
        mode: Setting<HealthMode>,
        scan_failures_degraded: Setting<Failures>,
        scan_failures_unhealthy: Setting<Failures>,
        attach_failures_degraded: Setting<Failures>,
        scan_age: Setting<Interval>,
        recover_after: Setting<Interval>,
    }
}

section! {
    /// Samples of every process on the host.
    Scanner {
        enabled: Setting<bool>,
        interval: Setting<Interval>,
        max_interval: Setting<Interval>,
        cpu_budget: Setting<CorePercent>,
        overload: Setting<CorePercent>,
        max_processes: Setting<Processes>,
        top_n: Setting<TopSize>,
        top_cpu_weight: Setting<Fraction>,
        top_memory_weight: Setting<Fraction>,
        top_min_score: Setting<Fraction>,
        top_stability: Setting<Fraction>,
    }
}

section! {
    Audit {
        path: Setting<FilePath>,
        max_size: Setting<FileSize>,
        keep: Setting<Kept>,
        mode: Setting<FileMode>,
    }
}

section! {
    Log {
        argv: Setting<ArgvInLog>,
        format: Setting<LogFormat>,
        level: Setting<LogLevel>,
    }
}

section! {
    Metrics {
        listen: Setting<Listen>,
        max_jobs: Setting<JobSeries>,
        max_top: Setting<TopSize>,
    }
}

section! {
    /// Who may ask the running service, and who may command it.
    Control {
        socket: Setting<Socket>,
        groups: Setting<List<Group>>,
        readers: Setting<List<User>>,
        operators: Setting<List<User>>,
    }
}

/// Sections under names of the operator's choice.
#[derive(Clone, Debug, Default)]
pub struct Commands(pub BTreeMap<String, Said<Command>>);

impl Field for Commands {
    fn read(node: &Node, path: &str, report: &mut Report) -> Self {
        let mut commands = BTreeMap::new();
        entries(node, path, &[], report, |entry, path, report| {
            let value = Command::read(&entry.node, path, report);
            match parse(&entry.key) {
                Ok(CommandName(name)) => {
                    commands.insert(name, Said { value, key: path.into(), place: entry.place.clone() });
                }
                Err(why) => report.error(&entry.place, path, why),
            }
            true
        });
        if commands.len() > MOST_ENTRIES {
            let text = format!("{} commands; at most {MOST_ENTRIES}", commands.len());
            report.error(&node.place, path, text);
            commands.clear();
        }
        Commands(commands)
    }

    fn over(mut self, below: Self, report: &mut Report) -> Self {
        for (name, theirs) in below.0 {
            let merged = match self.0.remove(&name) {
                Some(mine) => Said { value: mine.value.over(theirs.value, report), ..mine },
                None => theirs,
            };
            self.0.insert(name, merged);
        }
        self
    }

    fn list_keys(path: &str, keys: &mut Vec<String>) {
        Command::list_keys(&join(path, "*"), keys);
    }
}
