//! The list of the greatest processes as it came last, without those of whom it is known that they have ended since.

use crate::engine::Engine;
use crate::model::snapshot::Snapshot;
use crate::model::top::List;
use crate::top::Lists;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Greatest {
    lists: Lists,
    wanted: bool,
    latest: Option<Arc<List>>,
}

impl Greatest {
    pub(super) fn of(lists: Lists) -> Greatest {
        Greatest { lists, wanted: false, latest: None }
    }

    pub(super) fn set(&mut self, wanted: bool) {
        self.wanted = wanted;
        self.latest.take_if(|_| !wanted);
    }

    /// Takes in what was made meanwhile. A list may have been under way when it was wanted no more.
    pub(super) fn hear(&mut self) {
        let newest = self.lists.try_iter().last().filter(|_| self.wanted);
        self.latest = newest.or(self.latest.take());
    }

    pub(super) fn latest(&self) -> Option<Arc<List>> {
        self.latest.clone()
    }
}

pub(super) fn with_top(snapshot: Snapshot, list: Option<Arc<List>>, engine: &Engine) -> Snapshot {
    Snapshot { top: list.map(|list| living(list, engine)), ..snapshot }
}

fn living(list: Arc<List>, engine: &Engine) -> Arc<List> {
    if list.rows.iter().all(|row| engine.lives(row.sample.identity)) {
        return list;
    }
    let mut list = Arc::unwrap_or_clone(list);
    list.rows.retain(|row| engine.lives(row.sample.identity));
    Arc::new(list)
}
