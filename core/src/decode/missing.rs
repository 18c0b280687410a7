//! Which fields of an object must have a value and have none yet.

/// Places of fields, as bits; those of ordinary records need no memory of their own.
#[derive(Default)]
pub(super) struct Missing {
    first: u64,
    more: Vec<u64>,
}

const WORD: usize = u64::BITS as usize;

impl Missing {
    #[inline]
    pub(super) fn insert(&mut self, index: usize) {
        let word = if index < WORD { &mut self.first } else { self.later(index / WORD - 1) };
        *word |= 1 << (index % WORD);
    }

    #[inline]
    pub(super) fn remove(&mut self, index: usize) {
        if index < WORD {
            self.first &= !(1 << index);
        } else {
            self.remove_later(index);
        }
    }

    #[cold]
    fn remove_later(&mut self, index: usize) {
        if let Some(word) = self.more.get_mut(index / WORD - 1) {
            *word &= !(1 << (index % WORD));
        }
    }

    #[cold]
    fn later(&mut self, at: usize) -> &mut u64 {
        if self.more.len() <= at {
            self.more.resize(at + 1, 0);
        }
        &mut self.more[at]
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first == 0 && self.more.iter().all(|word| *word == 0)
    }

    /// The places, the lowest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let words = std::iter::once(&self.first).chain(&self.more).enumerate();
        words.flat_map(|(at, word)| (0..WORD).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * WORD + bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_beyond_the_first_word_are_kept_too() {
        let mut missing = Missing::default();
        missing.remove(500);
        assert!(missing.is_empty());
        for index in [400, 0, 63, 64, 127, 128] {
            missing.insert(index);
        }
        assert_eq!(missing.iter().collect::<Vec<_>>(), [0, 63, 64, 127, 128, 400]);
        for index in [63, 400, 0] {
            missing.remove(index);
        }
        assert_eq!(missing.iter().collect::<Vec<_>>(), [64, 127, 128]);
        for index in [64, 127, 128] {
            missing.remove(index);
        }
        assert!(missing.is_empty());
    }
}
