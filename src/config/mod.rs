//! Configuration: schema → check → policy.

pub mod policy;
