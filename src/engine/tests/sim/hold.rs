//! What of the simulated world comes late.

/// What is kept back, as a slow thread or a busy kernel would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::tests) struct Hold {
    pub events: bool,
    pub governor: bool,
    pub replies: bool,
    pub names: bool,
    pub described: bool,
    pub exits: bool,
    pub walk: bool,
    pub clerk: bool,
    pub looks: bool,
}

impl Hold {
    pub(in crate::engine::tests) fn nth(&mut self, what: u8) -> &mut bool {
        let all = [
            &mut self.events,
            &mut self.governor,
            &mut self.replies,
            &mut self.names,
            &mut self.described,
            &mut self.exits,
            &mut self.walk,
            &mut self.clerk,
            &mut self.looks,
        ];
        all.into_iter().nth(usize::from(what)).expect("one of these")
    }
}
