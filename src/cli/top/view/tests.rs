//! Keys as somebody presses them, and what is seen then.

use super::*;
use crate::cli::args::columns::{JobKey, ProcessKey};
use crate::cli::jobs::{self, tests::jobs as sample};

fn of_jobs(key: JobKey) -> View {
    View::of(Sort::Jobs(key), Sort::Processes(ProcessKey::Score))
}

fn press(view: &mut View, text: &str) -> Vec<Wish> {
    crate::cli::top::keys::read(text.as_bytes()).into_iter().map(|key| view.press(key)).collect()
}

fn seen(view: &mut View, room: usize) -> Vec<u32> {
    let Sort::Jobs(key) = view.sort() else { panic!("{view:?}") };
    let chosen =
        view.sheet().choose(&sample(), room, jobs::about, |jobs, turned| jobs::sort(jobs, key, turned));
    chosen.iter().map(|job| job.pid).collect()
}

#[test]
fn keys_sort_and_turn() {
    let mut view = of_jobs(JobKey::Cpu);
    assert_eq!(seen(&mut view, 9), [10, 11, 9]);
    press(&mut view, "p");
    assert_eq!(seen(&mut view, 9), [9, 10, 11]);
    press(&mut view, "r");
    assert_eq!(seen(&mut view, 9), [11, 10, 9]);
    assert_eq!(press(&mut view, "xq"), [Wish::Stay, Wish::Quit]);
}

#[test]
fn a_filter_is_typed_kept_and_dropped() {
    let mut view = of_jobs(JobKey::Pid);
    // `q` is a letter of the text here.
    assert_eq!(press(&mut view, "/ffq\x7fm"), [Wish::Stay; 6]);
    assert_eq!((seen(&mut view, 9), view.told().contains("filter: ffm_")), (vec![10], true));
    press(&mut view, "\r");
    assert!(view.told().contains("filter: ffm;"), "{}", view.told());
    press(&mut view, "\x1b");
    assert_eq!(seen(&mut view, 9).len(), 3);
    press(&mut view, "/GOVERNED\r");
    assert_eq!(seen(&mut view, 9), [10, 11]);
}

#[test]
fn scrolling_ends_with_the_last_and_help_goes_with_any_key() {
    let mut view = of_jobs(JobKey::Pid);
    assert_eq!(seen(&mut view, 2), [9, 10]);
    press(&mut view, "\x1b[B\x1b[B\x1b[B");
    assert_eq!(seen(&mut view, 2), [10, 11]);
    press(&mut view, "\x1b[5~");
    assert_eq!(seen(&mut view, 2), [9, 10]);
    press(&mut view, "?");
    assert!(view.help().is_some());
    assert_eq!((press(&mut view, "q"), view.help().is_some()), (vec![Wish::Stay], false));
    press(&mut view, " ");
    assert!(view.is_paused() && view.told().contains("standing still"));
}

#[test]
fn tab_shows_the_other_table_and_each_keeps_its_order_and_filter() {
    let mut view = of_jobs(JobKey::Cpu);
    press(&mut view, "a/ffm\r");
    assert_eq!(press(&mut view, "\t"), [Wish::Read]);
    assert_eq!(view.told(), "sorted by score; tab for jobs, ? for help");
    // There is no age here.
    press(&mut view, "ma");
    assert_eq!((view.sort(), view.help().is_some()), (Sort::Processes(ProcessKey::Memory), false));
    press(&mut view, "?");
    assert!(view.help().unwrap().any(|line| line.contains("score")));
    assert_eq!(press(&mut view, "\t\t"), [Wish::Stay, Wish::Read], "the first takes the help away");
    assert_eq!(view.told(), "sorted by age; filter: ffm; tab for processes, ? for help");
}
