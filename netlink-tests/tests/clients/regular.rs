//! A good client that keeps its connections, among the others: it is never sent away, and always answered rightly.

use netlink_tests::bench::asking::Control;
use netlink_tests::bench::patience;
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

pub(super) struct Regular {
    scraper: BufReader<TcpStream>,
    control: Control,
    asked: u64,
}

impl Regular {
    pub(super) fn new(address: SocketAddr, control: Control) -> Regular {
        let scraper = TcpStream::connect(address).expect("a connection");
        scraper.set_read_timeout(Some(patience())).expect("a timeout");
        let mut regular = Regular { scraper: BufReader::new(scraper), control, asked: 0 };
        // Who says nothing at first is not a regular.
        regular.asks_as_ever();
        regular
    }

    pub(super) fn asks_as_ever(&mut self) {
        assert_eq!(self.get("/healthz"), "ok\n");
        assert!(self.get("/metrics").contains("\nffrtmp_discovery_scans_total "));
        self.asked += 1;
        let answer = self.control.ask(json!({ "ask": "status", "id": self.asked }));
        assert_eq!(
            (&answer["id"], &answer["status"]["phase"]),
            (&json!(self.asked), &json!("running")),
            "{answer}"
        );
        assert_eq!(answer["status"]["health"]["level"], "healthy", "{answer}");
    }

    /// The body, over the one connection.
    fn get(&mut self, path: &str) -> String {
        write!(self.scraper.get_mut(), "GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
            .expect("it takes a request");
        let mut length = None;
        loop {
            let mut line = String::new();
            self.scraper.read_line(&mut line).expect("it answers");
            assert!(!line.is_empty(), "it was sent away");
            if line == "\r\n" {
                break;
            }
            length = length.or_else(|| line.strip_prefix("Content-Length: ")?.trim().parse().ok());
        }
        let mut body = vec![0; length.expect("a length")];
        self.scraper.read_exact(&mut body).expect("as long as it was said to be");
        String::from_utf8(body).expect("text")
    }
}
