//! A service that an ordinary user has started.

use super::{Setup, Stage, service};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;

pub const USER: u32 = 1000;

/// Programs that anybody may run: the build's folder may be closed to others.
#[derive(Debug)]
pub struct Programs {
    stage: Stage,
    words: Vec<String>,
}

impl Default for Programs {
    fn default() -> Self {
        let stage = Stage::new();
        let ours = stage.copy("actor");
        let product = stage.path().join("ffrtmp");
        fs::copy(service::program(), &product).expect("a copy of the product");
        fs::set_permissions(&product, Permissions::from_mode(0o755)).expect("permissions");
        let words = [ours.to_str().expect("a path"), "user", &USER.to_string(), "exec"];
        Programs { words: words.map(str::to_owned).into(), stage }
    }
}

impl Programs {
    pub fn new() -> Programs {
        Programs::default()
    }

    /// A service as that user, the state file wherever it is by default.
    pub fn setup(&self) -> Setup {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        Setup::new()
            .program(&self.stage.path().join("ffrtmp"))
            .under(&words)
            .without("--state-path")
            .flags(&["--scan-interval", "200ms"])
    }

    /// A folder that is the user's.
    pub fn home(&self, name: &str) -> PathBuf {
        let folder = self.stage.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        chown(&folder, Some(USER), Some(USER)).expect("chown");
        folder
    }
}
