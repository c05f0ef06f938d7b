//! bpf(2), as much of it as is needed here: instructions put together by hand, programs, and the maps they share with us.
//! Descriptors come back; what was loaded goes with the last of them, or with what it was attached to. Nothing is pinned.

mod about;
mod call;
mod filter;
pub(super) mod instruction;
pub(super) mod iterator;
pub(super) mod maps;
pub(super) mod programs;

pub(super) use about::About;
pub(super) use filter::lets_us_call;
