//! What is done with a target that somebody else takes care of already: a unit of systemd, a container, whoever a group
//! was delegated to. What is whose is found out elsewhere.

use crate::model::Glob;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Manner {
    /// As each case asks for.
    #[default]
    Auto,
    Leave,
    Move,
    /// Limits are written to the group where the target is, if nobody else is there.
    InPlace,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Foreign {
    pub usual: Manner,
    /// By the unit's name; the first that fits decides.
    pub units: Vec<(Glob, Manner)>,
}

impl Foreign {
    /// What was said for this unit by its name.
    pub fn of_unit(&self, unit: &str) -> Option<Manner> {
        self.units.iter().find(|(name, _)| name.fits(unit)).map(|(_, manner)| *manner)
    }
}
