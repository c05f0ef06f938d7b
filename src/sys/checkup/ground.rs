//! Whether jobs can live here: looked at, and then tried with a process of our own in two groups of our own, which are
//! gone when this is over.

use super::calm::Calm;
use super::catalogue as known;
use super::child::Child;
use super::finding::Finding;
use super::group::Group;
use crate::model::Human;
use crate::sys::governor::{Governor, Ground, Outlook};
use std::path::Path;
use std::time::Duration;

/// How many moves are timed, and the pause between them: one that follows another at once is much cheaper.
const MOVES: usize = 7;
const PAUSE: Duration = Duration::from_millis(60);

/// What was found of the root.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) findings: Vec<Finding>,
    pub(super) outlook: Option<Outlook>,
    /// How long a move takes.
    pub(super) cost: Option<String>,
    /// What a group of ours has.
    pub(super) group: Option<Group>,
}

pub(super) fn look(governor: &Governor, configured: Option<&Path>) -> Standing {
    let outlook = match governor.outlook(configured) {
        Ok(outlook) => outlook,
        Err(why) => return Standing { findings: vec![known::ROOT.because(&why)], ..Standing::default() },
    };
    let root = outlook.root.display();
    let mut standing = Standing::default();
    standing.findings.push(match (&outlook.obstacle, outlook.stands) {
        (Some(why), _) => known::ROOT.because(why),
        (None, true) => known::ROOT.good(format!("jobs live under {root}")),
        (None, false) => known::ROOT.good(format!("jobs would live under {root}, which the service makes")),
    });
    let remark = outlook.remark.as_deref().map(|remark| known::JOBS_UNIT.because(remark));
    standing.findings.extend(remark);
    if let Some((path, holder)) = governor.owner(configured) {
        standing.findings.push(known::ROOT_OWNER.mild(format!("{} belongs to {holder}", path.display())));
    }
    if outlook.obstacle.is_none() {
        standing.try_out(&outlook.ground);
    }
    standing.outlook = Some(outlook);
    standing
}

impl Standing {
    fn try_out(&mut self, ground: &Ground) {
        let _calm = Calm::begin();
        let trial = match ground.trial() {
            Ok(trial) => trial,
            Err(why) => return self.findings.push(known::MOVES.because(&why)),
        };
        self.group = Some(Group::look(trial.group()));
        self.findings.push(match trial.takes_notes() {
            Ok(()) => known::NOTES.good("groups take the notes by which a later start knows its jobs"),
            Err(errno) => known::NOTES.bad(format!(
                "groups take no extended attributes, so a later start does not know its jobs again: {errno}"
            )),
        });
        // Ended before the groups are removed: those that are made later go first.
        let child = match Child::start() {
            Ok(child) => child,
            Err(errno) => {
                return self
                    .findings
                    .push(known::MOVES.mild(format!("not tried, no process can be started: {errno}")));
            }
        };
        // The second of each pair finds the way prepared: what any move takes where the option prepares it for good.
        let moves: Result<Vec<[Duration; 2]>, String> = (0..MOVES)
            .map(|turn| {
                std::thread::sleep(PAUSE);
                Ok([trial.shift(child.pid(), 2 * turn)?, trial.shift(child.pid(), 2 * turn + 1)?])
            })
            .collect();
        self.findings.push(match moves {
            Ok(took) => {
                let (text, cost) = told(&took, &ground.path);
                self.cost = Some(cost);
                known::MOVES.good(text)
            }
            Err(why) => known::MOVES.because(&why),
        });
    }
}

/// In words: all of it, and the part that says what one move costs.
fn told(took: &[[Duration; 2]], below: &Path) -> (String, String) {
    let sorted = |which: usize| {
        let mut times: Vec<Duration> = took.iter().map(|pair| pair[which]).collect();
        times.sort_unstable();
        times
    };
    let (alone, after) = (sorted(0), sorted(1));
    let at = |times: &[Duration], index: usize| Human(times.get(index).copied().unwrap_or_default());
    let middle = took.len() / 2;
    let cost =
        format!("a move takes {} here, one right after another {}", at(&alone, middle), at(&after, middle));
    let text = format!(
        "a process of our own was moved {} times below {}: median {}, fastest {}, slowest {}; at once again: {}",
        took.len(),
        below.display(),
        at(&alone, middle),
        at(&alone, 0),
        at(&alone, took.len() - 1),
        at(&after, middle)
    );
    (text, cost)
}
