//! An answer → bytes. Nothing that is served may be kept by a cache, framed, or taken for another type.

use super::Method;
use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Ok,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    Unavailable,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    pub status: Status,
    pub content_type: &'static str,
    pub body: Cow<'static, str>,
    /// Headers of this kind of answer, each a line with its end.
    pub headers: Cow<'static, str>,
}

const EVERY: &str = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n";

impl Status {
    fn line(self) -> &'static str {
        match self {
            Status::Ok => "200 OK",
            Status::BadRequest => "400 Bad Request",
            Status::NotFound => "404 Not Found",
            Status::MethodNotAllowed => "405 Method Not Allowed",
            Status::TooLarge => "431 Request Header Fields Too Large",
            Status::Unavailable => "503 Service Unavailable",
        }
    }
}

impl Response {
    pub fn text(status: Status, body: impl Into<Cow<'static, str>>) -> Response {
        Response { status, content_type: "text/plain; charset=utf-8", body: body.into(), headers: "".into() }
    }

    pub fn json(status: Status, body: String) -> Response {
        Response { status, content_type: "application/json", body: body.into(), headers: "".into() }
    }

    /// What is said of a request that cannot be met.
    pub fn refusal(status: Status) -> Response {
        let headers = if status == Status::MethodNotAllowed { "Allow: GET, HEAD\r\n" } else { "" };
        Response { headers: headers.into(), ..Response::text(status, format!("{}\n", status.line())) }
    }

    pub fn into_bytes(self, method: Method, keep_alive: bool) -> Vec<u8> {
        let (length, connection) = (self.body.len(), if keep_alive { "keep-alive" } else { "close" });
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {length}\r\n{EVERY}{}Connection: {connection}\r\n\r\n",
            self.status.line(),
            self.content_type,
            self.headers,
        );
        let mut bytes = head.into_bytes();
        if method == Method::Get {
            bytes.extend_from_slice(self.body.as_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_long_it_is_also_without_its_body() {
        let of =
            |method| String::from_utf8(Response::text(Status::Ok, "ok\n").into_bytes(method, true)).unwrap();
        let get = of(Method::Get);
        assert!(
            get.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain") && get.ends_with("\r\n\r\nok\n")
        );
        assert!(get.contains("Content-Length: 3\r\n") && get.contains("nosniff"));
        assert_eq!(get, of(Method::Head) + "ok\n");
        let refused = Response::refusal(Status::MethodNotAllowed).into_bytes(Method::Get, false);
        let refused = String::from_utf8(refused).unwrap();
        assert!(refused.contains("Allow: GET, HEAD\r\nConnection: close\r\n"), "{refused}");
    }
}
