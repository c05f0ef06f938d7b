//! How losses are told: the first at once, those of the following minute in one sentence at its end. Told or not, every
//! one is counted.

use crate::model::Mono;
use crate::model::record::SourceRecord;
use std::time::Duration;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Losses {
    overruns: u64,
    /// When one was told, or a minute of them.
    told: Option<Mono>,
    untold: u64,
}

impl Losses {
    pub(super) fn overrun(&mut self) -> SourceRecord {
        self.overruns += 1;
        SourceRecord::Overrun { total: self.overruns }
    }

    pub(super) fn overruns(&self) -> u64 {
        self.overruns
    }

    /// Whether to tell of one that happens now.
    pub(super) fn is_news(&mut self, now: Mono) -> bool {
        let news = self.told.is_none();
        self.told.get_or_insert(now);
        self.untold += u64::from(!news);
        news
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        self.told.map(|told| told + MINUTE)
    }

    /// What a minute has brought; `None` while it goes on, and when it was quiet.
    pub(super) fn summary(&mut self, now: Mono) -> Option<SourceRecord> {
        let told = self.told.filter(|told| *told + MINUTE <= now)?;
        let more = std::mem::take(&mut self.untold);
        self.told = (more > 0).then_some(now);
        (more > 0).then_some(SourceRecord::LostAgain { more, over: now - told, total: self.overruns })
    }
}
