//! The command line: what may be said (`args`), and a file per subcommand.

pub mod args;
mod argv;

pub use argv::normalise;
