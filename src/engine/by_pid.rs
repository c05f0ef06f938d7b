//! Maps by pid, asked for each process in each pass. Pids are handed out by the kernel one after the other: a product
//! spreads them, and no stranger can make many of them fall together. Not for keys that somebody chooses.

use crate::model::Pid;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(super) type ByPid<T> = HashMap<Pid, T, BuildHasherDefault<Spread>>;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn write_u32(&mut self, pid: u32) {
        // Odd, so that pids in a row differ in their low bits; the golden ratio's, so that all differ in the high ones.
        self.0 = u64::from(pid).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a pid is one number");
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
