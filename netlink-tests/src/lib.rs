//! The test bench.
pub mod capture;
pub mod counting;
pub mod listening;
pub mod need;
