//! What becomes of the processes that a governed one starts.

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tree {
    /// They belong to its job.
    #[default]
    Shared,
    /// Targets among them get jobs of their own, the others belong to its job.
    Separate,
    /// They are left outside, but for targets, which get jobs of their own.
    RootOnly,
}

impl Tree {
    pub fn name(self) -> &'static str {
        match self {
            Tree::Shared => "shared",
            Tree::Separate => "separate",
            Tree::RootOnly => "root-only",
        }
    }
}
