//! What is left to chance: how long those wait that were sent away at the same time. It is not a source of secrets.

use std::fmt;
use std::sync::Arc;

use zeyos_core::{MaybeSend, MaybeSync};

/// A source of numbers between 0 and 1: the system's, or that of a test.
#[derive(Clone, Default)]
pub(crate) struct Chance(Option<Arc<dyn Source>>);

/// A trait object may have one trait beside those of the compiler, and `MaybeSend` is none of them.
trait Source: Fn() -> f64 + MaybeSend + MaybeSync {}

impl<F: Fn() -> f64 + MaybeSend + MaybeSync> Source for F {}

impl Chance {
    pub(crate) fn from(source: impl Fn() -> f64 + MaybeSend + MaybeSync + 'static) -> Self {
        Chance(Some(Arc::new(source)))
    }

    /// A number between 0 and 1.
    pub(crate) fn draw(&self) -> f64 {
        let drawn = self.0.as_ref().map_or_else(of_the_system, |source| source());
        if drawn.is_nan() { MIDDLE } else { drawn.clamp(0.0, 1.0) }
    }
}

/// What is taken where nothing was drawn.
const MIDDLE: f64 = 0.5;

fn of_the_system() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => MIDDLE,
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Chance(given)" } else { "Chance" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_source_gives_is_brought_between_nought_and_one() {
        for (given, taken) in [(0.25, 0.25), (-3.0, 0.0), (7.0, 1.0), (f64::NAN, 0.5), (f64::INFINITY, 1.0)] {
            assert!((Chance::from(move || given).draw() - taken).abs() < f64::EPSILON, "{given}");
        }
        let drawn: Vec<f64> = std::iter::repeat_with(|| Chance::default().draw()).take(64).collect();
        assert!(drawn.iter().all(|chance| (0.0..=1.0).contains(chance)));
        assert!(drawn.windows(2).any(|pair| (pair[0] - pair[1]).abs() > f64::EPSILON));
    }
}
