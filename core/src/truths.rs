//! Conditions with three values, as in SQL: true, false and undecided, where not all of a row is known.

/// The values that a condition may have, of which one is the case. Whoever knows nothing of a part of it takes [`Truths::ANY`] for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truths(u8);

impl Truths {
    pub(crate) const TRUE: Truths = Truths(1);
    pub(crate) const FALSE: Truths = Truths(2);
    pub(crate) const NONE: Truths = Truths(0);
    /// What a comparison with null is.
    pub(crate) const UNDECIDED: Truths = Truths(4);
    pub(crate) const ANY: Truths = Truths(7);

    pub(crate) fn contains(self, other: Truths) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn or(self, other: Truths) -> Truths {
        Truths(self.0 | other.0)
    }

    pub(crate) fn of(truth: bool) -> Truths {
        if truth { Truths::TRUE } else { Truths::FALSE }
    }

    pub(crate) fn not(self) -> Truths {
        Truths(self.0 & Truths::UNDECIDED.0 | (self.0 & Truths::TRUE.0) << 1 | (self.0 & Truths::FALSE.0) >> 1)
    }

    /// Both: true if both are, false if one is.
    pub(crate) fn and(self, other: Truths) -> Truths {
        let mut all = Truths::NONE;
        if self.contains(Truths::TRUE) && other.contains(Truths::TRUE) {
            all = all.or(Truths::TRUE);
        }
        if self.contains(Truths::FALSE) || other.contains(Truths::FALSE) {
            all = all.or(Truths::FALSE);
        }
        let may_be_undecided = |one: Truths, other: Truths| {
            one.contains(Truths::UNDECIDED) && (other.contains(Truths::UNDECIDED) || other.contains(Truths::TRUE))
        };
        if may_be_undecided(self, other) || may_be_undecided(other, self) {
            all = all.or(Truths::UNDECIDED);
        }
        all
    }
}
