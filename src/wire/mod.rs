//! Bytes of the process connector ⇄ events and requests. Pure: no socket, no clock, no allocation.
#![forbid(unsafe_code)]

pub mod decode;
pub mod event;
mod payload;
pub mod request;

#[cfg(test)]
pub(crate) mod sample;
