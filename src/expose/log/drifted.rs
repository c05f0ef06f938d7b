//! The sentence and the fields of a drift: what somebody else changed of a job, and what is done about it. Paths come
//! escaped, values as the kernel writes them.

use super::field::Fields;
use super::phrase::fact;
use crate::model::JobId;
use crate::model::record::{Answer, Drift, LimitDrift};
use crate::model::text::Quoted;
use slog::Result;
use std::fmt::{self, Display, Formatter};

#[derive(Debug)]
pub(super) struct Drifted<'a>(pub(super) &'a JobId, pub(super) &'a Drift, pub(super) Answer);

impl Display for Drifted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Drifted(job, drift, answer) = self;
        let job = fact(job.as_str());
        match drift {
            Drift::Limit(drift) => limit_drifted(drift, &format!("job {job}"), *answer, f),
            Drift::Moved { pid, to } => {
                let to = Quoted(to.as_bytes());
                write!(f, "Drift: somebody else moved PID {pid} out of job {job} to {to}; ")?;
                match answer {
                    Answer::Restored => f.write_str("moving it back"),
                    Answer::Left => f.write_str("left there (cgroup.on_drift: leave)"),
                    Answer::Tired => f.write_str("left there: it was moved back again and again"),
                }
            }
            Drift::Note => {
                write!(f, "Drift: somebody else changed or removed the note on job {job}; written again")?;
                match answer {
                    Answer::Tired => f.write_str(", from now on without a word"),
                    Answer::Restored | Answer::Left => Ok(()),
                }
            }
        }
    }
}

pub(super) fn limit_drifted(
    drift: &LimitDrift,
    of: &str,
    answer: Answer,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    let LimitDrift { limit, found, wanted } = drift;
    write!(f, "Drift: somebody else changed {limit} of {of} to {}; ", Quoted(found.as_bytes()))?;
    match answer {
        Answer::Restored => write!(f, "writing {} again", Quoted(wanted.as_bytes())),
        Answer::Left => f.write_str("left so (cgroup.on_drift: leave)"),
        Answer::Tired => {
            f.write_str("somebody keeps doing so: from now on it is put right once a minute and not told")
        }
    }
}

impl Fields<'_> {
    pub(super) fn drift(&mut self, drift: &Drift, answer: Answer) -> Result<&mut Self> {
        match drift {
            Drift::Limit(drift) => self.limit_drift(drift, answer),
            Drift::Moved { pid, to } => {
                self.text("answer", name(answer))?.text("drift", "moved")?.pid(*pid)?.text("to", to)
            }
            Drift::Note => self.text("answer", name(answer))?.text("drift", "note"),
        }
    }

    pub(super) fn limit_drift(&mut self, drift: &LimitDrift, answer: Answer) -> Result<&mut Self> {
        let LimitDrift { limit, found, wanted } = drift;
        self.text("answer", name(answer))?.text("drift", "limit")?.text("limit", limit.name())?;
        self.text("found", found)?.text("wanted", wanted)
    }
}

fn name(answer: Answer) -> &'static str {
    match answer {
        Answer::Restored => "restored",
        Answer::Left => "left",
        Answer::Tired => "tired",
    }
}
