//! A process that somebody asks about: a look at once, and the rest by the prober, since reading it may stall.

use super::World;
use crate::engine::effect::Wants;
use crate::engine::input::Ticket;
use crate::engine::inquiry::{Found, Measured};
use crate::model::Pid;
use crate::sys::inquiry::{Group, Inquiry};

/// Whatever any filter may ask.
const ALL: Wants = Wants { cwd: true, parent_exe: true };

impl World {
    /// What is found out is told by `found`, under this number.
    pub(in crate::reactor) fn inquire(&mut self, ticket: Ticket, pid: Pid, measured: Option<Measured>) {
        let Some(look) = self.proc.look(pid, ALL) else {
            return self.found.push((ticket, Found { pid, look: None, rest: None }));
        };
        let measured = measured.map(|Measured { job, members }| {
            let path = self.jobs_folder.join(job.as_str());
            Group { path, members }
        });
        self.asking.rest(Box::new(Inquiry { ticket, look, measured }));
    }

    pub(in crate::reactor) fn found(&mut self) -> Vec<(Ticket, Found)> {
        std::mem::take(&mut self.found)
    }
}
