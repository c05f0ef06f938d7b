//! `top` in a terminal: what is drawn, what keys do, and that the terminal is a shell's again afterwards.

use super::command;
use netlink_tests::bench::{Actor, Service, Setup, Stage, Terminal, turn};
use netlink_tests::need;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn top(service: &Service) -> Terminal {
    top_in(service, "top --interval 100ms", 120)
}

fn top_in(service: &Service, words: &str, columns: u16) -> Terminal {
    Terminal::run(command(&service.control_socket(), words).env("NO_COLOR", "1"), columns, 24)
}

/// The words below the headings of the table of processes.
fn processes(screen: &[String]) -> Vec<Vec<&str>> {
    let rows = screen.iter().skip_while(|line| !line.trim_start().starts_with("PID")).skip(1);
    rows.map(|line| line.split_whitespace().collect()).collect()
}

/// The jobs in the table, from top to bottom.
fn jobs(screen: &[String]) -> Vec<String> {
    let rows = screen.iter().skip_while(|line| !line.starts_with("JOB")).skip(1);
    rows.filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
}

#[test]
fn jobs_are_drawn_sorted_filtered_and_the_terminal_is_given_back() {
    if !need::service("jobs_are_drawn_sorted_filtered_and_the_terminal_is_given_back") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let stage = Stage::new();
    let first = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let second = Actor::start(&stage.copy("gst-launch-1.0"), "sleep");
    let (ffmpeg, gst) = (first.caught_as("ffmpeg"), second.caught_as("gst-launch-1.0"));
    let mut terminal = top(&service);
    let screen = terminal.shows("both jobs", |screen| jobs(screen).len() == 2);
    assert!(screen[0].starts_with("ffrtmp ") && screen[3].starts_with("sorted by cpu"), "{screen:#?}");
    assert!(terminal.written().starts_with("\x1b[?1049h") && !terminal.is_as_before());

    terminal.press("n");
    terminal.shows("by name", |screen| jobs(screen) == [ffmpeg.as_str(), &gst]);
    terminal.press("r");
    terminal.shows("turned round", |screen| jobs(screen) == [gst.as_str(), &ffmpeg]);
    terminal.press("/gst\r");
    terminal.shows("one of them", |screen| jobs(screen) == [gst.as_str()]);
    terminal.press("\x1b");
    terminal.shows("both again", |screen| jobs(screen).len() == 2);
    terminal.press("?");
    terminal.shows("the keys", |screen| screen.iter().any(|line| line.contains("quit")));
    terminal.press("x");
    terminal.resize(50, 6);
    let small = terminal.shows("a small window", |screen| screen.len() == 6 && jobs(screen).len() == 1);
    assert!(small.iter().all(|line| line.chars().count() <= 50), "{small:#?}");
    terminal.resize(120, 24);
    drop(second);
    terminal.shows("who is left", |screen| jobs(screen) == [ffmpeg.as_str()]);

    terminal.press("q");
    assert!(terminal.ended().success());
    assert!(terminal.is_as_before());
    terminal.wait_for("\x1b[?25h\x1b[?1049l");
    assert!(terminal.written().ends_with("\x1b[?25h\x1b[?1049l"));
}

#[test]
fn who_uses_the_host_is_drawn_sorted_filtered_and_left_for_the_jobs() {
    if !need::service("who_uses_the_host_is_drawn_sorted_filtered_and_left_for_the_jobs") {
        return;
    }
    let _turn = turn();
    let service = Setup::new()
        .config("scanner: { interval: 200ms, cpu_budget: 100, overload: 1000, top_n: 1000 }")
        .start();
    let stage = Stage::new();
    let held = Actor::start(&stage.copy("ffmpeg"), "busy");
    let large = Actor::start(&stage.copy("top-large"), "grow 64");
    let busy = Actor::named(&stage.copy("top-\x1b[31m\n"), "x", "threads 3 busy");
    let job = held.caught_as("ffmpeg");
    let [held, large, busy] = [held.pid(), large.pid(), busy.pid()].map(|pid| pid.to_string());

    let mut terminal = top(&service);
    terminal.shows("the job", |screen| jobs(screen) == [job.as_str()]);
    terminal.press("\t/top-\r");
    let pids = |screen: &[String]| processes(screen).iter().map(|row| row[0].to_owned()).collect::<Vec<_>>();
    let screen = terminal.shows("both, the busy one first", |screen| pids(screen) == [busy.as_str(), &large]);
    assert!(screen[2].starts_with("host CPU ") && screen[2].contains("  captured "), "{screen:#?}");
    assert!(screen[3].starts_with("sorted by score; filter: top-; tab for jobs"), "{screen:#?}");
    let first = &processes(&screen)[0];
    assert_eq!((first[1], first[3], first.last()), ("root", "4", Some(&"top-\\u{1b}[31m\\n")), "{screen:#?}");
    terminal.press("m");
    terminal.shows("the large one first", |screen| pids(screen) == [large.as_str(), &busy]);
    terminal.press("/governed\r");
    terminal
        .shows("the one of a job", |screen| pids(screen) == [held.as_str()] && screen[5].contains(" yes "));
    terminal.resize(60, 24);
    let narrow = terminal.shows("a narrow table", |screen| !screen[4].contains("SCORE"));
    assert!(narrow.iter().all(|line| line.chars().count() <= 60), "{narrow:#?}");
    terminal.resize(120, 24);
    terminal.press("\t");
    terminal.shows("the jobs again", |screen| jobs(screen) == [job.as_str()]);
    terminal.press("q");
    assert!(terminal.ended().success());
    assert!(!terminal.written().contains("\x1b[31m"), "no name gives orders to a terminal");
}

#[test]
fn where_there_is_no_list_it_is_said() {
    if !need::service("where_there_is_no_list_it_is_said") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scanner: { top_n: 0 }").start();
    let terminal = top_in(&service, "top --processes --interval 100ms", 160);
    let told = |line: &String| line.starts_with("The service has no list of processes");
    terminal.shows("that there is none", |screen| screen.get(4).is_some_and(told));
}

#[test]
fn a_service_that_ends_is_told_and_one_that_comes_back_is_shown() {
    if !need::service("a_service_that_ends_is_told_and_one_that_comes_back_is_shown") {
        return;
    }
    let _turn = turn();
    let mut service = Setup::new().start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = actor.caught_as("ffmpeg");
    let terminal = top(&service);
    terminal.shows("the job", |screen| jobs(screen) == [job.as_str()]);
    assert!(service.stop().success());
    let gone = |screen: &[String]| screen.get(3).is_some_and(|line| line.contains("not running"));
    terminal.shows("that the service has ended, and the jobs as they were", |screen| {
        gone(screen) && jobs(screen) == [job.as_str()]
    });
    let service = service.start_again();
    terminal.shows("the service again", |screen| !gone(screen) && jobs(screen) == [job.as_str()]);
    drop(service);
}

#[test]
fn signals_give_the_terminal_back() {
    if !need::service("signals_give_the_terminal_back") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let by_key = |terminal: &mut Terminal| terminal.press("\x03");
    let by_signal = |terminal: &mut Terminal| {
        kill(Pid::from_raw(terminal.pid().cast_signed()), Signal::SIGTERM).expect("a signal");
    };
    for end in [by_key as fn(&mut Terminal), by_signal] {
        let mut terminal = top(&service);
        terminal.shows("a table", |screen| screen.iter().any(|line| line.starts_with("JOB")));
        end(&mut terminal);
        assert!(terminal.ended().success());
        assert!(terminal.is_as_before());
        terminal.wait_for("\x1b[?25h\x1b[?1049l");
    }
}

#[test]
fn a_stopped_one_gives_the_terminal_back_until_it_goes_on() {
    if !need::service("a_stopped_one_gives_the_terminal_back_until_it_goes_on") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let mut terminal = top(&service);
    terminal.shows("a table", |screen| screen.iter().any(|line| line.starts_with("JOB")));
    terminal.press("\x1a");
    terminal.wait_for("\x1b[?25h\x1b[?1049l");
    netlink_tests::bench::eventually("the terminal is a shell's", || terminal.is_as_before());
    kill(Pid::from_raw(terminal.pid().cast_signed()), Signal::SIGCONT).expect("a signal");
    netlink_tests::bench::eventually("it is taken again", || {
        terminal.written().matches("\x1b[?1049h").count() == 2 && !terminal.is_as_before()
    });
    terminal.press("q");
    assert!(terminal.ended().success());
}
