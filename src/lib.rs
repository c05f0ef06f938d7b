//! `ffrtmp` finds transcoders the moment they start and holds them to cgroup v2 limits, without ever owning them.
//!
//! The rooms, in the order data flows through them:

pub mod cli;
pub mod config; // YAML, flags, environment → checked → compiled policy
pub mod model; // plain types: who a process is, what it may use, what happened // what may be said on the command line
