//! What is said over the control socket: requests and answers, each one line of json. Version 1 is described in
//! docs/control.md. Pure.

mod answer;
mod explanation;
mod request;
mod rights;
mod top;
mod views;

pub use answer::{Code, error, ok};
pub use explanation::explanation;
pub use request::{Asked, Call, Command, Question, VERSION, read};
pub use rights::{Right, Rights};
pub use top::top;
pub use views::{jobs, status};
