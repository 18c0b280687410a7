//! How often something is done.

/// What this variable of the environment says, for long runs, or the size of the ordinary run.
pub(crate) fn size(name: &str, ordinary: usize) -> usize {
    std::env::var(name)
        .map_or(ordinary, |size| size.parse().unwrap_or_else(|_| panic!("{name} is not a number: {size}")))
}
