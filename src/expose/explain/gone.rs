//! What is said of a process that is not there: what it was and how it ended, or that nothing is known of it.

use crate::model::Human;
use crate::model::Now;
use crate::model::explanation::{Departure, Was};
use crate::model::snapshot::Ungoverned;
use crate::model::text::Escaped;
use nix::sys::signal::Signal;
use std::time::Duration;

pub(super) fn gone(now: Now, departure: &Departure) -> String {
    let Departure { identity, command, lived, status, at, .. } = departure;
    let lived = lived.map(|lived| format!("ran for {} and ", Human(lived))).unwrap_or_default();
    let ago = Human(whole_seconds(now.mono - at.mono));
    format!(
        "PID {} ({}) is gone: {}; it {lived}{}, {ago} ago.",
        identity.pid,
        Escaped(command.as_bytes()),
        was(departure),
        ended(*status)
    )
}

fn was(departure: &Departure) -> String {
    let job = departure.job.as_ref().map(|job| format!(" job {job}")).unwrap_or_default();
    let why = match departure.was {
        Was::Governed => return format!("it was governed as{job}"),
        Was::NotGoverned(why) => why,
    };
    match why {
        Ungoverned::Filter => "a filter kept it out".to_owned(),
        Ungoverned::MinRuntime => "it had not reached min_runtime".to_owned(),
        Ungoverned::Foreign => "it was left to others".to_owned(),
        Ungoverned::Attaching => format!("it was being attached as{job}"),
        Ungoverned::Retrying => format!("its attachment as{job} had failed and was to be tried again"),
        Ungoverned::Paused => format!("it waited to be attached as{job} while attaching was paused"),
        Ungoverned::DeadLetter => format!("it had been given up as{job}"),
        Ungoverned::Observed => format!("it was followed as{job}, not governed"),
        Ungoverned::MovedOut => format!("it had been moved out of{job}"),
        Ungoverned::Released => format!("an operator had released it from{job}"),
    }
}

/// A status as wait(2) puts it: the signal in the low seven bits, or none and the program's own status above.
fn ended(status: Option<u32>) -> String {
    let Some(status) = status else { return "ended".to_owned() };
    match status & 0x7f {
        0 => format!("exited with status {}", status >> 8 & 0xff),
        number => match Signal::try_from(number as i32) {
            Ok(signal) => format!("was ended by {}", signal.as_str()),
            Err(_) => format!("was ended by signal {number}"),
        },
    }
}

pub(super) fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}
