//! What one who has a value is to have, by what was wanted before and what is wanted now. Pure. Whatever order of wishes,
//! nobody whom the policy may not lower ends below what he had, and who wants nothing any more gives back what he took.

use crate::model::LimitKey;
use crate::sys::governor::note::Note;

/// From one wish to the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Aim {
    pub(super) key: LimitKey,
    before: Option<Wish>,
    wanted: Option<Wish>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Wish {
    value: i64,
    /// Those who have more are lowered to it.
    lowers: bool,
}

impl Wish {
    fn of(key: LimitKey, note: &Note) -> Option<Wish> {
        Some(Wish { value: note.limits.number(key)?, lowers: note.may_lower(key) })
    }
}

impl Aim {
    /// `None` where nothing is wanted and nothing was.
    pub(super) fn between(key: LimitKey, before: Option<&Note>, now: &Note) -> Option<Aim> {
        let (before, wanted) = (before.and_then(|note| Wish::of(key, note)), Wish::of(key, now));
        (before.is_some() || wanted.is_some()).then_some(Aim { key, before, wanted })
    }

    pub(super) fn is_set(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether what is met now is what was there before anything was wanted.
    pub(super) fn begins(&self, first: bool) -> bool {
        first && self.before.is_none()
    }

    /// What he has, or had before it was changed. Who has something else than was wanted has it by somebody else's will.
    pub(super) fn base(&self, value: i64, original: Option<i64>) -> i64 {
        match (self.before, original) {
            (Some(before), Some(original))
                if value == before.value && (before.lowers || original < before.value) =>
            {
                original
            }
            _ => value,
        }
    }

    pub(super) fn from(&self, base: i64) -> i64 {
        match self.wanted {
            None => base,
            Some(wish) if wish.lowers => wish.value,
            Some(wish) => wish.value.max(base),
        }
    }

    /// Whether he has more than is wanted and keeps it.
    pub(super) fn leaves(&self, base: i64) -> bool {
        self.wanted.is_some_and(|wish| !wish.lowers && base > wish.value)
    }

    /// Whether somebody has changed it since: `exactly` where any other value counts.
    pub(super) fn is_off(&self, value: i64, exactly: bool) -> bool {
        self.wanted.is_some_and(|wish| value < wish.value || exactly && wish.lowers && value != wish.value)
    }

    pub(super) fn shown(&self) -> String {
        self.wanted.map(|wish| wish.value.to_string()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;

    fn wishes() -> impl Strategy<Value = Option<Wish>> {
        option::of((-5..5i64, any::<bool>()).prop_map(|(value, lowers)| Wish { value, lowers }))
    }

    fn aim(before: Option<Wish>, wanted: Option<Wish>) -> Aim {
        Aim { key: LimitKey::Nice, before, wanted }
    }

    proptest! {
        #[test]
        fn whatever_was_wanted_on_the_way_the_end_is_what_was_there(
            original in -5..5i64,
            mut wishes in proptest::collection::vec(wishes(), 0..6),
        ) {
            let (mut value, mut before) = (original, None);
            wishes.push(None);
            for wanted in wishes {
                let aim = aim(before, wanted);
                value = aim.from(aim.base(value, Some(original)));
                if !wanted.is_some_and(|wish| wish.lowers) {
                    prop_assert!(value >= original);
                }
                prop_assert!(!aim.is_off(value, true));
                before = wanted;
            }
            prop_assert_eq!(value, original);
        }
    }

    #[test]
    fn what_somebody_else_gave_is_no_work_of_ours() {
        let five = Some(Wish { value: 5, lowers: false });
        let over = aim(five, None);
        assert_eq!(over.from(over.base(5, Some(0))), 0);
        assert_eq!(over.from(over.base(7, Some(0))), 7, "he was changed since");
        assert_eq!(
            over.from(over.base(5, Some(10))),
            5,
            "he had it by himself: who had 10 was never changed"
        );
        assert_eq!(over.from(over.base(5, None)), 5, "nobody knows what he had");
    }

    #[test]
    fn only_who_may_be_lowered_is() {
        let left = aim(None, Some(Wish { value: -5, lowers: false }));
        assert_eq!((left.from(0), left.leaves(0)), (0, true));
        let named = aim(None, Some(Wish { value: -5, lowers: true }));
        assert_eq!((named.from(0), named.leaves(0)), (-5, false));
        assert!(named.is_off(0, true) && !named.is_off(0, false) && named.is_off(-6, false));
    }
}
