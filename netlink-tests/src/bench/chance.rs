//! Chance with a seed: the same one brings the same plan. What the kernel makes of it is another matter.

use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// Of `SEED`, or another one each time; printed, so that it can be asked for again.
    pub fn seeded() -> Chance {
        let seed = std::env::var("SEED").ok().map(|said| said.parse().expect("SEED is a number"));
        let by_time = || UNIX_EPOCH.elapsed().map_or(1, |since| u64::from(since.subsec_nanos()));
        let seed = seed.unwrap_or_else(by_time);
        println!("SEED={seed}");
        Chance::new(seed)
    }

    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// Weyl's sequence, well mixed.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub fn of(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.of(range))
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.of(0..of.len() as u64) as usize]
    }
}
