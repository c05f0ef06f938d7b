//! The greatest processes of a real host, held against what the kernel says of processes of the test's own.
#![expect(clippy::disallowed_methods, reason = "tests look at the clock, and take turns")]

use netlink_tests::bench::{Actor, Service, Setup, Stage, cpu, eventually, turn};
use netlink_tests::need;
use procfs::{Current, Meminfo};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Whatever it costs: this machine may be busy with other things.
const SCANNER: &str = "interval: 1s, cpu_budget: 100, overload: 1000";

fn service(scanner: &str, flags: &[&str]) -> Service {
    let yaml = format!("target_commands: [ranked]\nscan_interval: 1s\n{}", top_of(scanner));
    Setup::new().config(&yaml).flags(&["--metrics-listen", "127.0.0.1:0"]).flags(flags).start()
}

fn top_of(scanner: &str) -> String {
    format!("scanner: {{ {scanner} }}\nmetrics: {{ max_top: 1000 }}\n")
}

fn top(service: &Service) -> Value {
    service.control().ask(json!({ "ask": "top" }))["top"].take()
}

fn rows(top: &Value) -> &[Value] {
    top["list"].as_array().map_or(&[], Vec::as_slice)
}

fn row<'t>(top: &'t Value, of: &Actor) -> Option<&'t Value> {
    rows(top).iter().find(|row| row["pid"] == of.pid())
}

fn real(of: &Value, key: &str) -> f64 {
    of[key].as_f64().unwrap_or_else(|| panic!("no {key} in {of}"))
}

/// Metrics that name this process.
fn series(service: &Service, of: &Actor) -> usize {
    let label = format!("pid=\"{}\"", of.pid());
    let told = netlink_tests::bench::asking::get(service.metrics_address(), "/metrics", "").body;
    told.lines().filter(|line| line.starts_with("ffrtmp_top_process_") && line.contains(&label)).count()
}

/// A process's time on processors, read again and again: bounds for any time in between.
struct Witness {
    pid: u32,
    seen: Vec<(Instant, f64)>,
}

/// A round takes its time, and one before may have taken another.
const MARGIN: Duration = Duration::from_millis(150);

impl Witness {
    fn look(&mut self) {
        self.seen.push((Instant::now(), cpu::time(self.pid).as_secs_f64()));
    }

    fn bounds(&self, from: Instant, to: Instant) -> Option<(f64, f64)> {
        let after = |moment| self.seen.iter().find(|(at, _)| *at >= moment).map(|(_, used)| used);
        let before = |moment| self.seen.iter().rfind(|(at, _)| *at <= moment).map(|(_, used)| used);
        let least = before(to - MARGIN)? - after(from + MARGIN)?;
        Some((least, after(to + MARGIN)? - before(from - MARGIN)?))
    }
}

#[test]
fn busy_and_big_ones_are_listed_with_their_shares() {
    if !need::service("busy_and_big_ones_are_listed_with_their_shares") {
        return;
    }
    let _turn = turn();
    let (stage, service) = (Stage::new(), service(&format!("{SCANNER}, top_n: 1000"), &[]));
    let busy = Actor::start(&stage.copy("ranked"), "busy");
    let big = Actor::start(&stage.copy("bystander"), "grow 100");
    busy.caught_as("ranked");
    let about_big =
        || procfs::process::Process::new(big.pid().cast_signed()).and_then(|p| p.stat()).expect("stat");
    eventually("it has grown", || about_big().rss * procfs::page_size() > 100 << 20);
    let mut witness = Witness { pid: busy.pid(), seen: Vec::new() };
    let (mut list, mut rate) = (Value::Null, None);
    eventually("a list is made while its time is being read", || {
        witness.look();
        list = top(&service);
        let heard = Instant::now();
        let Some(over) = list["over"].as_f64() else { return false };
        let to = heard - Duration::from_secs_f64(real(&list, "age"));
        rate = witness.bounds(to - Duration::from_secs_f64(over), to).map(|(l, m)| (l / over, m / over));
        rate.is_some() && row(&list, &big).is_some_and(|row| real(row, "memory") > 1e8)
    });
    let ((least, most), listed) = (rate.expect("bounds"), row(&list, &busy).expect("a row"));
    println!("{} cores are told; it had between {least:.3} and {most:.3}", listed["cpu"]);
    assert!((least - 0.03..most + 0.03).contains(&real(listed, "cpu")), "{listed}");
    assert_eq!(
        (&listed["governed"], &listed["command"], &listed["uid"]),
        (&json!(true), &json!("ranked"), &json!(0))
    );

    let bystander = row(&list, &big).expect("a row");
    let stat = about_big();
    let resident = (stat.rss * procfs::page_size()) as f64;
    assert!((real(bystander, "memory") - resident).abs() < 1e6, "{bystander} {resident}");
    assert_eq!((&bystander["governed"], &bystander["start_time"]), (&json!(false), &json!(stat.starttime)));
    let (memory, cores) = (Meminfo::current().expect("meminfo").mem_total as f64, real(&list, "cores"));
    assert_eq!(real(&list, "memory"), memory);
    for row in [listed, bystander] {
        let cpu = (real(row, "cpu") + real(row, "children_cpu")) / cores;
        let score = 0.7 * cpu.min(1.0) + 0.3 * real(row, "memory") / memory;
        assert!((real(row, "score") - score).abs() < 1e-5, "{score} {row}");
    }
    let scores: Vec<f64> = rows(&list).iter().map(|row| real(row, "score")).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b));
}

#[test]
fn metrics_tell_what_the_answer_tells() {
    if !need::service("metrics_tell_what_the_answer_tells") {
        return;
    }
    let _turn = turn();
    let (stage, service) = (Stage::new(), service(&format!("{SCANNER}, top_n: 1000"), &[]));
    let busy = Actor::start(&stage.copy("ranked"), "busy");
    let labels = format!("{{pid=\"{}\",command=\"ranked\"}}", busy.pid());
    eventually("both tell of the same round", || {
        let (before, scrape, after) = (top(&service), service.scrape(), top(&service));
        let of_one_round = before["over"] == after["over"] && after["age"].as_f64() >= before["age"].as_f64();
        let Some(row) = row(&after, &busy).filter(|row| of_one_round && !row["cpu"].is_null()) else {
            return false;
        };
        // Digits get lost in reading, not in writing.
        let agree = |told: f64, answered: f64| assert!((told - answered).abs() < 1e-9, "{told} {answered}");
        let told = |name: &str| scrape.value(&format!("top_process_{name}{labels}"));
        agree(told("cpu_cores"), real(row, "cpu") + real(row, "children_cpu"));
        agree(told("memory_bytes"), real(row, "memory"));
        agree(told("score"), real(row, "score"));
        agree(scrape.value("top_capture_ratio"), real(&after, "captured"));
        agree(scrape.value("top_processes"), rows(&after).len() as f64);
        true
    });
}

/// Long before the next list is made.
#[test]
fn who_ends_leaves_the_list_and_its_metrics() {
    if !need::service("who_ends_leaves_the_list_and_its_metrics") {
        return;
    }
    let _turn = turn();
    for flags in [&[][..], &["--poll-only"]] {
        let stage = Stage::new();
        let mut big = Actor::start(&stage.copy("ranked"), "grow 50");
        let service = service("interval: 1h, max_interval: 1h, top_n: 1000", flags);
        eventually("it is listed", || row(&top(&service), &big).is_some() && series(&service, &big) == 2);
        let before = top(&service);
        assert_eq!(
            (&before["over"], &before["captured"], &row(&before, &big).expect("a row")["cpu"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
        big.kill();
        eventually("it is listed no more", || row(&top(&service), &big).is_none());
        assert_eq!(series(&service, &big), 0);
        let after = top(&service);
        assert!(
            real(&after, "age") > real(&before, "age") && !rows(&after).is_empty(),
            "{flags:?}: the same list"
        );
    }
}

#[test]
fn the_list_covers_less_than_all_where_more_are_busy_than_it_holds() {
    if !need::service("the_list_covers_less_than_all_where_more_are_busy_than_it_holds") {
        return;
    }
    let _turn = turn();
    let (stage, service) = (Stage::new(), service(&format!("{SCANNER}, top_n: 2"), &[]));
    let crowd: Vec<Actor> = (0..6).map(|_| Actor::start(&stage.copy("ranked"), "busy")).collect();
    let sum =
        |top: &Value| rows(top).iter().map(|row| real(row, "cpu") + real(row, "children_cpu")).sum::<f64>();
    eventually("the crowd's time is in a round", || {
        let list = top(&service);
        let Some(captured) = list["captured"].as_f64() else { return false };
        // Of the kernel's count the list has no more than it tells; of the sum of samples neither.
        assert!(
            rows(&list).len() <= 2 && captured <= sum(&list) / real(&list, "busy_cores") + 1e-6,
            "{list}"
        );
        captured > 0.0 && captured < 0.9
    });
    let configure = |top_n: u32| {
        let yaml = format!("target_commands: [ranked]\n{}", top_of(&format!("{SCANNER}, top_n: {top_n}")));
        service.reload(&yaml);
    };
    configure(0);
    eventually("there is no list any more", || top(&service).is_null());
    let scrape = service.scrape();
    assert_eq!((scrape.get("top_processes"), scrape.get("top_capture_ratio")), (None, None));
    configure(1000);
    eventually("all of the crowd are listed, and cover more", || {
        let list = top(&service);
        let listed = crowd.iter().filter(|of| row(&list, of).is_some()).count();
        listed == crowd.len() && list["captured"].as_f64().is_some_and(|captured| captured > 0.75)
    });
}
