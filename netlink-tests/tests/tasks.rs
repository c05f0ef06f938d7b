//! What the kernel tells of all processes at once, against what /proc says of each: before it, and after. Where the kernel
//! has no way to tell (or we may not ask), the same pass reads /proc, and this is skipped.
#![expect(clippy::disallowed_methods, reason = "a test writes files that stand for /proc")]

use ffrtmp::engine::effect::Depth;
use ffrtmp::engine::input::Sighting;
use ffrtmp::model::Pid;
use ffrtmp::model::sample::CpuTime;
use ffrtmp::sys::proc::Proc;
use netlink_tests::bench::{Actor, Stage, eventually};
use netlink_tests::need;
use std::collections::HashMap;
use std::path::Path;

type Sightings = HashMap<Pid, Sighting>;

const TICK: u64 = 10_000_000;
const PAGE: u64 = 4096;

/// What was told without a look at /proc, and who was listed.
fn told(proc: &Proc) -> (Sightings, Vec<Pid>) {
    let (mut told, mut listed) = (HashMap::new(), Vec::new());
    let mut walk = proc.walk(Depth::Sampling).expect("a walk");
    let mut visit = |pid, seen: Option<Sighting>| {
        listed.push(pid);
        told.extend(seen.map(|seen| (pid, seen)));
    };
    while walk.slice(&mut visit).expect("a slice") {}
    (told, listed)
}

fn read(proc: &Proc, pids: &[Pid]) -> Sightings {
    pids.iter().filter_map(|&pid| Some((pid, proc.sight(pid)?))).collect()
}

/// `None` where the same process was something else before than after: then nothing can be said.
fn differs(before: &Sighting, told: &Sighting, after: &Sighting) -> Option<String> {
    let plain = |seen: &Sighting| {
        let name = if seen.kernel_thread { Default::default() } else { seen.comm };
        (seen.identity, seen.ppid, seen.uid, name, seen.exec_mark, seen.kernel_thread, seen.zombie)
    };
    let steady = plain(before) == plain(after) && before.used.threads == after.used.threads;
    // /proc rounds down twice, user time and system time.
    let within = |low: CpuTime, told: CpuTime, high: CpuTime| {
        low.0 <= told.0 && told.0 <= high.0.saturating_add(2 * TICK)
    };
    let (b, t, a) = (before.used, told.used, after.used);
    let same_memory = b.resident.min(a.resident) <= t.resident && t.resident <= b.resident.max(a.resident);
    let same = plain(before) == plain(told)
        && t.threads == b.threads
        && (b.state != a.state || t.state == b.state || b.state == b'R' || told.used.state == b'R')
        && within(b.cpu, t.cpu, a.cpu)
        && within(b.reaped, t.reaped, a.reaped)
        && (same_memory || t.resident.abs_diff(b.resident) <= 64 * PAGE)
        && before.read_at <= told.read_at
        && told.read_at <= after.read_at;
    (steady && !same).then(|| format!("before {before:#?}\ntold {told:#?}\nafter {after:#?}"))
}

/// A security policy may hide in /proc of others what the kernel tells of them: one who changes by turns is no good.
#[test]
fn where_proc_hides_what_the_kernel_tells_all_is_read_there() {
    let test = "where_proc_hides_what_the_kernel_tells_all_is_read_there";
    let proc = Proc::open(Path::new("/proc")).expect("/proc");
    if !need::have(test, "a kernel that tells of all tasks (BPF task iterator)", !told(&proc).0.is_empty()) {
        return;
    }
    let stage = Stage::new();
    let other = Actor::start(&stage.copy("other"), "sleep");
    let other_pid = other.pid().to_string();
    let (folder, own) = (tempfile::tempdir().expect("a folder"), std::process::id().to_string());
    let link = |name: &str| {
        std::os::unix::fs::symlink(Path::new("/proc").join(name), folder.path().join(name)).expect("a link");
    };
    let told_here = || told(&Proc::open(folder.path()).expect("a folder")).0;
    link(&own);
    link(&other_pid);
    assert!(!told_here().is_empty());
    let (process, stat) = (folder.path().join(&other_pid), format!("/proc/{other_pid}/stat"));
    let line = std::fs::read_to_string(stat).expect("its line");
    let (name, rest) = line.rsplit_once(')').expect("a name");
    // The 28th of all is where its stack begins; two stand before the name's end.
    let mut fields: Vec<_> = rest.split(' ').collect();
    fields[26] = "0";
    std::fs::remove_file(&process).expect("removed");
    std::fs::create_dir(&process).expect("made");
    std::fs::write(process.join("stat"), format!("{name}){}", fields.join(" "))).expect("written");
    assert!(told_here().is_empty());
}

#[test]
fn what_the_kernel_tells_of_all_is_what_proc_says_of_each() {
    let test = "what_the_kernel_tells_of_all_is_what_proc_says_of_each";
    let proc = Proc::open(Path::new("/proc")).expect("/proc");
    let stage = Stage::new();
    let program = stage.copy("told");
    let _others =
        ["busy", "grow 40", "threads 5 sleep", "children 3 sleep", "short 300 sleep", "user 4242 sleep"]
            .map(|words| Actor::start(&program, words));
    let named = Actor::start(&program, "rename )\nR(\u{7f}\\ sleep");
    let _zombie = Actor::start(&program, "exit");
    eventually("it is named", || {
        proc.sight(Pid(named.pid())).is_some_and(|seen| seen.comm.as_bytes().starts_with(b")\nR("))
    });
    let (first, listed) = told(&proc);
    if !need::have(test, "a kernel that tells of all tasks (BPF task iterator)", !first.is_empty()) {
        return;
    }
    let (mut compared, mut read_there) = (0, 0);
    // Processes of others do as they like between two readings: once, and not time after time.
    let mut differing: HashMap<Pid, u32> = HashMap::new();
    for _ in 0..50 {
        let before = read(&proc, &listed);
        let (told, _) = told(&proc);
        let after = read(&proc, &listed);
        for (pid, before) in &before {
            let Some(after) = after.get(pid) else { continue };
            match told.get(pid) {
                Some(told) => {
                    compared += 1;
                    let Some(difference) = differs(before, told, after) else {
                        differing.remove(pid);
                        continue;
                    };
                    let times = differing.entry(*pid).or_default();
                    *times += 1;
                    assert!(*times < 3, "{difference}");
                }
                None => read_there += 1,
            }
        }
    }
    println!("{compared} sightings compared, {read_there} were left to /proc");
    assert!(compared > read_there, "most need not be read");
}
