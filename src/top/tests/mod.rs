//! Rounds as they come, and the lists that are made of them.

mod choosing;
mod churning;
mod telling;

use super::*;
use crate::model::sample::{HostUse, Recent, Sample, Used};
use crate::model::{Comm, Mono, Pid, StartTime};
use std::time::Duration;

const HOST: HostUse = HostUse { busy: crate::model::sample::CpuTime(0), cores: 4, memory: 1000 };

/// A process that keeps so many cores busy and has so much of 1000 bytes.
fn process(pid: u32, cores: f32, resident: u64) -> Sample {
    let identity = Identity { pid: Pid(pid), start: StartTime(u64::from(pid)) };
    Sample {
        identity,
        ppid: Pid(1),
        uid: 1000,
        comm: Comm::new(b"x"),
        kernel_thread: false,
        governed: false,
        used: Used { resident, ..Used::default() },
        read_at: Mono(0),
        recent: Some(Recent { cores, children: 0.0 }),
    }
}

fn round(mut samples: Vec<Sample>) -> Round {
    samples.sort_unstable_by_key(|sample| sample.identity.pid);
    let over = Some(Duration::from_secs(10));
    Round { at: Mono(0), over, host: HOST, busy: None, samples, left_out: 0 }
}

fn policy(size: usize, stability: f64) -> TopPolicy {
    TopPolicy { size, stability, ..TopPolicy::default() }
}

fn pids(list: &List) -> Vec<u32> {
    list.rows.iter().map(|row| row.sample.identity.pid.0).collect()
}

fn rank(ranking: &mut Ranking, policy: &TopPolicy, samples: Vec<Sample>) -> Vec<u32> {
    pids(&ranking.rank(&round(samples), policy, &Users::new()).expect("a list"))
}
