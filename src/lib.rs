//! `ffrtmp` finds transcoders the moment they start and holds them to cgroup v2 limits, without ever owning them.
//!
//! The rooms, in the order data flows through them:

/// Plain types: who a process is, what it may use, what happened.
pub mod model;
/// YAML, flags and environment → checked → compiled policy.
pub mod config;
/// Bytes of the process connector ⇄ events. Pure.
pub mod wire;
/// Events, sightings and answers → decisions. Pure.
pub mod engine;
/// Those who want to know of processes: queues and consumers. Its only I/O is to wake.
pub mod feed;
/// One of them: makes the list of the greatest processes.
pub mod top;
/// The world: syscalls, files, clocks, and all of the unsafe.
#[expect(clippy::disallowed_methods, reason = "this is the room where files are opened and clocks are read")]
pub mod sys;
/// The loop that joins the two.
pub mod reactor;
/// What people see: records rendered as log lines, and what of a command line may be shown.
pub mod expose;
/// The command line.
pub mod cli;
