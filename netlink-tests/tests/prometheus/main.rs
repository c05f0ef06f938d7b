//! What we ship for Prometheus, tried with Debian's own: the rules are sound and say what they should.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod files;
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
