//! Really listens to the process connector for a moment: is the request answered, does our own event come, and how much
//! room is there? The socket's end takes the request back, so that nobody else notices.

use super::catalogue as known;
use super::finding::Finding;
use crate::model::{Human, Mono, Pid};
use crate::sys::clock;
use crate::sys::connector::refusal::{Refusal, Step};
use crate::sys::connector::{Connector, Drained, canary};
use crate::wire::event::What;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::path::Path;
use std::time::Duration;

/// The kernel answers at once or never.
const PATIENCE: Duration = Duration::from_millis(250);

/// Bytes that the kernel charges for an event, of the twofold of what was asked for.
const CHARGE: usize = 832;

/// What the connector did.
#[derive(Debug)]
pub(super) struct Heard {
    asked: usize,
    reached: Option<usize>,
    outcome: Result<Times, String>,
    /// `None`: it did not come to that.
    pub(super) filter: Option<Result<(), Refusal>>,
    pub(super) in_first_network: Option<bool>,
}

/// From the request to its answer, and from the canary to its event.
#[derive(Clone, Copy, Debug)]
struct Times {
    answer: Duration,
    event: Duration,
}

pub(super) fn listen(buffer: usize) -> Heard {
    let mut heard = Heard {
        asked: buffer,
        reached: None,
        outcome: Err(String::new()),
        filter: None,
        in_first_network: None,
    };
    heard.outcome = heard.try_to();
    heard
}

impl Heard {
    fn try_to(&mut self) -> Result<Times, String> {
        let (mut connector, reached) = Connector::open(self.asked).map_err(|refusal| refusal.to_string())?;
        self.reached = Some(reached);
        let (own, asked_at) = (Pid(std::process::id()), clock::mono());
        // Acks go to all listeners: a number that others are unlikely to use.
        let number = own.0.rotate_left(16) | 1;
        let asked = connector.listen(number);
        self.in_first_network = match asked {
            Ok(()) => Some(true),
            Err(Refusal { step: Step::Listen, errno: libc::ECONNREFUSED }) => Some(false),
            Err(_) => None,
        };
        asked.map_err(|refusal| refusal.to_string())?;
        let answered = wait_for(&mut connector, |what| match what {
            What::Ack { to, errno } if *to == number => Some(*errno),
            _ => None,
        })?;
        let answer = clock::mono() - asked_at;
        match answered {
            Some(0) => {}
            Some(errno) => return Err(refused(errno)),
            None => {
                return Err("the kernel did not answer the request for process events within 250 ms".into());
            }
        }
        self.filter = Some(connector.narrow());
        let sent_at = clock::mono();
        canary().map_err(|error| format!("our own event could not be made: {error}"))?;
        let ours = |what: &What| matches!(what, What::Comm { pid, .. } if *pid == own).then_some(());
        match wait_for(&mut connector, ours)? {
            Some(()) => Ok(Times { answer, event: clock::mono() - sent_at }),
            None => Err("the kernel acknowledged the request for process events but sends none".into()),
        }
    }

    pub(super) fn findings(&self, poll_only: bool, proc: &Path) -> Vec<Finding> {
        if poll_only {
            return vec![
                known::EVENTS
                    .fact("not asked for: events.source is poll, so targets are found by scans alone"),
            ];
        }
        let events = match &self.outcome {
            Ok(Times { answer, event }) => known::EVENTS.good(format!(
                "live from the kernel: it answered in {}, and our own event came in {}",
                Human(*answer),
                Human(*event)
            )),
            Err(why) => known::EVENTS.because(why),
        };
        let most = std::fs::read_to_string(proc.join("sys/net/core/rmem_max")).ok();
        let buffer = self.reached.map(|reached| room(self.asked, reached, most.as_deref().map(str::trim)));
        std::iter::once(events).chain(buffer).collect()
    }
}

/// What was found of the receive buffer. The kernel rounds, and gives at least some.
fn room(asked: usize, reached: usize, most: Option<&str>) -> Finding {
    let events = reached.saturating_mul(2) / CHARGE;
    let told = format!("room for {events} events in a receive buffer of {reached} bytes");
    let most = most.map_or(String::new(), |most| format!(" (net.core.rmem_max is {most})"));
    if reached < asked {
        return known::EVENT_BUFFER.bad(format!("{told}; events.buffer asks for {asked}{most}"));
    }
    known::EVENT_BUFFER.good(format!("{told}, as events.buffer asks for{most}"))
}

fn refused(errno: u32) -> String {
    let error = std::io::Error::from_raw_os_error(errno.cast_signed());
    format!("the kernel refused the request for process events: {error}")
}

/// The first event that is wanted; `None` when it does not come in time.
fn wait_for<T>(connector: &mut Connector, wanted: impl Fn(&What) -> Option<T>) -> Result<Option<T>, String> {
    let end: Mono = clock::mono() + PATIENCE;
    loop {
        let mut found = None;
        match connector.receive(64, |event| found = found.take().or_else(|| wanted(&event.what))) {
            _ if found.is_some() => return Ok(found),
            Drained::Broken(errno) => return Err(Refusal { step: Step::Receive, errno }.to_string()),
            Drained::More | Drained::Overrun if clock::mono() < end => continue,
            _ => {}
        }
        let left = end - clock::mono();
        if left.is_zero() {
            return Ok(None);
        }
        let mut fds = [PollFd::new(connector, PollFlags::IN)];
        let left = Timespec { tv_sec: 0, tv_nsec: i64::from(left.subsec_nanos()) };
        // Interrupted or not: what there is to receive is asked anew.
        let _ = poll(&mut fds, Some(&left));
    }
}

#[cfg(test)]
mod tests;
