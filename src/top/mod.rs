//! The greatest processes of the host: a consumer of rounds that makes a list of each. It keeps no more than who was on the
//! last list, so that the list does not flicker; whatever a round does not contain has left it. All but the consumer is pure.

mod captured;
mod choice;
mod consumer;
mod score;

pub use consumer::{Lists, Top};

use crate::config::policy::{TopPolicy, Users};
use crate::model::Identity;
use crate::model::sample::Round;
use crate::model::top::{List, Row};
use choice::{Candidate, Choice};
use score::Scale;

#[derive(Debug, Default)]
struct Ranking {
    /// Who is on the list, in order of identities.
    listed: Vec<Identity>,
}

impl Ranking {
    /// Nothing where the round does not know what host it is of: a part of an unknown whole is no score.
    fn rank(&mut self, round: &Round, policy: &TopPolicy, users: &Users) -> Option<List> {
        let scale = Scale::of(round.host, policy)?;
        let mut choice = Choice::of(policy.size);
        for sample in &round.samples {
            let score = scale.score(sample);
            // Who uses nothing is no great one, however small the list.
            if score > 0.0 && score >= policy.min_score {
                let stays = self.listed.binary_search(&sample.identity).is_ok();
                let rank = if stays { score * (1.0 + policy.stability) } else { score };
                choice.offer(Candidate { rank, score, sample });
            }
        }
        let row = |best: Candidate<'_>| {
            let user = users.get(&best.sample.uid).cloned();
            Row { sample: *best.sample, user, score: best.score }
        };
        let rows: Vec<Row> = choice.made().into_iter().map(row).collect();
        self.listed = rows.iter().map(|row| row.sample.identity).collect();
        self.listed.sort_unstable();
        Some(List {
            at: round.at,
            over: round.over,
            host: round.host,
            busy: round.busy,
            captured: captured::captured(round, &rows),
            processes: round.samples.len(),
            left_out: round.left_out,
            rows,
        })
    }
}

#[cfg(test)]
mod tests;
