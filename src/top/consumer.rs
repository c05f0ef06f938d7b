//! The list on its way: rounds come from the feed, policies from reloads, and lists go to whoever shows them. It works on a
//! thread of its own and waits for whoever takes the lists, who never waits for it.

use super::Ranking;
use crate::config::Policy;
use crate::feed::{Consumer, Notice};
use crate::model::top::List;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Where lists come out.
pub type Lists = Receiver<Arc<List>>;

pub struct Top {
    ranking: Ranking,
    policy: Arc<Policy>,
    policies: Receiver<Arc<Policy>>,
    lists: SyncSender<Arc<List>>,
    wake: Box<dyn Fn() + Send>,
}

impl Top {
    /// With where its lists come out, and where to put a policy that is to count from the next round on. `wake` is called
    /// when a list is there.
    pub fn new(policy: Arc<Policy>, wake: impl Fn() + Send + 'static) -> (Top, Lists, Sender<Arc<Policy>>) {
        let (reload, policies) = channel();
        let (lists, taken) = sync_channel(1);
        let top = Top { ranking: Ranking::default(), policy, policies, lists, wake: Box::new(wake) };
        (top, taken, reload)
    }
}

impl Consumer for Top {
    fn hear(&mut self, notice: &Notice) {
        // A gap costs nothing but itself: the next round is all there is to know.
        let Notice::Round(round) = notice else { return };
        if let Some(newest) = self.policies.try_iter().last() {
            self.policy = newest;
        }
        let Some(top) = self.policy.scanner.as_ref().and_then(|scanner| scanner.top.as_ref()) else { return };
        let Some(list) = self.ranking.rank(round, top, &self.policy.users) else { return };
        if self.lists.send(Arc::new(list)).is_ok() {
            (self.wake)();
        }
    }
}

impl fmt::Debug for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Top").field("ranking", &self.ranking).finish_non_exhaustive()
    }
}
