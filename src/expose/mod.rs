//! What the outside sees, all of it rendered from records and snapshots: the log today, and with it the one place
//! that decides how much of a command line may be shown.

pub mod log;
pub mod redact;
