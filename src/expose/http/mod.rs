//! HTTP/1.1 as far as a scraper, a probe and a browser need it: requests without a body, answers of known length. Pure:
//! bytes in, bytes out.

mod request;
mod response;

pub use request::{Method, Parsed, Request, parse};
pub use response::{Response, Status};
