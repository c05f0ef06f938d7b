//! Debian's Prometheus as a child of the test, with the files we ship, hastened: it scrapes and evaluates every second, and
//! waits for nothing.

use super::shipped;
use netlink_tests::bench::{Actor, eventually, patience};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

/// Thresholds that a test cannot wait for, or cannot make the service pass.
pub(crate) const LOWERED: [(&str, &str, &str); 3] = [
    ("FfrtmpScansLate", "_seconds > 300", "_seconds > 3"),
    ("FfrtmpMemoryHigh", "_bytes > 67108864", "_bytes > 1048576"),
    ("FfrtmpCpuHigh", "[10m]) > 0.1", "[10s]) > 0.05"),
];

pub(crate) struct Prometheus {
    address: SocketAddr,
    folder: tempfile::TempDir,
    _process: Actor,
}

impl Prometheus {
    /// It scrapes services by these names.
    pub(crate) fn start(tools: &Path, services: &[(&str, SocketAddr)]) -> Prometheus {
        let folder = tempfile::tempdir().expect("a folder for Prometheus");
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        put("scrape.yml", &aimed_at(services));
        put("rules.yml", &shipped::read("config/prometheus/rules.yml"));
        put("alerts.yml", &hastened(&shipped::read("config/prometheus/alerts.yml")));
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
    pub(crate) fn query(&self, expression: &str) -> Vec<Value> {
        let data = self.ask(&format!("/api/v1/query?query={}", encoded(expression)));
        data["result"].as_array().unwrap_or_else(|| panic!("{expression}: {data}")).clone()
    }

    /// Whether this expression has this value for some series.
    pub(crate) fn finds(&self, expression: &str) -> bool {
        !self.query(expression).is_empty()
    }

    /// The alerts that fire now, with the service each is about.
    pub(crate) fn firing(&self) -> Vec<(String, String)> {
        let alerts = self.ask("/api/v1/alerts")["alerts"].as_array().expect("alerts").clone();
        let label = |alert: &Value, name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        firing.map(|alert| (label(alert, "alertname"), label(alert, "instance"))).collect()
    }

    /// All rules as it has understood them.
    pub(crate) fn rules(&self) -> Vec<Value> {
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

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// An address of this host that nobody listens at.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its number")
}

/// The configuration we ship, for other targets and every second.
fn aimed_at(services: &[(&str, SocketAddr)]) -> String {
    let entry = |(name, address): &(&str, SocketAddr)| {
        format!("      - {{ targets: [\"{address}\"], labels: {{ instance: {name} }} }}\n")
    };
    let entries: String = services.iter().map(entry).collect();
    let text = replaced(&shipped::read("config/prometheus/scrape.yml"), "_interval: 15s", "_interval: 1s", 2);
    replaced(&text, "      - targets: [\"127.0.0.1:9746\"]\n", &entries, 1)
}

/// Nothing is waited for, and nothing that a test cannot bring about.
fn hastened(alerts: &str) -> String {
    let at_once = alerts.lines().map(|line| match line.split_once("for: ") {
        Some((indent, _)) if indent.trim().is_empty() => format!("{indent}for: 0s\n"),
        _ => format!("{line}\n"),
    });
    LOWERED.iter().fold(at_once.collect(), |text, (_, from, to)| replaced(&text, from, to, 1))
}

fn replaced(text: &str, from: &str, to: &str, times: usize) -> String {
    assert_eq!(text.matches(from).count(), times, "{from} in {text}");
    text.replace(from, to)
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).into() } else { format!("%{byte:02x}") })
        .collect()
}
