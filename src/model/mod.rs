//! Plain types that every room may use: no I/O, no policy, no clock.

pub mod explanation;
pub mod failure;
pub mod health;
pub mod human;
pub mod identity;
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
pub mod usage;

pub use human::Human;
pub use identity::{Identity, Pid, StartTime};
pub use job::JobId;
pub use limits::{LimitKey, Limits, Overrides};
pub use process::{Comm, FileName};
pub use time::{Mono, Now, Wall};
