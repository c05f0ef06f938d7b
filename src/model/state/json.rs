//! The state file's text: version 1.1, which keeps the keys of 1.0. What is read is taken piece by piece, so that one bad
//! entry costs that entry; a file that is no whole document, or of a newer major version, is not read at all.

mod read;
mod write;

pub use read::{Decoded, Refusal, decode};
pub use write::encode;

#[cfg(test)]
mod tests;
