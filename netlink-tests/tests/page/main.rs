//! The status page in a real browser, which runs scripts: names of processes that would be scripts are text there, it
//! needs nothing else from anywhere, and it can be read in light and dark, on a wide and on a narrow screen.
#![expect(clippy::disallowed_methods, reason = "tests look at real files")]

mod looks;
mod text;

use netlink_tests::bench::{Browser, Service};
use netlink_tests::need;
use std::path::Path;

fn browser(test: &str) -> Option<Browser> {
    if !need::service(test) {
        return None;
    }
    let browser = Browser::prepare();
    let lack = browser.as_ref().err().map_or_else(String::new, |why| format!("Debian's Chromium: {why}"));
    need::have(test, &lack, browser.is_ok()).then(|| browser.expect("just seen"))
}

fn url(service: &Service) -> String {
    format!("http://{}/", service.metrics_address())
}

/// Of a file, for what no service serves.
fn at(path: &Path) -> String {
    format!("file://{}", path.display())
}
