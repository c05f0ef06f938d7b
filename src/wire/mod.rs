//! Bytes of the process connector ⇄ events and requests. Pure: no socket, no clock.

pub mod event;
