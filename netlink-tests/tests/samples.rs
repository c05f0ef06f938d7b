//! Samples against references that owe us nothing: the procfs crate, `ps` where there is one, and the kernel's accounts of a
//! cgroup of the test's own. Each reference is read before and after the pass: what we say must lie between the two, give
//! or take two ticks.
#![expect(clippy::disallowed_methods, reason = "a test may wait")]

use ffrtmp::model::Pid;
use ffrtmp::model::sample::{Round, Sample};
use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::cgroup::{Home, counter};
use netlink_tests::bench::{Actor, Stage, eventually};
use netlink_tests::counting::{Counting, allocations};
use netlink_tests::driven::Driven;
use netlink_tests::need;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

#[global_allocator]
static COUNTING: Counting = Counting;

/// Two ticks, or one per cent of what there is where that is more.
fn slack(of: Duration) -> Duration {
    Duration::from_millis(20).max(of / 100)
}

#[track_caller]
fn assert_between(what: &str, low: Duration, ours: Duration, high: Duration) {
    println!("{what}: {ours:?} is between {low:?} and {high:?}");
    assert!(ours + slack(low) >= low && ours <= high + slack(high), "{what}: {low:?} {ours:?} {high:?}");
}

/// What the procfs crate says: processor time, time of ended children, bytes in memory, threads.
fn reference(pid: u32) -> (Duration, Duration, u64, i64) {
    let stat = procfs::process::Process::new(pid.cast_signed()).and_then(|process| process.stat());
    let stat = stat.expect("it lives");
    let ticks = |ticks: u64| Duration::from_nanos(ticks * 1_000_000_000 / procfs::ticks_per_second());
    let reaped = (stat.cutime + stat.cstime).cast_unsigned();
    (ticks(stat.utime + stat.stime), ticks(reaped), stat.rss * procfs::page_size(), stat.num_threads)
}

fn cpu(sample: &Sample) -> Duration {
    Duration::from_nanos(sample.used.cpu.0)
}

#[track_caller]
fn of(round: &Round, pid: u32) -> Sample {
    *round.of(Pid(pid)).unwrap_or_else(|| panic!("no sample of {pid}"))
}

#[test]
fn processes_of_every_kind_agree_with_what_procfs_reads() {
    if !need::root("processes_of_every_kind_agree_with_what_procfs_reads") {
        return;
    }
    let stage = Stage::new();
    let program = stage.copy("sampled");
    let kinds = ["busy", "sleep", "grow 32", "threads 20 busy", "churn 1000000"];
    let actors: Vec<Actor> = kinds.iter().map(|words| Actor::start(&program, words)).collect();
    eventually("they are under way", || {
        reference(actors[2].pid()).2 > 32 << 20 && reference(actors[3].pid()).3 == 21
    });
    let mut driven = Driven::running();
    for _ in 0..5 {
        sleep(Duration::from_millis(200));
        let before: Vec<_> = actors.iter().map(|actor| reference(actor.pid())).collect();
        let round = driven.round();
        for ((kind, actor), low) in kinds.iter().zip(&actors).zip(before) {
            let (ours, high) = (of(&round, actor.pid()), reference(actor.pid()));
            assert_between(kind, low.0, cpu(&ours), high.0);
            let reaped = Duration::from_nanos(ours.used.reaped.0);
            assert_between(&format!("{kind}, its ended children"), low.1, reaped, high.1);
            let (least, most) = (low.2.min(high.2), low.2.max(high.2));
            // The kernel keeps some of the count on each processor, and lets it be so far out.
            let lag = 256 * procfs::page_size();
            assert!(
                (least.saturating_sub(lag)..=most + lag).contains(&ours.used.resident),
                "{kind}: {ours:?}"
            );
            assert_eq!(i64::from(ours.used.threads), low.3, "{kind}");
        }
    }
}

#[test]
fn everything_else_is_said_as_ps_says_it() {
    if !need::root("everything_else_is_said_as_ps_says_it") {
        return;
    }
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("sampled-by-ps"), "user 65534 threads 3 sleep");
    let pid = actor.pid();
    let ps = |what: &str| {
        let told = Command::new("ps").args(["-o", what, "-p", &pid.to_string()]).output().ok()?;
        let told = String::from_utf8(told.stdout).ok()?.trim().to_owned();
        (!told.is_empty()).then_some(told)
    };
    if ps("nlwp=").is_none() {
        return println!("SKIPPED everything_else_is_said_as_ps_says_it: needs a ps that takes -o");
    }
    eventually("it sleeps", || ps("nlwp=").as_deref() == Some("4") && ps("uid=").as_deref() == Some("65534"));
    let ours = of(&Driven::running().round(), pid);
    let told = ["ppid=", "uid=", "nlwp=", "s=", "comm="].map(|what| ps(what).expect("it lives"));
    let state = char::from(ours.used.state).to_string();
    let comm = String::from_utf8_lossy(ours.comm.as_bytes()).into_owned();
    assert_eq!(
        [ours.ppid.to_string(), ours.uid.to_string(), ours.used.threads.to_string(), state, comm],
        told
    );
    assert!(!ours.kernel_thread);
}

#[test]
fn rates_agree_with_the_account_of_a_group() {
    if !need::groups("rates_agree_with_the_account_of_a_group") {
        return;
    }
    let (stage, home) = (Stage::new(), Home::new("rates"));
    let program = stage.copy("sampled");
    let actor = home.start(&program, "burners 2");
    let used = || Duration::from_micros(counter(home.path(), "cpu.stat", "usage_usec"));
    eventually("it runs", || used() > Duration::from_millis(100));
    let mut driven = Driven::running();
    let outer = used();
    let first = driven.round();
    let inner = used();
    sleep(Duration::from_secs(3));
    let inner = used() - inner;
    let second = driven.round();
    let outer = used() - outer;
    let ours = of(&second, actor.pid());
    let over = ours.read_at - of(&first, actor.pid()).read_at;
    let told = over.mul_f32(ours.recent.expect("a round before").cores);
    assert_between("two threads in three seconds", inner, told, outer);
    let busy = second.busy.expect("a round before");
    assert!(busy <= f64::from(second.host.cores) * 1.02 + 0.05, "{busy}");
}

/// None of them lives for long enough to be met, but what they used is told, once, as their parent's.
#[test]
fn what_a_thousand_used_that_lived_for_milliseconds_is_in_the_account_of_their_group() {
    if !need::groups("what_a_thousand_used_that_lived_for_milliseconds_is_in_the_account_of_their_group") {
        return;
    }
    // Whoever ends uses a little more after his own account is closed, and much if the machine stands still just then.
    let is_right = (0..3).any(|_| {
        let (told, all) = a_thousand_short_lives();
        told.abs_diff(all) <= slack(all)
    });
    assert!(is_right);
}

/// What was told of them, and what their group used.
fn a_thousand_short_lives() -> (Duration, Duration) {
    let (stage, home) = (Stage::new(), Home::new("short"));
    let gate = stage.path().join("gate");
    let words = format!("await {} churn 1000 rename done sleep", gate.display());
    let actor = home.start(&stage.copy("sampled"), &words);
    let mut driven = Driven::running();
    let used = || Duration::from_micros(counter(home.path(), "cpu.stat", "usage_usec"));
    let by_procfs = || {
        let (own, reaped, ..) = reference(actor.pid());
        own + reaped
    };
    let procfs_before = by_procfs();
    let mut told = Duration::ZERO;
    let mut last = driven.round();
    let before = used();
    std::fs::write(&gate, "").expect("the gate");
    let mut rounds = 0;
    eventually("all have lived", || {
        sleep(Duration::from_millis(300));
        let round = driven.round();
        let ours: Vec<&Sample> = round.samples.iter().filter(|s| is_of(s, actor.pid())).collect();
        told += ours.iter().map(|sample| spent(sample, &last)).sum::<Duration>();
        rounds += 1;
        let done = ours.iter().any(|sample| sample.comm.as_bytes() == b"done");
        let idle = ours.iter().all(|sample| spent(sample, &last) == Duration::ZERO);
        last = round;
        done && idle
    });
    let all = used() - before;
    let kernel = by_procfs() - procfs_before;
    println!("1000 in {rounds} rounds: the group used {all:?}, told {told:?}, procfs {kernel:?}");
    // The reference cuts each of its numbers to a tick, at both ends; what is told may be finer.
    assert!(told.abs_diff(kernel) <= Duration::from_millis(40), "{told:?} of {kernel:?}");
    assert!(all > Duration::from_millis(600), "they ran: {all:?}");
    (told, all)
}

fn is_of(sample: &Sample, parent: u32) -> bool {
    sample.identity.pid.0 == parent || sample.ppid.0 == parent
}

fn spent(sample: &Sample, last: &Round) -> Duration {
    let Some(recent) = sample.recent else { return Duration::ZERO };
    let before = last.of(sample.identity.pid).filter(|before| before.identity == sample.identity);
    let over = sample.read_at - before.map_or(last.at, |before| before.read_at);
    over.mul_f64(f64::from(recent.cores + recent.children))
}

#[test]
fn what_was_written_is_read_of_those_that_have_run() {
    if !need::root("what_was_written_is_read_of_those_that_have_run") {
        return;
    }
    let mut driven = Driven::running();
    let idle = Actor::start(&Stage::new().copy("idle"), "sleep");
    let round = driven.round();
    let own = procfs::process::Process::myself().and_then(|own| own.io()).expect("our own");
    let ours = of(&round, std::process::id()).used.io.expect("it has run");
    assert!(ours.read <= own.read_bytes && ours.written <= own.write_bytes, "{ours:?} {own:?}");
    let lived = of(&round, idle.pid());
    assert!(lived.used.io.is_none() || lived.used.cpu.0 > 0, "{lived:?}");
}

/// Of five hundred processes more a sampling pass asks for no more memory, but for the lists that it keeps: one request each.
#[test]
fn sampling_many_processes_costs_no_memory_for_each() {
    if !need::root("sampling_many_processes_costs_no_memory_for_each") {
        return;
    }
    let mut driven = Driven::running();
    let mut asked = || {
        // The first show how large the lists get.
        (0..3).for_each(|_| _ = driven.round());
        let least = (0..5).map(|_| {
            let before = allocations();
            let round = driven.round();
            (allocations() - before, round.samples.len())
        });
        least.min().expect("five")
    };
    let (few, before) = asked();
    let crowd = Actor::start(&Stage::new().copy("crowd"), "children 500 sleep");
    eventually("they live", || children_of(crowd.pid()).len() == 500);
    let (many, with_them) = asked();
    println!("{few} requests for {before} processes, {many} for {with_them}");
    assert!(with_them >= before.saturating_sub(100) + 500);
    assert!(many < few + 20, "{many} requests for {with_them} processes, {few} for {before}");
}
