//! How long to wait before the next try: 1 s, doubled each time up to 5 min, and a little apart from the others.

use crate::model::Identity;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);

/// The wait after `failed` failed tries. The jitter (up to a tenth) comes from who the process is, so that a replay
/// of the same inputs waits the same.
pub(super) fn delay(failed: u32, who: Identity) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failed.saturating_sub(1).min(16));
    let base = doubled.min(LONGEST);
    let seed = (u64::from(who.pid.0) ^ who.start.0.rotate_left(17) ^ u64::from(failed) << 40)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    base + base.mul_f64((seed >> 40) as f64 / (1u64 << 24) as f64 / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Pid, StartTime};

    #[test]
    fn doubles_up_to_five_minutes_with_at_most_a_tenth_of_jitter() {
        let who = Identity { pid: Pid(4242), start: StartTime(99) };
        for (failed, base) in [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (u32::MAX, 300)] {
            let wait = delay(failed, who);
            assert!(
                wait >= Duration::from_secs(base) && wait <= Duration::from_secs(base) * 11 / 10,
                "{wait:?}"
            );
        }
    }
}
