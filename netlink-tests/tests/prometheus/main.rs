//! What we ship for Prometheus and Grafana, tried with Debian's Prometheus against the real service: the rules are sound,
//! each alert fires when its thing is really broken, and each query of rules and dashboard finds what it asks for. What needs
//! limits that hold is tried by `alerts_of_limits`.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod cases;
mod files;
mod harms;
mod live;
mod patient;
mod queries;
