//! What the outside sees, all of it rendered from records and snapshots: the log and the audit log, and with them the one place
//! that decides how much of a command line may be shown.

pub mod audit;
mod json;
pub mod log;
pub mod redact;
