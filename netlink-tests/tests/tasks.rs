//! What the kernel tells of all processes at once, against what /proc says of each: before it, and after. Where the kernel
//! has no way to tell (or we may not ask), the same pass reads /proc, and this is skipped.

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
    for _ in 0..50 {
        let before = read(&proc, &listed);
        let (told, _) = told(&proc);
        let after = read(&proc, &listed);
        for (pid, before) in &before {
            let Some(after) = after.get(pid) else { continue };
            match told.get(pid) {
                Some(told) => {
                    compared += 1;
                    let differs = differs(before, told, after);
                    assert_eq!(differs, None, "{}", differs.as_deref().unwrap_or_default());
                }
                None => read_there += 1,
            }
        }
    }
    println!("{compared} sightings compared, {read_there} were left to /proc");
    assert!(compared > read_there, "most need not be read");
}
