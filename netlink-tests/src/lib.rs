//! The test bench: what the tests in `tests/` are made of, and the virtual machines they run in.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

pub mod bench;
pub mod capture;
pub mod counting;
pub mod listening;
pub mod need;
pub mod vm;
pub mod world;
