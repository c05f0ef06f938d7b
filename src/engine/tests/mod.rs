//! The engine in a simulated world: its effects are carried out on a host of our own making, and its deadlines move
//! the clock. What is asked of it here is what it promises to users; how it does so is its own affair.

mod as_told;
mod ask;
mod budget;
mod chance;
mod clocks;
mod drift;
mod events;
mod explaining;
mod follower;
mod governor;
mod hardship;
mod histories;
mod host;
mod invariants;
mod latency;
mod lifecycle;
mod loss;
mod manner;
mod neighbours;
mod owners;
mod pausing;
mod priorities;
mod policies;
mod queue;
mod refusals;
mod releasing;
mod reload;
mod replay;
mod reuse;
mod reviving;
mod retrying;
mod sampled;
mod sampling;
mod saving;
mod scanning;
mod service;
mod setting;
mod shedding;
mod sim;
mod storms;
mod story;
mod taking;
mod total;
mod tree;
mod trees;
mod wellbeing;
mod world;

use crate::model::{Identity, Pid, StartTime};

fn pid(pid: u32) -> Pid {
    Pid(pid)
}

fn identity(pid: u32, start: u64) -> Identity {
    Identity { pid: Pid(pid), start: StartTime(start) }
}
