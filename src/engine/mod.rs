//! The engine decides. It is pure: inputs and the time come in, effects and records go out.

pub mod effect;
pub mod input;
pub mod source;
