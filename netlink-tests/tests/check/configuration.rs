//! The configuration is checked with the host, as the service would: all errors in one run, and the host's findings too.

use netlink_tests::bench::{self, Checked, checked, service};
use netlink_tests::need;
use std::path::{Path, PathBuf};

/// A folder with a configuration.
fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("written");
    (folder, path)
}

fn with(path: &Path) -> Checked {
    Checked::run(&[], &["--watch-config", path.to_str().expect("text")])
}

#[test]
fn a_wrong_one_is_told_with_every_error_and_the_host_all_the_same() {
    if !need::service("a_wrong_one_is_told_with_every_error_and_the_host_all_the_same") {
        return;
    }
    let (_folder, path) = file("c.yaml", "scan_interval: 10\ndefault_limits:\n  cpu_qota: 3\n");
    let checked = with(&path);
    assert_eq!((checked.status, checked.of("error").len()), (2, 2));
    let places: Vec<_> = checked.findings.iter().filter(|f| f["kind"] == "error").collect();
    for (finding, (line, key)) in places.iter().zip([(1, "scan_interval"), (3, "default_limits.cpu_qota")]) {
        assert!(finding["place"].as_str().unwrap().contains(&format!("c.yaml:{line}:")), "{finding}");
        assert_eq!((finding["key"].as_str(), finding["area"].as_str()), (Some(key), Some("configuration")));
    }
    checked.tells("config", "note", "not looked at");
    checked.tells("events", "ok", "live");
    checked.tells("moves", "ok", "moved 7 times");
    assert!(checked.find("state").is_none());
    let missing = with(Path::new("/nonexistent/c.yaml"));
    assert_eq!(missing.status, 2);
    missing.tells("config-error", "error", "cannot be read");
}

#[test]
fn a_doubtful_one_and_limits_that_cannot_hold_are_warnings() {
    if !need::service("a_doubtful_one_and_limits_that_cannot_hold_are_warnings") {
        return;
    }
    let text = "default_limits: { cpu_quota: 100 }\nfilters: { blocked_dirs: [/nonexistent/folder] }\n\
                audit: { path: /nonexistent/audit.jsonl }\nevents: { buffer: 1GiB }\nstate: { path: /etc/passwd/state }\n";
    let (_folder, path) = file("c.yaml", &text.replace("1GiB", "64KiB"));
    let checked = with(&path);
    assert_eq!((checked.status, checked.of("error").len()), (1, 0), "{:#?}", checked.findings);
    checked.tells("config-warning", "warning", "no folder of this host");
    checked.tells("audit", "warning", "No such file");
    checked.tells("state", "warning", "Not a directory");
    checked.tells("event-buffer", "ok", "65536");
    if bench::has_controllers() {
        checked.tells("limits", "ok", "cpu_quota");
    } else {
        let limits: Vec<_> =
            checked.findings.iter().filter(|finding| finding["name"] == "limit-v1").collect();
        let told: Vec<_> =
            limits.iter().map(|f| (f["key"].as_str().unwrap(), f["kind"].as_str().unwrap())).collect();
        let asked: Vec<_> = told.iter().filter(|(_, kind)| *kind == "warning").map(|(key, _)| *key).collect();
        assert_eq!(asked, ["cpu_quota"]);
        assert!(told.contains(&("memory_limit", "note")), "{told:?}");
    }
}

#[test]
fn names_that_are_not_meant_for_terminals_do_not_reach_them() {
    let (_folder, path) = file("a\x1b[31m\n.yaml", "\"b\x07ell\": 1\n");
    let output = checked::output(&service::program(), &[], &["--watch-config", path.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("a\\u{1b}[31m\\n.yaml"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
}
