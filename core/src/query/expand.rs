//! Which composite columns of a record are answered with their content.

use super::Column;
use super::value::Contains;

/// One or several composite columns of the record `E`, as columns or by name. It is sealed.
pub trait Expanded<E>: sealed::Expanded {
    /// The names of the columns.
    fn paths(self) -> Vec<String>;
}

mod sealed {
    pub trait Expanded {}

    impl<E, T, K> Expanded for super::Column<E, T, K> {}

    impl Expanded for &str {}

    impl<C: Expanded, const N: usize> Expanded for [C; N] {}

    impl<C: Expanded> Expanded for Vec<C> {}

    impl<C: Expanded + Clone> Expanded for &[C] {}
}

impl<E, T: Contains, K> Expanded<E> for Column<E, T, K> {
    fn paths(self) -> Vec<String> {
        vec![self.path()]
    }
}

impl<E> Expanded<E> for &str {
    fn paths(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl<E, C: Expanded<E>, const N: usize> Expanded<E> for [C; N] {
    fn paths(self) -> Vec<String> {
        self.into_iter().flat_map(C::paths).collect()
    }
}

impl<E, C: Expanded<E>> Expanded<E> for Vec<C> {
    fn paths(self) -> Vec<String> {
        self.into_iter().flat_map(C::paths).collect()
    }
}

impl<E, C: Expanded<E> + Clone> Expanded<E> for &[C] {
    fn paths(self) -> Vec<String> {
        self.iter().cloned().flat_map(C::paths).collect()
    }
}
