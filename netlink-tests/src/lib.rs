//! The test bench.
pub mod listening;
pub mod need;
