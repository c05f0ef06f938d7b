//! A connector that listens, for tests on the real kernel: waits with a limit, never forever.

use crate::bench::world;
use ffrtmp::sys::connector::{Connector, Drained};
use ffrtmp::wire::event::{Event, What};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::time::{Duration, Instant};

pub const PATIENCE: Duration = Duration::from_secs(10);

/// Opens, listens and waits for the ack to `number`.
pub fn listening(buffer: usize, number: u32) -> Connector {
    let (mut connector, _) = Connector::open(buffer).expect("open");
    connector.listen(number).expect("listen");
    let ack = |e: &Event| matches!(e.what, What::Ack { to, .. } if to == number);
    let events = until(&mut connector, ack);
    let acked = events.iter().find(|e| ack(e)).expect("an ack");
    assert_eq!(acked.what, What::Ack { to: number, errno: 0 });
    connector
}

/// Whether the kernel answers at all. In a virtual machine of ours it does, and a service there must not be disturbed:
/// before 6.6 the end of our listening would have been the end of its own.
pub fn is_possible() -> bool {
    if world().is_some() {
        return true;
    }
    let Ok((mut connector, _)) = Connector::open(65_536) else { return false };
    let (asked, end) = (connector.listen(3), Instant::now() + Duration::from_secs(1));
    let mut answered = false;
    while asked.is_ok() && !answered && Instant::now() < end {
        let drained =
            connector.receive(64, |event| answered |= matches!(event.what, What::Ack { to: 3, .. }));
        if drained == Drained::Empty && !answered {
            wait(&connector);
        }
    }
    answered
}

/// Receives until an event is the `last` one, and returns them all. Panics when it does not come.
pub fn until(connector: &mut Connector, mut last: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    let end = Instant::now() + PATIENCE;
    let mut found = false;
    while !found {
        assert!(Instant::now() < end, "it did not come, but these {}: {events:?}", events.len());
        let drained = connector.receive(64, |event| {
            found |= last(&event);
            events.push(event);
        });
        match drained {
            Drained::Empty if !found => wait(connector),
            Drained::Empty | Drained::More => {}
            other => panic!("{other:?}"),
        }
    }
    events
}

/// What is queued now.
pub fn queued(connector: &mut Connector) -> Vec<Event> {
    let mut events = Vec::new();
    while connector.receive(64, |event| events.push(event)) == Drained::More {}
    events
}

/// Until something can be received, or for a tenth of a second.
pub fn wait(connector: &Connector) {
    let mut fds = [PollFd::new(connector, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 100_000_000 })).expect("poll");
}
