//! The world: all syscalls, and the few `unsafe` blocks, live here. It does what effects say and answers with inputs;
//! it decides nothing.

pub mod audit;
pub mod cgroup_file;
pub mod checkup;
pub mod clerk;
pub mod clients;
pub mod clock;
pub mod connector;
pub mod crowd;
pub mod ends;
pub mod governor;
pub mod host;
pub mod inquiry;
pub mod lock;
pub mod meter;
pub mod narrow;
pub mod notify;
pub mod own;
pub mod prober;
pub mod proc;
pub mod promptness;
mod resting;
pub mod scribe;
pub mod signals;
pub mod stat;
pub mod state_file;
