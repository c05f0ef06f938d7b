//! Plain types that every room may use: no I/O, no policy, no clock.

pub mod bytes;
pub mod cpus;
pub mod explanation;
pub mod failure;
pub mod foreign;
pub mod glob;
pub mod health;
pub mod human;
pub mod identity;
pub mod io_max;
pub mod job;
pub mod lifecycle;
pub mod limits;
pub mod process;
pub mod record;
pub mod snapshot;
pub mod rfc3339;
pub mod sample;
pub mod state;
pub mod text;
pub mod time;
pub mod top;
pub mod tree;
pub mod usage;

pub use bytes::Bytes;
pub use glob::Glob;
pub use human::Human;
pub use identity::{Identity, Pid, StartTime};
pub use io_max::IoMax;
pub use job::{JobId, Made, Maker};
pub use limits::{Amount, Holder, LimitKey, Limits, Overrides};
pub use process::{Comm, FileName};
pub use time::{Mono, Now, Wall};
pub use tree::Tree;
