//! Started by an ordinary user the service says what it cannot do, and does what it can: it observes.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::program as actor;
use netlink_tests::bench::{Actor, Service, Setup, Stage, eventually, service, turn, world};
use netlink_tests::need;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;

const USER: u32 = 1000;

/// Programs that anybody may run: the build's folder may be closed to others.
struct Programs {
    stage: Stage,
    words: Vec<String>,
}

impl Programs {
    fn new() -> Programs {
        let stage = Stage::new();
        let ours = stage.copy("actor");
        let product = stage.path().join("ffrtmp");
        std::fs::copy(service::program(), &product).expect("a copy of the product");
        std::fs::set_permissions(&product, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        let words = [ours.to_str().expect("a path"), "user", &USER.to_string(), "exec"];
        Programs { words: words.map(str::to_owned).into(), stage }
    }

    /// A service as that user, the state file wherever it is by default.
    fn setup(&self) -> Setup {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        Setup::new()
            .program(&self.stage.path().join("ffrtmp"))
            .under(&words)
            .without("--state-path")
            .flags(&["--scan-interval", "200ms"])
    }

    /// A folder that is the user's.
    fn home(&self, name: &str) -> PathBuf {
        let folder = self.stage.path().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        chown(&folder, Some(USER), Some(USER)).expect("chown");
        folder
    }
}

fn observes(service: &Service) {
    let said = service.wait_for("Cannot govern processes, only observing");
    assert!(said.contains("run the service as root, or let systemd delegate"), "{said}");
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let user = USER.to_string();
    let words = format!("user {user} exec {} sleep", ffmpeg.display());
    // Root's executable and folder cannot be read by others; its first argument can.
    let (roots, own) = (Actor::start(&ffmpeg, "sleep"), Actor::start(&actor(), &words));
    for (pid, uid) in [(roots.pid(), 0), (own.pid(), USER)] {
        service.wait_for(&format!("Discovered new process: PID {pid} (ffmpeg)"));
        let records = service.records();
        let found =
            records.iter().find(|r| r["event"] == "discovered" && r["pid"] == pid).expect("just seen");
        assert_eq!(found["uid"], uid, "{found}");
    }
    assert_eq!((roots.job(), own.job(), service.count("Attach")), (None, None, 0));
    let pid = own.pid();
    drop(own);
    service.wait_for(&format!("Process {pid} exited"));
    assert_eq!(service.count("Cannot govern"), 1);
}

#[test]
fn an_ordinary_user_observes_and_keeps_state_at_home() {
    if !need::service("an_ordinary_user_observes_and_keeps_state_at_home") {
        return;
    }
    let _turn = turn();
    let programs = Programs::new();
    let home = programs.home("state");
    let mut service = programs.setup().env("XDG_STATE_HOME", home.to_str().unwrap()).start();
    observes(&service);
    let said = service.wait_for("Process events: ");
    match world().as_deref() {
        // Unprivileged listeners came with 6.6.
        Some("6.1") => assert!(said.contains("CAP_NET_ADMIN is missing"), "{said}"),
        Some(_) => assert!(said.contains("live"), "{said}"),
        None => {}
    }
    assert_eq!(service.stop().code(), Some(0));
    let state = home.join("ffrtmp/watch-state.json");
    eventually("the state is at home", || state.exists());
    assert_eq!(state.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(service.count("State: "), 0, "{:?}", service.said());
}

#[test]
fn without_xdg_state_home_it_is_below_home() {
    if !need::service("without_xdg_state_home_it_is_below_home") {
        return;
    }
    let _turn = turn();
    let programs = Programs::new();
    let home = programs.home("home");
    let mut service = programs.setup().env("HOME", home.to_str().unwrap()).start();
    assert_eq!(service.stop().code(), Some(0));
    assert!(home.join(".local/state/ffrtmp/watch-state.json").exists(), "{:?}", service.said());
}

#[test]
fn a_state_path_that_cannot_be_written_is_a_warning() {
    if !need::service("a_state_path_that_cannot_be_written_is_a_warning") {
        return;
    }
    let _turn = turn();
    let programs = Programs::new();
    for (path, named) in [
        ("/proc/watch-state.json", "/proc/"),
        ("/etc/ffrtmp-test/watch-state.json", "/etc/ffrtmp-test"),
        ("/etc", "/etc"),
    ] {
        let mut service = programs.setup().flags(&["--state-path", path]).start();
        observes(&service);
        assert_eq!(service.stop().code(), Some(0), "{path}");
        let records = service.records();
        let is_news = |r: &&serde_json::Value| {
            r["event"] == "state_trouble" || r["event"] == "state_save_failed" && r["again"] == false
        };
        let told: Vec<_> = records.iter().filter(is_news).collect();
        assert!(!told.is_empty(), "{path}: {:?}", service.said());
        for record in told {
            assert!(record["level"] == "warn" && record["msg"].as_str().unwrap().contains(named), "{record}");
        }
        assert_eq!(service.count("State saved"), 0);
    }
}
