//! What the outside sees, all of it rendered from records and snapshots: the log and the audit log, and with them the one place
//! that decides how much of a command line may be shown.

pub mod audit;
pub mod control;
pub mod explain;
pub mod history;
pub mod http;
mod json;
pub mod log;
pub mod metrics;
pub mod page;
pub mod readiness;
pub mod redact;
