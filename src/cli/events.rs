//! `ffrtmp events`: what has happened, a line each, and with `--follow` what happens. A lost connection is made anew and
//! taken up where it ended; what cannot be had any more is said.

mod line;

use super::Failed;
use super::args::client::EventsArgs;
use super::ask::{Service, Talk};
use super::out::print;
use super::told::Stream;
use crate::sys::caller;
use line::Line;
use serde_json::json;
use std::time::Duration;

/// Between two tries to reach a service that has ended.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether there is more to come.
enum Ended {
    /// All was told, or nobody reads it.
    Done,
    /// The service has hung up.
    Lost,
    /// The numbers belong to another life of the service.
    Restarted,
}

pub(super) fn run(args: &EventsArgs) -> Result<(), Failed> {
    let service = Service::of(&args.client)?;
    let mut reader = Reader { args, after: args.after.unwrap_or(0), life: None };
    let mut talk = service.talk()?;
    loop {
        match reader.read(&mut talk)? {
            Ended::Done => return Ok(()),
            Ended::Lost if !args.follow => return Err(cut_short(&service)),
            Ended::Lost => {
                eprintln!("-- the service has hung up; waiting for it");
                talk = reached_again(&service);
            }
            Ended::Restarted => {
                eprintln!("-- the service was started anew: numbers begin again");
                talk = service.talk()?;
            }
        }
    }
}

fn reached_again(service: &Service) -> Talk {
    loop {
        caller::pause(PAUSE);
        if let Ok(talk) = service.talk() {
            return talk;
        }
    }
}

fn cut_short(service: &Service) -> Failed {
    Failed::because("the service has hung up before the end", &service.socket.display())
}

struct Reader<'a> {
    args: &'a EventsArgs,
    /// The number of the last record that is done with.
    after: u64,
    /// Which life of the service the number is of, once that is known.
    life: Option<(String, Option<String>)>,
}

impl Reader<'_> {
    fn read(&mut self, talk: &mut Talk) -> Result<Ended, Failed> {
        let question = json!({ "ask": "events", "after": self.after, "follow": self.args.follow });
        let Stream { boot_id, since, last } = talk.ask(question)?.get("events")?;
        let life = Some((boot_id, since));
        let restarted = last < self.after || self.life.is_some() && self.life != life;
        self.life = life;
        if restarted {
            self.after = 0;
            return Ok(Ended::Restarted);
        }
        if self.args.follow {
            talk.wait_for_ever()?;
        }
        while let Some(text) = talk.hear()? {
            let line = Line::read(&text);
            if line.is_end() {
                return Ok(Ended::Done);
            }
            self.after = line.last_seq().unwrap_or(self.after);
            let readable = if self.args.client.json { text } else { line.to_string() };
            if !print(&(readable + "\n"))? {
                return Ok(Ended::Done);
            }
        }
        Ok(Ended::Lost)
    }
}
