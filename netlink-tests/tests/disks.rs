//! Limits of disks hold by their effect: bytes and operations that processes get of a disk, read past the page cache. Only in
//! the virtual machines, which have disks for it.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::asking::Control;
use netlink_tests::bench::disk::{is_about, modprobe, rates_as, read_by, written_by};
use netlink_tests::bench::{Actor, Disk, Service, Setup, Stage, cgroup, eventually, has_controllers, turn};
use netlink_tests::need;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const MB: f64 = 1_000_000.0;

fn disk(test: &str, serial: &str) -> Option<Disk> {
    if !need::service(test) || !need::have_in_a_world(test, has_controllers()) {
        return None;
    }
    let disk = Disk::named(serial);
    need::have_in_a_world(test, disk.is_some());
    disk
}

/// A copy of one of the machine's programs under the name of a transcoder.
fn program(stage: &Stage, program: &str, name: &str) -> PathBuf {
    let to = stage.path().join(name);
    std::fs::copy(Path::new("/usr/bin").join(program), &to).expect("a copy");
    to
}

fn reading(disk: &Disk, block: &str) -> String {
    format!("if={} of=/dev/null iflag=direct bs={block}", disk.path())
}

fn writing(disk: &Disk, block: &str) -> String {
    format!("if=/dev/zero of={} oflag=direct conv=notrunc bs={block}", disk.path())
}

/// Started under a service, and in its job with the limits written.
fn caught(service: &Service, program: &Path, words: &str) -> (Actor, PathBuf) {
    let actor = Actor::start(program, words);
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    let group = service.group(&actor.job().expect("a job"));
    (actor, group)
}

fn io_max(group: &Path) -> String {
    cgroup::read(group, "io.max")
}

fn done(control: &mut Control, order: Value) {
    let answer = control.ask(order);
    assert_eq!(answer["ok"], true, "{answer}");
}

#[test]
fn what_a_job_reads_and_writes_is_limited_each_for_itself_and_others_are_not() {
    let Some(disk) =
        disk("what_a_job_reads_and_writes_is_limited_each_for_itself_and_others_are_not", "free")
    else {
        return;
    };
    let (_turn, stage) = (turn(), Stage::new());
    let config = format!("default_limits: {{ io_max: {{ {}: {{ rbps: 12MB, wbps: 20MB }} }} }}", disk.path());
    let service = Setup::new().config(&config).start();
    let (read, write) = (reading(&disk, "256k"), writing(&disk, "256k"));
    let script = format!("dd {read} & dd {write} & wait");
    let shell = program(&stage, "dash", "ffmpeg");
    let family = Actor::of(Command::new(&shell).args(["-c", &script]));
    let job = family.caught_as("ffmpeg");
    let group = service.group(&job);
    assert_eq!(io_max(&group), format!("{} rbps=12000000 wbps=20000000 riops=max wiops=max", disk.number()));
    let free = Actor::start(&program(&stage, "dd", "bystander"), &read);
    let mut children = Vec::new();
    eventually("both read and write in the job", || {
        children = children_of(family.pid());
        children.len() == 2 && children.iter().all(|pid| cgroup::job_of(*pid).as_ref() == Some(&job))
    });
    let (reader, writer) = (children[0], children[1]);
    let rates = rates_as(
        [
            &|| read_by(reader),
            &|| written_by(writer),
            &|| disk.counter(&group, "rbytes"),
            &|| disk.counter(&group, "wbytes"),
            &|| read_by(free.pid()),
        ],
        limited,
    );
    assert!(limited(rates), "{rates:.0?}");
}

fn limited([read, written, rbytes, wbytes, free]: [f64; 5]) -> bool {
    [read, rbytes].iter().all(|rate| is_about(*rate, 12.0 * MB))
        && [written, wbytes].iter().all(|rate| is_about(*rate, 20.0 * MB))
        && free > 25.0 * MB
}

#[test]
fn operations_are_limited_and_what_is_set_for_a_running_job_holds_until_it_is_reset() {
    let test = "operations_are_limited_and_what_is_set_for_a_running_job_holds_until_it_is_reset";
    let Some(disk) = disk(test, "free") else { return };
    let (_turn, stage) = (turn(), Stage::new());
    let config = format!("default_limits: {{ io_max: {{ {}: {{ riops: 200 }} }} }}", disk.path());
    let service = Setup::new().config(&config).start();
    let (actor, group) = caught(&service, &program(&stage, "dd", "ffmpeg"), &reading(&disk, "4k"));
    let gets = |riops: f64| {
        let expected = |[bytes, rios]: [f64; 2]| is_about(bytes, riops * 4096.0) && is_about(rios, riops);
        let rates = rates_as([&|| read_by(actor.pid()), &|| disk.counter(&group, "rios")], expected);
        assert!(expected(rates), "{rates:.0?} are not {riops} operations");
    };
    gets(200.0);
    let mut control = service.control();
    let set = |limit: &str| json!({ "command": "set", "pid": actor.pid(), "limits": { "io_max": limit } });
    done(&mut control, set(&format!("{}:riops=500", disk.path())));
    gets(500.0);
    // Somebody else takes it away.
    std::fs::write(group.join("io.max"), format!("{} riops=max", disk.number())).expect("written");
    service.wait_for("io_max");
    eventually("it is put right", || io_max(&group).contains("riops=500"));
    done(&mut control, set("max"));
    assert_eq!(io_max(&group), "");
    done(&mut control, json!({ "command": "set", "pid": actor.pid(), "reset": true }));
    assert_eq!(io_max(&group), format!("{} rbps=max wbps=max riops=200 wiops=max", disk.number()));
    let answer = control.ask(set("/dev/no-such-disk:rbps=5"));
    assert!(answer.to_string().contains("/dev/no-such-disk is no disk of this host"), "{answer}");
    assert!(io_max(&group).contains("riops=200"), "nothing was changed");
}

#[test]
fn a_disk_that_is_not_there_is_told_once_and_the_others_are_limited() {
    let Some(disk) = disk("a_disk_that_is_not_there_is_told_once_and_the_others_are_limited", "free") else {
        return;
    };
    let (_turn, stage) = (turn(), Stage::new());
    let config = format!(
        "default_limits: {{ io_max: {{ /dev/vdz: {{ rbps: 5 }}, /tmp: {{ rbps: 5 }}, {}: {{ wiops: 7 }} }} }}",
        disk.path()
    );
    let service = Setup::new().config(&config).start();
    service.wait_for("/dev/vdz is no block device of this host");
    service.wait_for("/tmp lies on no disk of its own");
    let path = program(&stage, "sleep", "ffmpeg");
    for _ in 0..3 {
        let (_actor, group) = caught(&service, &path, "600");
        assert_eq!(io_max(&group), format!("{} rbps=max wbps=max riops=max wiops=7", disk.number()));
    }
    assert_eq!(service.count("Limit io_max cannot hold"), 1);
}

#[test]
fn whoever_has_more_weight_gets_more_of_a_disk_that_bfq_shares_out() {
    let Some(disk) = disk("whoever_has_more_weight_gets_more_of_a_disk_that_bfq_shares_out", "slow") else {
        return;
    };
    let (_turn, stage) = (turn(), Stage::new());
    let config = "default_limits: { io_weight: 100 }\n\
                  commands: { gst-launch-1.0: { limits: { io_weight: 800 } } }";
    let refused = Setup::new().config(config).start();
    refused.wait_for("Limit io_weight cannot hold: no disk is shared by weight: choose bfq");
    drop(refused);
    modprobe("bfq");
    disk.schedule_by_bfq();
    let service = Setup::new().config(config).start();
    assert_eq!(service.count("cannot hold"), 0);
    // So many that each job has always more to read than the disk takes at once.
    let read = format!("dd {} skip=$n", reading(&disk, "64k"));
    let script = format!("for n in 1000 2000 3000 4000 5000 6000 7000 8000; do {read} & done; wait");
    let jobs = ["ffmpeg", "gst-launch-1.0"].map(|name| {
        let readers = Actor::of(Command::new(program(&stage, "dash", name)).args(["-c", &script]));
        let group = service.group(&readers.caught_as(name));
        (readers, group)
    });
    let [(_light, light), (_heavy, heavy)] = &jobs;
    assert_eq!(cgroup::read(light, "io.bfq.weight"), "default 100");
    assert_eq!(cgroup::read(heavy, "io.bfq.weight"), "default 800");
    let order = |[light, heavy]: [f64; 2]| heavy > light * 1.2;
    let rates = rates_as([&|| disk.counter(light, "rbytes"), &|| disk.counter(heavy, "rbytes")], order);
    assert!(order(rates), "{rates:.0?}");
}
