//! An explanation in words, for an operator at three in the morning: one sentence that says how it stands and what to do
//! about it, and further facts. The only place where they are made: socket, command line and page all say the same.

mod facts;
mod gone;
mod names;
mod sentence;

pub use facts::facts;
pub use names::shown_names;
pub use sentence::sentence;
