//! Debian's Chromium without a window: what it makes of a page, what it complains of, what it asks for, how it looks.
//! It runs scripts; nothing of the machine's own browser, if it has one, is read or written.

use crate::vm::host::{Result, at};
use crate::vm::package;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The second so that pictures do not depend on the fonts of a machine.
const PACKAGES: [&str; 2] = ["chromium", "fonts-inter"];

/// Always: no window, no profile to begin with, and as little talk of its own as can be had.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--enable-logging=stderr",
];

#[derive(Debug)]
pub struct Browser {
    /// Where it is unpacked.
    root: PathBuf,
    folder: tempfile::TempDir,
}

/// What came of looking at a page.
#[derive(Debug)]
pub struct Visit {
    /// The document after its scripts have run, if it has any.
    pub document: String,
    /// What stands in the console: errors, and what the page's policy has forbidden.
    pub console: Vec<String>,
    /// Whatever was asked for on behalf of the page, itself included.
    pub requests: BTreeSet<String>,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
}

impl Look {
    pub const USUAL: Look = Look { width: 1280, height: 900, dark: false };

    fn flags(self) -> Vec<String> {
        let theme = self.dark.then(|| "--force-dark-mode".to_owned());
        theme.into_iter().chain([format!("--window-size={},{}", self.width, self.height)]).collect()
    }
}

impl Browser {
    /// Takes a minute the first time.
    pub fn prepare() -> Result<Browser> {
        let root = package::tree("chromium", &PACKAGES)?;
        let folder = at(&root, tempfile::tempdir())?;
        let fonts = format!(
            "<fontconfig><dir>{}</dir><dir>/usr/share/fonts</dir><cachedir>{}</cachedir>\
             <alias><family>system-ui</family><prefer><family>Inter</family></prefer></alias></fontconfig>",
            root.join("usr/share/fonts").display(),
            folder.path().join("fonts").display()
        );
        let list = folder.path().join("fonts.conf");
        at(&list, std::fs::write(&list, fonts))?;
        Ok(Browser { root, folder })
    }

    /// A file beside its profile, for pages that no service serves.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn visit(&self, url: &str, look: Look) -> Visit {
        let log = self.file("net.json");
        let flag = format!("--log-net-log={}", log.display());
        let (document, complaint) = self.run(look, &[&flag, "--dump-dom", url]);
        let console =
            complaint.lines().filter(|line| line.contains(":CONSOLE:")).map(str::to_owned).collect();
        Visit { document, console, requests: requests(&log, url) }
    }

    /// A picture of it, as a PNG file.
    pub fn picture(&self, url: &str, look: Look, to: &Path) {
        let (_, complaint) = self.run(look, &[&format!("--screenshot={}", to.display()), url]);
        assert!(to.exists(), "no picture of {url}:\n{complaint}");
    }

    /// What it printed, and what it complained of.
    fn run(&self, look: Look, words: &[&str]) -> (String, String) {
        let profile = self.file("profile");
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", "60"]).arg(self.root.join("usr/lib/chromium/chromium")).args(FLAGS);
        command.arg(format!("--user-data-dir={}", profile.display())).args(look.flags()).args(words);
        command.env("LD_LIBRARY_PATH", package::libraries(&self.root)).env("HOME", self.folder.path());
        command.env("FONTCONFIG_FILE", self.file("fonts.conf")).stdin(Stdio::null());
        let done = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(done.status.success(), "{command:?}: {}\n{}", done.status, text(&done.stderr));
        (text(&done.stdout), text(&done.stderr))
    }
}

/// What was asked for on behalf of a page's site: the rest is the browser's own.
fn requests(log: &Path, url: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(log).expect("the browser's log of the net");
    let log: Value = serde_json::from_str(&text).expect("json");
    let (scheme, rest) = url.split_once("://").expect("a whole address");
    let site = format!("{scheme}://{}", rest.split([':', '/']).next().unwrap_or_default());
    let events = log["events"].as_array().into_iter().flatten().map(|event| &event["params"]);
    let of_page =
        |params: &&Value| params["network_isolation_key"].as_str().is_some_and(|key| key.starts_with(&site));
    events.filter(of_page).filter_map(|params| params["url"].as_str().map(str::to_owned)).collect()
}
