//! What there is as a plain table, once or several times: for whoever has no terminal, or wants no screen.

use super::sheet::Sort;
use crate::cli::args::client::TopArgs;
use crate::cli::ask::{Service, Told};
use crate::cli::out::print;
use crate::cli::paint::Paint;
use crate::cli::told::{Job, Top};
use crate::cli::{Failed, jobs, processes, ps};
use crate::sys::{caller, terminal};
use serde_json::json;
use std::time::Duration;

pub(super) fn run(service: &Service, args: &TopArgs, sort: Sort, every: Duration) -> Result<(), Failed> {
    let paint = Paint::for_stdout();
    for n in 0..args.count.unwrap_or(1) {
        if n > 0 {
            caller::pause(every);
        }
        let mut talk = service.talk()?;
        let told = match sort {
            Sort::Jobs(_) => ps::ask(&mut talk, &json!({ "ask": "ps" }))?,
            Sort::Processes(_) => talk.ask(json!({ "ask": "top" }))?,
        };
        let gap = if n > 0 && !args.client.json { "\n" } else { "" };
        let text = if args.client.json { told.line.clone() } else { table(told, sort, paint)?.join("\n") };
        if !print(&format!("{gap}{text}\n"))? {
            break;
        }
    }
    Ok(())
}

fn table(told: Told, sort: Sort, paint: Paint) -> Result<Vec<String>, Failed> {
    let width = terminal::width();
    Ok(match sort {
        Sort::Jobs(key) => {
            let mut all: Vec<Job> = told.get("jobs")?;
            jobs::sort(&mut all, key, false);
            jobs::table(&all, width, paint)
        }
        Sort::Processes(key) => match told.get::<Option<Top>>("top")? {
            None => vec![processes::NO_LIST.to_owned()],
            Some(mut top) => {
                processes::sort(&mut top.list, key, false);
                let heading = [processes::heading(&top), String::new()];
                heading.into_iter().chain(processes::table(&top.list, width, paint)).collect()
            }
        },
    })
}
