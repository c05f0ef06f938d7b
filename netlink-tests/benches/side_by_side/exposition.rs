//! What it costs to be asked: a scrape a second among 3000 governed processes, and whether those who connect and say
//! little or nothing delay the sight of an exec.

use super::contestant::Contestant;
use super::figures::{cpu_of, cpu_of_threads, median, quantile};
use super::tracer::Tracer;
use netlink_tests::bench::asking::get;
use netlink_tests::bench::{Actor, Stage, eventually};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

const JOBS: usize = 3000;
const SCRAPES: u32 = 60;
const ROUNDS: usize = 8;
const TARGETS: usize = 60;

pub(crate) fn run() {
    let stage = Stage::new();
    let tracer = Tracer::new(stage.path());
    let target = stage.copy("side-service");
    let service = Contestant::listening("side-service");
    match tracer {
        Ok(tracer) => beside_a_crowd(&service, &tracer, &stage),
        Err(why) => println!("SKIPPED exec → seen beside a crowd: needs tracefs ({why})"),
    }
    let jobs: Vec<Actor> = (0..JOBS).map(|_| Actor::start(&target, "sleep")).collect();
    let governed = || std::fs::read_dir(service.jobs()).expect("the jobs").flatten();
    eventually("all are governed", || governed().filter(|group| group.path().is_dir()).count() == JOBS);
    sleep(Duration::from_secs(5)); // the state is saved, the log written
    scrapes(&service);
    drop(jobs);
}

/// Windows with and without scrapes, in turns.
fn scrapes(service: &Contestant) {
    let address = service.address();
    let (mut asked, mut metered, mut alone) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let meter = || cpu_of_threads(service.pid(), |name| name == "meter");
    let (mut answers, mut size, turns) = (Vec::new(), 0, 4);
    for _ in 0..turns {
        let before = cpu_of(service.pid());
        sleep(Duration::from_secs(1) * (SCRAPES / turns));
        alone += cpu_of(service.pid()) - before;
        let (before, meter_before) = (cpu_of(service.pid()), meter());
        let mut next = Instant::now();
        for _ in 0..SCRAPES / turns {
            sleep(next.saturating_duration_since(Instant::now()));
            next += Duration::from_secs(1);
            let began = Instant::now();
            let answer = get(address, "/metrics", "");
            answers.push(began.elapsed().as_secs_f64() * 1e3);
            assert_eq!(answer.status, 200);
            size = answer.body.len();
        }
        sleep(next.saturating_duration_since(Instant::now()));
        asked += cpu_of(service.pid()) - before;
        metered += meter() - meter_before;
    }
    let share = |cpu: Duration| 100.0 * cpu.as_secs_f64() / f64::from(SCRAPES);
    println!(
        "\n| {JOBS} jobs, a scrape a second | scrapes | KiB | median ms | p99 ms | CPU, % of a core | of it the meter | without scrapes |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    println!(
        "| 200 of them with series | {SCRAPES} | {} | {:.2} | {:.2} | {:.3} | {:.3} | {:.3} |",
        size / 1024,
        median(&answers),
        quantile(&answers, 0.99),
        share(asked),
        share(metered),
        share(alone)
    );
}

fn beside_a_crowd(service: &Contestant, tracer: &Tracer, stage: &Stage) {
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (crowded, seen) in [false, true].into_iter().zip(&mut seen) {
            let crowd = crowded.then(|| Crowd::gather(service.address()));
            seen.extend(block(service, tracer, stage));
            drop(crowd);
        }
    }
    let [calm, crowded] = &seen;
    println!("\n| exec → seen, µs | n | p50 | p99 |\n| --- | --- | --- | --- |");
    for (name, values) in [("nobody connected", calm), ("100 idle, 100 dripping clients", crowded)] {
        println!("| {name} | {} | {:.0} | {:.0} |", values.len(), median(values), quantile(values, 0.99));
    }
    println!("\nratio of the medians: {:.2}", median(crowded) / median(calm));
}

fn block(service: &Contestant, tracer: &Tracer, stage: &Stage) -> Vec<f64> {
    let program = stage.copy("side-service");
    sleep(Duration::from_millis(300));
    tracer.follow(&service.threads(&[]));
    tracer.clear();
    let targets: Vec<Actor> = (0..TARGETS)
        .map(|_| {
            sleep(Duration::from_millis(50));
            Actor::start(&program, "sleep")
        })
        .collect();
    sleep(Duration::from_millis(100));
    let trace = tracer.read();
    let first_call = |target: &Actor| {
        let exec = trace.execs.iter().find(|(pid, _)| *pid == target.pid()).expect("its exec was traced").1;
        trace.calls.iter().find(|at| **at >= exec).map(|at| at - exec)
    };
    targets.iter().filter_map(first_call).collect()
}

/// Clients that say nothing, and clients that say a byte five times a second; each has ten seconds for its request, more
/// than a block takes.
struct Crowd {
    over: Arc<AtomicBool>,
    idle: Vec<TcpStream>,
    dripping: Option<JoinHandle<()>>,
}

impl Crowd {
    fn gather(address: SocketAddr) -> Crowd {
        let connect = |_| TcpStream::connect(address).expect("it lets us in");
        let idle = (0..100).map(connect).collect();
        let mut clients: Vec<TcpStream> = (0..100).map(connect).collect();
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let dripping = spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                for client in &mut clients {
                    client.write_all(b"G").expect("it is not dropped yet");
                }
                sleep(Duration::from_millis(200));
            }
        });
        Crowd { over, idle, dripping: Some(dripping) }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.idle.clear();
        self.dripping.take().map(JoinHandle::join).transpose().expect("nobody was dropped");
    }
}
