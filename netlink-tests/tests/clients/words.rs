//! What is said: requests that are right, and what chance makes of them.

use netlink_tests::bench::chance::Chance;

const HTTP: [&str; 8] = [
    "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n",
    "GET /metrics?x=%00 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET http://a/nothing#here HTTP/1.1\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
    "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
];

const JSON: [&str; 8] = [
    "{\"v\":1,\"ask\":\"status\"}\n",
    "{\"v\":1,\"id\":[1,{\"a\":null}],\"ask\":\"ps\"}\n",
    "{\"v\":1,\"ask\":\"events\",\"after\":0}\n",
    "{\"v\":1,\"ask\":\"events\",\"after\":18446744073709551615}\n",
    "{\"v\":1,\"ask\":\"\\u0000\\ud800\",\"id\":1e999}\n",
    "{\"v\":1,\"command\":\"\u{202e}\"}\n",
    "[{\"v\":-1}]\r\n",
    "\n",
];

/// Characters that mean something to somebody.
const TELLING: &[u8] = b"\0\r\n \t:/{}[]\",\\\x1b\x7f\x80\xff%#?";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Language {
    Http,
    Json,
}

pub(super) fn right(chance: &mut Chance, language: Language) -> Vec<u8> {
    let all = if language == Language::Http { &HTTP } else { &JSON };
    chance.one(all).as_bytes().to_vec()
}

/// A request to which up to three things have happened.
pub(super) fn odd(chance: &mut Chance, language: Language) -> Vec<u8> {
    let mut words = right(chance, language);
    for _ in 0..chance.of(0..4) {
        let at = chance.of(0..words.len() as u64 + 1) as usize;
        let to = (at + chance.of(0..20) as usize).min(words.len());
        match chance.of(0..6) {
            0 => words.insert(at, chance.one(TELLING)),
            1 => words.truncate(at.max(1)),
            2 => drop(words.drain(at..to)),
            3 => words.extend_from_within(at..to),
            4 => words.splice(at..to, noise(chance, 40)).for_each(drop),
            _ => words.splice(at..at, [b'['; 200]).for_each(drop),
        }
    }
    words
}

pub(super) fn noise(chance: &mut Chance, most: u64) -> Vec<u8> {
    (0..chance.of(0..most)).map(|_| chance.of(0..256) as u8).collect()
}

/// More than anybody has to say.
pub(super) fn long(chance: &mut Chance, language: Language) -> Vec<u8> {
    let length = chance.of(8_000..70_000) as usize;
    let text = match (language, chance.of(0..3)) {
        (Language::Http, 0) => format!("GET /{}", "x".repeat(length)),
        (Language::Http, 1) => format!("GET / HTTP/1.1\r\na: {}", "b".repeat(length)),
        (Language::Http, _) => format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(length / 6)),
        (Language::Json, 0) => "[".repeat(length),
        (Language::Json, 1) => format!("{{\"v\":1,\"id\":\"{}\"", "\\u0000".repeat(length / 6)),
        (Language::Json, _) => format!("{}{{}}\n", " ".repeat(length)),
    };
    text.into_bytes()
}
