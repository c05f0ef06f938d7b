//! `ffrtmp` finds transcoders the moment they start and holds them to cgroup v2 limits, without ever owning them.
//!
//! The rooms, in the order data flows through them:

pub mod config; // YAML, flags, environment → checked → compiled policy
pub mod engine;
pub mod model; // plain types: who a process is, what it may use, what happened
pub mod sys;
pub mod wire; // bytes of the process connector ⇄ events // events, sightings, answers → decisions // asking the kernel: sockets, files, clocks, and all of the unsafe
