//! The files we ship for Prometheus, as a test can use them: aimed at its services, every second, and without patience.
//! Each change must find what it changes, so that none is lost when the files do.

use super::shipped;
use std::net::SocketAddr;

/// Thresholds that a test cannot wait for, or cannot make the service pass.
pub const LOWERED: [(&str, &str, &str); 4] = [
    ("FfrtmpScansLate", "_seconds > 300", "_seconds > 3"),
    ("FfrtmpMemoryHigh", "_bytes > 67108864", "_bytes > 1048576"),
    ("FfrtmpCpuHigh", "[10m]) > 0.1", "[10s]) > 0.05"),
    ("FfrtmpThrottled", "[10m]) > 9", "[30s]) > 9"),
];

/// The configuration we ship, for other targets and every second.
pub(super) fn aimed_at(services: &[(&str, SocketAddr)]) -> String {
    let entry = |(name, address): &(&str, SocketAddr)| {
        format!("      - {{ targets: [\"{address}\"], labels: {{ instance: {name} }} }}\n")
    };
    let entries: String = services.iter().map(entry).collect();
    let text = replaced(&shipped::read("config/prometheus/scrape.yml"), "_interval: 15s", "_interval: 1s", 2);
    replaced(&text, "      - targets: [\"127.0.0.1:9746\"]\n", &entries, 1)
}

/// Nothing is waited for, and nothing that a test cannot bring about.
pub(super) fn alerts(text: &str) -> String {
    let at_once = text.lines().map(|line| match line.split_once("for: ") {
        Some((indent, _)) if indent.trim().is_empty() => format!("{indent}for: 0s\n"),
        _ => format!("{line}\n"),
    });
    LOWERED.iter().fold(at_once.collect(), |text, (_, from, to)| replaced(&text, from, to, 1))
}

fn replaced(text: &str, from: &str, to: &str, times: usize) -> String {
    assert_eq!(text.matches(from).count(), times, "{from} in {text}");
    text.replace(from, to)
}
