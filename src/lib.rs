//! `ffrtmp` finds transcoders the moment they start and holds them to cgroup v2 limits, without ever owning them.
//!
//! The rooms, in the order data flows through them:

pub mod model; // plain types: who a process is, what it may use, what happened
pub mod config; // YAML, flags, environment → checked → compiled policy
pub mod wire; // bytes of the process connector ⇄ events
pub mod engine; // events, sightings, answers → decisions
pub mod sys; // syscalls: effects carried out, the kernel read
