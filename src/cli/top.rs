//! `ffrtmp top`: jobs, or the processes that use the most of the host, as a live screen, or as plain tables where nobody sits
//! at a terminal. It asks anew for every reading, so a service that ends and comes back needs no word from the user.

mod frame;
mod keys;
mod plain;
mod sheet;
mod view;

use super::args::client::TopArgs;
use super::args::columns::{self, JobKey, ProcessKey};
use super::ask::Service;
use super::paint::Paint;
use super::told::{Job, Status, Top};
use super::{Failed, Status as Exit};
use crate::config::read::Word;
use crate::config::values::Interval;
use crate::sys::screen::{Input, Screen};
use crate::sys::{clock, terminal};
use clap::ValueEnum;
use serde_json::json;
use sheet::Sort;
use std::time::Duration;
use view::{View, Wish};

/// Nobody at a keyboard is kept waiting for a service that stands still.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the service has told, each at its last asking.
#[derive(Debug, Default)]
struct Reading {
    status: Status,
    jobs: Vec<Job>,
    top: Option<Top>,
}

pub(super) fn run(args: &TopArgs) -> Result<(), Failed> {
    let Interval(every) = Interval::parse(&args.interval)
        .map_err(|why| Failed { status: Exit::Usage, text: format!("--interval: {why}") })?;
    let (jobs, processes) = (Sort::Jobs(JobKey::Cpu), Sort::Processes(ProcessKey::Score));
    let (shown, hidden) = if args.processes { (processes, jobs) } else { (jobs, processes) };
    let shown = args.sort.as_deref().map_or(Ok(shown), |column| wanted(shown, column))?;
    let service = Service::of(&args.client)?;
    if args.count.is_none() && !args.client.json && terminal::is_live() {
        live(&service.within(PATIENCE), View::of(shown, hidden), every)
    } else {
        plain::run(&service, args, shown, every)
    }
}

/// The same table by another column.
fn wanted(table: Sort, column: &str) -> Result<Sort, Failed> {
    fn key<K: ValueEnum + 'static>(what: &str, column: &str) -> Result<K, Failed> {
        K::from_str(column, false).map_err(|_| Failed {
            status: Exit::Usage,
            text: format!("--sort: {what} have no {column}; they have {}", columns::names::<K>().join(", ")),
        })
    }
    match table {
        Sort::Jobs(_) => key("jobs", column).map(Sort::Jobs),
        Sort::Processes(_) => key("processes", column).map(Sort::Processes),
    }
}

fn live(service: &Service, mut view: View, every: Duration) -> Result<(), Failed> {
    let paint = Paint::for_stdout();
    let mut reading = Reading::default();
    // One that cannot be reached at all is told of as by every other command.
    reading.renew(service, view.sort())?;
    let mut trouble = None;
    let broken = |e| Failed::because("the terminal cannot be used", &e);
    let mut screen = Screen::take().map_err(broken)?;
    let mut due = clock::mono() + every;
    loop {
        let size = screen.size();
        screen.draw(&frame::lines(&reading, &mut view, trouble.as_deref(), size, paint)).map_err(broken)?;
        let wish = match screen.wait(due - clock::mono()).map_err(broken)? {
            Input::End => Wish::Quit,
            Input::Changed => Wish::Stay,
            Input::Keys(bytes) => {
                keys::read(&bytes).into_iter().map(|key| view.press(key)).max().unwrap_or(Wish::Stay)
            }
            Input::TimeOut => {
                due = clock::mono() + every;
                if view.is_paused() { Wish::Stay } else { Wish::Read }
            }
        };
        match wish {
            Wish::Quit => return Ok(()),
            Wish::Read => trouble = reading.renew(service, view.sort()).err().map(|failed| failed.text),
            Wish::Stay => {}
        }
    }
}

impl Reading {
    /// Nothing is asked for that is not shown.
    fn renew(&mut self, service: &Service, shown: Sort) -> Result<(), Failed> {
        let mut talk = service.talk()?;
        self.status = talk.ask(json!({ "ask": "status" }))?.get("status")?;
        match shown {
            Sort::Jobs(_) => self.jobs = talk.ask(json!({ "ask": "ps" }))?.get("jobs")?,
            Sort::Processes(_) => self.top = talk.ask(json!({ "ask": "top" }))?.get("top")?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_sorted_by_a_column_of_its_own() {
        let (jobs, processes) = (Sort::Jobs(JobKey::Cpu), Sort::Processes(ProcessKey::Score));
        assert_eq!(wanted(jobs, "age"), Ok(Sort::Jobs(JobKey::Age)));
        assert_eq!(wanted(processes, "io"), Ok(Sort::Processes(ProcessKey::Io)));
        let Failed { status, text } = wanted(processes, "throttled").unwrap_err();
        assert!(
            status == Exit::Usage && text.contains("processes have no throttled; they have score, cpu"),
            "{text}"
        );
        assert_eq!(wanted(jobs, "score").unwrap_err().status, Exit::Usage);
    }
}
