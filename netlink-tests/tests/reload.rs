//! A reload reaches what is governed already: each change is proved by what becomes of a process that runs.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::{
    Actor, Service, Setup, Stage, both_ways, cgroup, cpu, eventually, has_controllers, turn,
};
use netlink_tests::need;
use std::io::Write;
use std::path::Path;

/// Every tenth of a second, so that nothing here depends on when a scan comes.
const SCANS: &str = "scan_interval: 100ms\n";

fn reload(service: &Service, yaml: &str) {
    let told = |service: &Service| {
        service.count("Configuration reloaded") + service.count("Configuration not reloaded")
    };
    let before = told(service);
    service.reload(&format!("{SCANS}{yaml}"));
    eventually("the reload is told of", || told(service) > before);
}

fn files(group: &Path) -> [String; 3] {
    ["cpu.max", "cpu.weight", "memory.max"].map(|file| cgroup::read(group, file))
}

#[test]
fn limits_of_a_running_job_are_raised_lowered_and_lifted() {
    both_ways("limits_of_a_running_job_are_raised_lowered_and_lifted", |start| {
        let service = start("default_limits: {cpu_quota: 20, memory_limit: 100}");
        let stage = Stage::new();
        let actor = Actor::start(&stage.copy("ffmpeg"), "children 1 busy");
        let job = actor.caught_as("ffmpeg");
        let group = service.group(&job);
        let mib = |mib: u64| (mib << 20).to_string();
        let first = "cpu_quota=20 memory_limit=104857600";
        for (yaml, from, to, wanted) in [
            (
                "default_limits: {cpu_quota: 80, memory_limit: 200}",
                first,
                "cpu_quota=80 memory_limit=209715200",
                ["80000 100000".into(), "100".into(), mib(200)],
            ),
            (
                "commands: {ffmpeg: {limits: {cpu_quota: 10, cpu_weight: 7, memory_limit: 50}}}",
                "cpu_quota=80 memory_limit=209715200",
                "cpu_quota=10 cpu_weight=7 memory_limit=52428800",
                ["10000 100000".into(), "7".into(), mib(50)],
            ),
            (
                "",
                "cpu_quota=10 cpu_weight=7 memory_limit=52428800",
                "none",
                ["max 100000".into(), "100".into(), "max".into()],
            ),
            (
                "default_limits: {cpu_quota: 20, memory_limit: 100}",
                "none",
                first,
                ["20000 100000".into(), "100".into(), mib(100)],
            ),
        ] {
            reload(&service, yaml);
            service.wait_for(&format!("Limits of job {job} changed from {from} to {to}"));
            if has_controllers() {
                assert_eq!(files(&group), wanted);
            }
        }
        assert_eq!(service.count("Attached PID"), 1, "nobody was moved for it");
        assert_eq!(actor.job(), Some(job));
        // The same once more changes nothing and says nothing.
        reload(&service, "default_limits: {cpu_quota: 20, memory_limit: 100}");
        service.wait_for_nth("Scan complete", service.count("Scan complete") + 2);
        assert_eq!(service.count("Limits of job"), 4);
    });
}

/// What the files say is what the process feels.
#[test]
fn a_lifted_quota_gives_the_cpu_back() {
    let test = "a_lifted_quota_gives_the_cpu_back";
    if !need::service(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("default_limits: {cpu_quota: 10}").start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "busy");
    actor.caught_as("ffmpeg");
    let gets = |expected: fn([f64; 1]) -> bool| {
        let share = cpu::shares_as([actor.pid()], std::time::Duration::from_secs(2), expected);
        assert!(expected(share), "{share:?}");
    };
    gets(|[held]| held <= 0.15);
    reload(&service, "");
    service.wait_for("changed from cpu_quota=10 to none");
    gets(|[free]| free >= 0.5);
}

#[test]
fn a_target_that_is_no_longer_one_is_put_back() {
    both_ways("a_target_that_is_no_longer_one_is_put_back", |start| {
        let home = cgroup::Home::new("reload");
        let stage = Stage::new();
        let other = Actor::start(&stage.copy("gst-launch-1.0"), "sleep");
        let actor = home.start(&stage.copy("ffmpeg"), "children 1 sleep");
        let service = start("");
        let (job, stays) = (actor.caught_as("ffmpeg"), other.caught_as("gst-launch-1.0"));

        reload(&service, "target_commands: [gst-launch-1.0]");
        service.wait_for(&format!("Released job {job}: 2 process(es) moved to {}", home.shown()));
        assert_eq!(cgroup::of(actor.pid()), Some(home.shown()));
        assert_eq!(service.jobs(), [stays]);

        reload(&service, "target_commands: [gst-launch-1.0, ffmpeg]");
        actor.caught_as("ffmpeg");
    });
}

#[test]
fn what_a_filter_blocks_now_is_put_back_and_what_it_lets_pass_is_taken() {
    both_ways("what_a_filter_blocks_now_is_put_back_and_what_it_lets_pass_is_taken", |start| {
        let home = cgroup::Home::new("reload");
        let stage = Stage::new();
        let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
        home.put(actor.pid());
        let service = start("");
        let here = std::env::current_dir().unwrap();
        let own = procfs::process::Process::myself().and_then(|p| p.stat()).unwrap().comm;
        for filter in [
            "blocked_uids: [0]".to_owned(),
            "allowed_users: [nobody]".to_owned(),
            format!("blocked_dirs: [{}]", here.display()),
            format!("blocked_parents: [{}]", std::process::id()),
            format!("blocked_parents: ['{own}']"),
        ] {
            let job = actor.caught_as("ffmpeg");
            let released = service.count("Released job");
            reload(&service, &format!("filters: {{{filter}}}"));
            service.wait_for_nth(&format!("Released job {job}: 1 process(es)"), released + 1);
            assert_eq!((cgroup::of(actor.pid()), service.jobs()), (Some(home.shown()), vec![]), "{filter}");
            reload(&service, "");
        }
        let job = actor.caught_as("ffmpeg");
        service.wait_for_nth(&format!("Attached PID {} (job {job})", actor.pid()), 6);
        // When it may be taken is not asked again of what is held.
        let attached = service.count("Released job") + 1;
        service.wait_for_nth("Attached PID", attached);
        reload(&service, "filters: {min_runtime: 1h, max_runtime: 2h}");
        reload(&service, "filters: {max_runtime: 1ms}");
        service.wait_for_nth("Scan complete", service.count("Scan complete") + 2);
        assert_eq!((actor.job().is_some(), service.count("Attached PID")), (true, attached));
    });
}

#[test]
fn a_new_target_is_caught_although_it_started_long_ago() {
    both_ways("a_new_target_is_caught_although_it_started_long_ago", |start| {
        let stage = Stage::new();
        let melt = stage.copy("melt");
        let early = Actor::start(&melt, "sleep");
        let service = start("");
        let late = Actor::start(&melt, "sleep");
        assert_eq!((early.job(), late.job()), (None, None));
        reload(&service, "target_commands: [ffmpeg, melt]");
        early.caught_as("melt");
        late.caught_as("melt");
        assert_eq!(service.jobs().len(), 2);
    });
}

#[test]
fn a_bad_file_changes_nothing_and_is_told_by_line_and_column() {
    both_ways("a_bad_file_changes_nothing_and_is_told_by_line_and_column", |start| {
        let service = start("default_limits: {cpu_quota: 20}");
        let stage = Stage::new();
        let ffmpeg = stage.copy("ffmpeg");
        let actor = Actor::start(&ffmpeg, "sleep");
        let job = actor.caught_as("ffmpeg");
        for bad in [
            "target_commands: [melt]\ndefault_limits: {cpu_quota: many, cpu_qota: 5}\n",
            "target_commands: [melt\n",
            "\u{1b}[31m: x\n",
        ] {
            let before = service.count("Configuration not reloaded");
            reload(&service, bad);
            assert_eq!(service.count("Configuration not reloaded"), before + 1);
        }
        let told = service.wait_for("Configuration not reloaded");
        // The line with the scan interval stands above.
        for part in [
            "watch-config.yaml:3:29: default_limits.cpu_quota: ",
            "watch-config.yaml:3:35: default_limits.cpu_qota: unknown key; did you mean cpu_quota?",
            "the old policy stays in force",
        ] {
            assert!(told.contains(part), "{part} not in {told}");
        }
        assert_eq!((actor.job(), service.jobs()), (Some(job.clone()), vec![job.clone()]));
        for never in ["Limits of job", "Released", "Configuration reloaded"] {
            assert_eq!(service.count(never), 0, "{never}");
        }
        // The old policy stays in force for newcomers, too.
        let newcomer = Actor::start(&ffmpeg, "sleep");
        let group = service.group(&newcomer.caught_as("ffmpeg"));
        if has_controllers() {
            assert_eq!(cgroup::read(&group, "cpu.max"), "20000 100000");
        }
        // A file that is not there is a bad file.
        std::fs::remove_file(service.folder().join("watch-config.yaml")).unwrap();
        service.signal(nix::sys::signal::Signal::SIGHUP);
        service.wait_for_nth("Configuration not reloaded", 4);
        assert_eq!(actor.job(), Some(job));
    });
}

/// The flag would stand over the file, so this service is started without it.
#[test]
fn the_log_level_follows_the_file() {
    if !need::service("the_log_level_follows_the_file") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config(&format!("{SCANS}log: {{level: info}}")).without("--log-level").start();
    let scans = || service.count("Scanning for processes");
    let level = |level: &str| reload(&service, &format!("log: {{level: {level}}}"));
    assert_eq!(scans(), 0, "that is a debug line");
    level("debug");
    eventually("debug lines come", || scans() > 0);
    service.reload(&format!("{SCANS}log: {{level: error}}"));
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    // What it does is the same; what it says is less, from here on.
    eventually("it has become silent", || {
        let before = service.said().len();
        let actor = Actor::start(&ffmpeg, "sleep");
        let job = actor.caught_as("ffmpeg");
        drop(actor);
        eventually("the job ends", || !service.jobs().contains(&job));
        service.said().len() == before
    });
}

/// A tool that writes the file bit by bit and asks for a reload at every bit: each part of the file is a good
/// configuration by itself, the empty one too, and none of them may ever be in force.
#[test]
fn a_file_that_is_being_written_is_never_half_believed() {
    if !need::service("a_file_that_is_being_written_is_never_half_believed") {
        return;
    }
    let _turn = turn();
    let whole = |quota: u32| {
        let lines = ["target_commands: [melt]", "scan_interval: 100ms", "default_limits:"];
        format!("{}\n  cpu_weight: 50\n  cpu_quota: {quota}\n", lines.join("\n"))
    };
    let service = Setup::new().config(&whole(10)).start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("melt"), "sleep");
    let job = actor.caught_as("melt");
    let path = service.folder().join("watch-config.yaml");
    let hang_up = || service.signal(nix::sys::signal::Signal::SIGHUP);
    let mut quota = 10;
    eventually("it gives up on a file that does not come to rest", || {
        let mut file = std::fs::File::create(&path).unwrap();
        for line in whole(quota).split_inclusive('\n') {
            hang_up();
            // As slow as a tool that makes it up as it goes.
            std::thread::sleep(std::time::Duration::from_millis(10));
            file.write_all(line.as_bytes()).unwrap();
        }
        quota += 1;
        service.count("it is being written to without a pause") > 0
    });
    // Replaced as a whole it may be at any time.
    for quota in 300..330 {
        let beside = service.folder().join("new.yaml");
        std::fs::write(&beside, whole(quota)).unwrap();
        std::fs::rename(&beside, &path).unwrap();
        hang_up();
    }
    service.wait_for("to cpu_quota=329 cpu_weight=50");
    for line in service.said().iter().filter(|line| line.contains("Configuration reloaded")) {
        assert!(line.ends_with("targets: melt"), "{line}");
    }
    for line in service.said().iter().filter(|line| line.contains("Limits of job")) {
        assert!(line.ends_with("cpu_weight=50") && !line.contains("to none"), "{line}");
    }
    assert_eq!((service.count("Released"), actor.job()), (0, Some(job)));
}
