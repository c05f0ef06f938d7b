//! `ffrtmp events`: what has happened, a line each, and with `--follow` what happens. A lost connection is made anew and
//! taken up where it ended; what cannot be had any more is said.

mod line;
mod processes;

use super::args::client::EventsArgs;
use super::ask::{Service, Talk, refused};
use super::out::print;
use super::told::Stream;
use super::{Failed, Status};
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
    /// The service has hung up, in these words.
    Lost(String),
    /// The numbers belong to another life of the service.
    Restarted,
}

pub(super) fn run(args: &EventsArgs) -> Result<(), Failed> {
    let service = Service::of(&args.client)?;
    let mut reader = Reader { args, after: args.after.unwrap_or(0), life: None };
    let mut talk = service.talk()?;
    loop {
        let ended = if args.processes { processes::read(args, &mut talk) } else { reader.read(&mut talk) };
        match ended? {
            Ended::Done => return Ok(()),
            Ended::Lost(why) if !args.follow => return Err(Failed { status: Status::Failed, text: why }),
            Ended::Lost(why) => {
                eprintln!("-- {why}; waiting for it");
                talk = reached_again(&service);
            }
            Ended::Restarted => {
                eprintln!("-- the service was started anew: numbers begin again");
                talk = service.talk().unwrap_or_else(|_| reached_again(&service));
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
        let told = match talk.ask(question) {
            // It was reached while it ended.
            Err(failed) if self.life.is_some() && failed.status == Status::Failed => {
                return Ok(Ended::Lost(failed.text));
            }
            told => told?,
        };
        let Stream { boot_id, since, last } = told.get("events")?;
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
            if let Some(error) = line.refusal() {
                return Err(refused(error));
            }
            self.after = line.last_seq().unwrap_or(self.after);
            let readable = if self.args.client.json { text } else { line.to_string() };
            if !print(&(readable + "\n"))? {
                return Ok(Ended::Done);
            }
        }
        Ok(Ended::Lost("the service has hung up".into()))
    }
}
