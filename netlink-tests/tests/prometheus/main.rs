//! What we ship for Prometheus and Grafana, tried with Debian's Prometheus against the real service: the rules are sound,
//! each alert fires when its thing is really broken, and each query of rules and dashboard finds what it asks for.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod cases;
mod files;
mod harms;
mod live;
mod patient;
mod queries;
mod server;
mod shipped;

use netlink_tests::need;
use netlink_tests::vm::package;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The folder with `prometheus` and `promtool`.
fn tools(test: &str) -> Option<PathBuf> {
    static TOOLS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let tools = TOOLS.get_or_init(|| package::programs("prometheus", &["prometheus", "promtool"]));
    let why = tools.as_ref().err().map_or("", |why| why);
    need::have(test, &format!("Debian's package prometheus {why}"), tools.is_ok())
        .then(|| tools.clone().ok())?
}
