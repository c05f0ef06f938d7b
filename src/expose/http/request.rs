//! Bytes → a request. What is no request, or one with a body, has an answer that says so and ends the connection, as
//! nobody can tell then where the next one begins.

use super::Status;

/// Request line and headers.
const LONGEST: usize = 8 << 10;
const MOST_HEADERS: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    Get,
    Head,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    pub method: Method,
    /// Without the query.
    pub path: String,
    pub accept: String,
    pub keep_alive: bool,
}

#[derive(PartialEq, Eq, Debug)]
pub enum Parsed {
    /// More bytes are needed.
    Partial,
    /// And how many bytes it took.
    Complete(Request, usize),
    Refused(Status),
}

pub fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(&bytes[..bytes.len().min(LONGEST)]) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST => return Parsed::Partial,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return Parsed::Refused(Status::TooLarge);
        }
        Err(_) => return Parsed::Refused(Status::BadRequest),
    };
    match request(&parsed) {
        Ok(request) => Parsed::Complete(request, length),
        Err(status) => Parsed::Refused(status),
    }
}

fn request(parsed: &httparse::Request<'_, '_>) -> Result<Request, Status> {
    let header = |name: &str| {
        let named = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| String::from_utf8_lossy(header.value)).collect::<Vec<_>>().join(",")
    };
    if !header("transfer-encoding").is_empty() || !matches!(header("content-length").as_str(), "" | "0") {
        return Err(Status::BadRequest);
    }
    let method = match parsed.method {
        Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        _ => return Err(Status::MethodNotAllowed),
    };
    let target = parsed.path.unwrap_or_default();
    // A proxy may name the host as well.
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().to_owned();
    let connection = header("connection").to_ascii_lowercase();
    let keep_alive = match parsed.version {
        Some(0) => connection.contains("keep-alive"),
        _ => !connection.contains("close"),
    };
    Ok(Request { method, path, accept: header("accept"), keep_alive })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(text: &str) -> Request {
        match parse(text.as_bytes()) {
            Parsed::Complete(request, length) => {
                assert_eq!(length, text.len());
                request
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_is_read_to_its_end_and_no_further() {
        let request =
            complete("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\naccept: */*\r\n\r\n");
        assert_eq!((request.method, request.path.as_str()), (Method::Get, "/metrics"));
        assert_eq!((request.accept.as_str(), request.keep_alive), ("text/plain,*/*", true));
        assert_eq!(complete("GET http://node:9746/readyz HTTP/1.1\r\n\r\n").path, "/readyz");
        assert!(!complete("HEAD / HTTP/1.0\r\n\r\n").keep_alive);
        assert!(!complete("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n").keep_alive);
        let two = b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        assert!(matches!(parse(two), Parsed::Complete(_, 18)));
    }

    #[test]
    fn any_part_of_one_is_waited_for() {
        let text = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]), Parsed::Partial, "{cut}");
        }
    }

    #[test]
    fn what_is_none_is_refused_with_its_status() {
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(9000));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
        for (text, status) in [
            ("\u{0}\u{1}\u{2}", Status::BadRequest),
            ("GET / HTTP/1.1\r\nbad header\r\n\r\n", Status::BadRequest),
            ("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", Status::BadRequest),
            ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", Status::BadRequest),
            ("POST / HTTP/1.1\r\n\r\n", Status::MethodNotAllowed),
            (&long, Status::TooLarge),
            (&many, Status::TooLarge),
        ] {
            assert_eq!(parse(text.as_bytes()), Parsed::Refused(status), "{text:.40}");
        }
    }
}
