//! `ffrtmp top`: jobs as a live screen, or as plain tables where nobody sits at a terminal. It asks anew for every reading,
//! so a service that ends and comes back needs no word from the user.

mod frame;
mod keys;
mod view;

use super::Failed;
use super::args::client::TopArgs;
use super::ask::{Service, Told};
use super::out::print;
use super::paint::Paint;
use super::told::{Job, Status};
use super::{Status as Exit, jobs, ps};
use crate::config::read::Word;
use crate::config::values::Interval;
use crate::sys::screen::{Input, Screen};
use crate::sys::{caller, clock, terminal};
use serde_json::json;
use std::time::Duration;
use view::{View, Wish};

/// Nobody at a keyboard is kept waiting for a service that stands still.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the service has told at one moment.
#[derive(Debug, Default)]
struct Reading {
    status: Status,
    jobs: Vec<Job>,
}

pub(super) fn run(args: &TopArgs) -> Result<(), Failed> {
    let Interval(every) = Interval::parse(&args.interval)
        .map_err(|why| Failed { status: Exit::Usage, text: format!("--interval: {why}") })?;
    let service = Service::of(&args.client)?;
    if args.count.is_none() && !args.client.json && terminal::is_live() {
        live(&service.within(PATIENCE), View::sorted_by(args.sort), every)
    } else {
        plain(&service, args, every)
    }
}

fn plain(service: &Service, args: &TopArgs, every: Duration) -> Result<(), Failed> {
    let paint = Paint::for_stdout();
    for n in 0..args.count.unwrap_or(1) {
        if n > 0 {
            caller::pause(every);
        }
        let told = ps::ask(&mut service.talk()?)?;
        let text = if args.client.json {
            told.line.clone() + "\n"
        } else {
            let mut all: Vec<Job> = told.get("jobs")?;
            jobs::sort(&mut all, args.sort, false);
            let gap = if n > 0 { "\n" } else { "" };
            format!("{gap}{}\n", jobs::table(&all, terminal::width(), paint).join("\n"))
        };
        if !print(&text)? {
            break;
        }
    }
    Ok(())
}

fn live(service: &Service, mut view: View, every: Duration) -> Result<(), Failed> {
    let paint = Paint::for_stdout();
    // One that cannot be reached at all is told of as by every other command.
    let mut reading = read(service)?;
    let mut trouble = None;
    let broken = |e| Failed::because("the terminal cannot be used", &e);
    let mut screen = Screen::take().map_err(broken)?;
    let mut due = clock::mono() + every;
    loop {
        let size = screen.size();
        screen.draw(&frame::lines(&reading, &mut view, trouble.as_deref(), size, paint)).map_err(broken)?;
        match screen.wait(due - clock::mono()).map_err(broken)? {
            Input::End => return Ok(()),
            Input::Changed => {}
            Input::Keys(bytes) => {
                if keys::read(&bytes).into_iter().any(|key| view.press(key) == Wish::Quit) {
                    return Ok(());
                }
            }
            Input::TimeOut => {
                if !view.is_paused() {
                    match read(service) {
                        Ok(fresh) => (reading, trouble) = (fresh, None),
                        Err(failed) => trouble = Some(failed.text),
                    }
                }
                due = clock::mono() + every;
            }
        }
    }
}

fn read(service: &Service) -> Result<Reading, Failed> {
    let mut talk = service.talk()?;
    let status = talk.ask(json!({ "ask": "status" })).and_then(|told: Told| told.get("status"))?;
    let jobs = talk.ask(json!({ "ask": "ps" })).and_then(|told| told.get("jobs"))?;
    Ok(Reading { status, jobs })
}
