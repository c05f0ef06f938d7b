//! What the engine would like to know after a restart.

use super::Engine;
use crate::model::Now;
use crate::model::state::{State, Tracked};
use std::sync::Arc;

pub(super) fn snapshot(engine: &Engine, now: Now) -> State {
    let held = engine.jobs.iter().filter(|job| job.is_held() && job.main_alive);
    let mut processes: Vec<Tracked> = held
        .map(|job| Tracked {
            identity: job.main,
            job: job.id.clone(),
            command: Arc::clone(&job.command),
            cgroup: format!("{}/jobs/{}", engine.root, job.id),
            origin_cgroup: job.origin.clone().unwrap_or_default(),
            discovered_at: job.discovered_at,
            attached_at: job.attached_at.unwrap_or(now.wall),
            last_seen_at: now.wall,
        })
        .collect();
    processes.sort_unstable_by_key(|tracked| tracked.identity);
    State {
        boot_id: engine.boot_id.clone(),
        last_scan_at: engine.scan.ended_at,
        processes,
        statistics: engine.statistics,
    }
}
