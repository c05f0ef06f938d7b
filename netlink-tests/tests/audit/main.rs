//! The audit log of a real service: complete, in order, each line numbered, whatever becomes of the file under it.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod lines;

mod life;
mod places;
mod rotation;
mod trouble;
