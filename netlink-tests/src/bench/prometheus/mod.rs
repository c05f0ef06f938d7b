//! Debian's Prometheus as a child of the test, with the files we ship, hastened: it scrapes and evaluates every second, and
//! waits for nothing.

mod hastened;
pub mod shipped;

pub use hastened::LOWERED;

use super::actor::beside_tests;
use super::{Actor, eventually, patience, world};
use crate::need;
use crate::vm::package;
use serde_json::Value;
use shipped::Query;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder with `prometheus` and `promtool`; a virtual machine is given only the former.
pub fn tools(test: &str) -> Option<PathBuf> {
    static TOOLS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let tools = TOOLS.get_or_init(|| match world() {
        Some(_) => Ok(beside_tests("prometheus").with_file_name("")),
        None => package::prometheus(),
    });
    let why = tools.as_ref().err().map_or("", |why| why);
    need::have(test, &format!("Debian's package prometheus {why}"), tools.is_ok())
        .then(|| tools.clone().ok())?
}

#[derive(Debug)]
pub struct Prometheus {
    address: SocketAddr,
    folder: tempfile::TempDir,
    _process: Actor,
}

impl Prometheus {
    /// It scrapes services by these names.
    pub fn start(tools: &Path, services: &[(&str, SocketAddr)]) -> Prometheus {
        let folder = tempfile::tempdir().expect("a folder for Prometheus");
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        put("scrape.yml", &hastened::aimed_at(services));
        put("rules.yml", &shipped::read("config/prometheus/rules.yml"));
        put("alerts.yml", &hastened::alerts(&shipped::read("config/prometheus/alerts.yml")));
        let address = free_address();
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let mut command = Command::new(tools.join("prometheus"));
        command.args(["--config.file=scrape.yml", "--storage.tsdb.path=data", "--log.level=warn"]);
        command.arg(format!("--web.listen-address={address}")).current_dir(folder.path());
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        let prometheus = Prometheus { address, folder, _process: Actor::of(&mut command) };
        eventually("Prometheus listens", || TcpStream::connect(address).is_ok());
        eventually("Prometheus is ready", || prometheus.get("/-/ready").starts_with("HTTP/1.0 200"));
        prometheus
    }

    /// What the query finds now.
    pub fn query(&self, expression: &str) -> Vec<Value> {
        let data = self.ask(&format!("/api/v1/query?query={}", encoded(expression)));
        data["result"].as_array().unwrap_or_else(|| panic!("{expression}: {data}")).clone()
    }

    /// Whether this expression has this value for some series.
    pub fn finds(&self, expression: &str) -> bool {
        !self.query(expression).is_empty()
    }

    /// Whether it finds a number for the query, and all it finds is told apart by its labels.
    pub fn answers(&self, Query { expression, labels }: &Query) -> bool {
        let is_number = |sample: &Value| sample["value"][1].as_str().is_some_and(|value| value != "NaN");
        let is_told_apart = |sample: &Value| labels.iter().all(|label| sample["metric"][label].is_string());
        let found = self.query(expression);
        assert!(found.iter().all(is_told_apart), "not all of {labels:?} are in {found:?}");
        found.iter().any(is_number)
    }

    /// The alerts that fire now, with the service each is about.
    pub fn firing(&self) -> Vec<(String, String)> {
        let alerts = self.ask("/api/v1/alerts")["alerts"].as_array().expect("alerts").clone();
        let label = |alert: &Value, name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        firing.map(|alert| (label(alert, "alertname"), label(alert, "instance"))).collect()
    }

    /// All rules as it has understood them.
    pub fn rules(&self) -> Vec<Value> {
        let groups = self.ask("/api/v1/rules")["groups"].as_array().expect("groups").clone();
        groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect()
    }

    fn ask(&self, path: &str) -> Value {
        let text = self.get(path);
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body);
        let answer: Value = body.and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        assert_eq!(answer["status"], "success", "{path}: {text}");
        answer["data"].clone()
    }

    /// In the older version of HTTP, whose answers come in one piece.
    fn get(&self, path: &str) -> String {
        let mut stream =
            TcpStream::connect(self.address).unwrap_or_else(|e| panic!("{e}; it said {}", self.log()));
        stream.set_read_timeout(Some(patience())).expect("a timeout");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("it takes a request");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// An address of this host that nobody listens at.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its number")
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).into() } else { format!("%{byte:02x}") })
        .collect()
}
