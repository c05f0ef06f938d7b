//! What whoever starts the soak wishes: `DURATION=24h LIFETIMES=1000000 SEED=7 RATE=2000`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// It goes on until it has lasted so long and so many processes have lived.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) duration: Duration,
    pub(super) lifetimes: u64,
    /// Of nobodies, a second.
    pub(super) rate: u64,
    pub(super) seed: u64,
}

impl Wish {
    pub(super) fn read() -> Wish {
        let number =
            |name: &str| said(name).map(|word| word.parse().unwrap_or_else(|e| panic!("{name}: {e}")));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
        Wish {
            duration: said("DURATION").map_or(Duration::from_secs(60), |word| duration(&word)),
            lifetimes: number("LIFETIMES").unwrap_or(0),
            rate: number("RATE").unwrap_or(2000),
            seed: number("SEED").unwrap_or(now.as_secs() % 100_000),
        }
    }
}

fn said(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|word| !word.is_empty())
}

fn duration(word: &str) -> Duration {
    let (digits, unit) = word.split_at(word.len() - 1);
    let unit = ["s", "m", "h"].iter().position(|&known| known == unit).expect("90s, 20m or 24h");
    Duration::from_secs(digits.parse::<u64>().expect("90s, 20m or 24h") * [1, 60, 3600][unit])
}
