//! The governor against a real kernel: every test works below a root of its own in the cgroup2 hierarchy and ends only
//! processes it started. The same binary runs on the host (no usable controller there) and in the virtual machines.

#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod attach;
mod foreign;
mod identity;
mod in_place;
mod limits;
mod lives;
mod outlook;
mod priorities;
mod refusals;
mod survey;
mod systemd;
mod tree;
mod vacate;
mod ways_home;
mod world;
