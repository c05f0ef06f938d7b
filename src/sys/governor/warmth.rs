//! Keeps the kernel ready to move processes while a burst of moves lasts. The first move after a lull waits for a grace
//! period; one that follows soon after another does not, and that one may as well be our own process, moved to where it is.

use super::{Governor, files};
use crate::model::Mono;
use crate::sys::clock;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Two moves within this are a burst, which lasts for as long after each.
const BURST: Duration = Duration::from_millis(250);

/// Well within what the kernel takes to forget a move.
const TOUCH: Duration = Duration::from_millis(8);

#[derive(Debug, Default)]
pub(super) struct Warmth {
    moved: Option<Mono>,
    touched: Mono,
    until: Mono,
    /// Where our own process is listed; held while a burst lasts.
    own: Option<OwnedFd>,
}

impl Warmth {
    pub(super) fn moved(&mut self, now: Mono) {
        if self.moved.replace(now).is_some_and(|before| now - before < BURST) {
            self.until = now + BURST;
        }
        self.touched = now;
    }

    /// How long until the next touch; `None`: there is no burst.
    fn wait(&self, now: Mono) -> Option<Duration> {
        (now < self.until).then(|| TOUCH.saturating_sub(now - self.touched))
    }

    fn end(&mut self) {
        (self.until, self.own) = (Mono::default(), None);
    }
}

impl Governor {
    /// Touches what is due; until when nothing need be done, `None` for as long as nothing is moved.
    pub(super) fn keep_warm(&mut self) -> Option<Duration> {
        let now = clock::mono();
        match self.warmth.wait(now) {
            None => self.warmth.end(),
            Some(Duration::ZERO) if self.touch().is_none() => self.warmth.end(),
            Some(Duration::ZERO) => self.warmth.touched = now,
            Some(_) => {}
        }
        self.warmth.wait(now)
    }

    fn touch(&mut self) -> Option<()> {
        let own = match self.warmth.own.take() {
            Some(own) => own,
            None => {
                let jobs = self.jobs.as_ref().ok()?;
                let shown = self.proc.cgroup(self.proc.own).ok()?;
                let group = match jobs.mount.below(&shown)? {
                    [] => files::open_folder(&jobs.top, c"."),
                    below => files::open_folder(&jobs.top, below),
                };
                files::open_to_write(group.ok()?, c"cgroup.procs").ok()?
            }
        };
        files::put(&own, self.proc.own.to_string().as_bytes()).ok()?;
        self.warmth.own = Some(own);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono(1_000_000_000_000) + Duration::from_millis(millis)
    }

    #[test]
    fn one_move_alone_is_no_burst_and_two_are_until_a_lull() {
        let mut warmth = Warmth::default();
        warmth.moved(at(0));
        assert_eq!(warmth.wait(at(1)), None);
        warmth.moved(at(300));
        assert_eq!(warmth.wait(at(301)), None, "that was too long ago");
        warmth.moved(at(400));
        assert_eq!(warmth.wait(at(402)), Some(Duration::from_millis(6)));
        assert_eq!(warmth.wait(at(420)), Some(Duration::ZERO));
        assert_eq!(warmth.wait(at(650)), None);
    }
}
