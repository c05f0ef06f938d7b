//! The state file, of any version and however damaged: what is believed of it is saved, and comes back whole.
#![no_main]

use ffrtmp::model::state::json::{Decoded, decode, encode};
use ffrtmp::model::state::{Memory, Remembered, State, Tracked};
use ffrtmp::model::{Identity, StartTime};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(Decoded { memory, .. }) = decode(text) else { return };
    let state = state(memory);
    let Decoded { memory, left_out } = decode(&encode(&state)).expect("what we write can be read");
    assert!(left_out.is_empty(), "{left_out:?}");
    assert_eq!(self::state(memory), state);
});

/// A memory as it would be saved: nothing stands for what a file of another version did not know.
fn state(memory: Memory) -> State {
    State {
        boot_id: memory.boot_id.unwrap_or_default(),
        last_scan_at: memory.last_scan_at,
        processes: memory.processes.into_iter().map(tracked).collect(),
        released: memory.released,
        statistics: memory.statistics,
    }
}

fn tracked(known: Remembered) -> Tracked {
    Tracked {
        identity: Identity { pid: known.pid, start: known.start.unwrap_or(StartTime(0)) },
        job: known.job,
        command: known.command,
        cgroup: known.cgroup.unwrap_or_default(),
        origin_cgroup: known.origin_cgroup.unwrap_or_default(),
        discovered_at: known.discovered_at.unwrap_or_default(),
        attached_at: known.attached_at.unwrap_or_default(),
        last_seen_at: known.last_seen_at.unwrap_or_default(),
        oom_kills: known.oom_kills.unwrap_or_default(),
    }
}
