//! How often something is done.

/// What this variable of the environment says, for long runs, or the size of the ordinary run.
pub(crate) fn size(name: &str, ordinary: usize) -> usize {
    std::env::var(name).ok().and_then(|size| size.parse().ok()).unwrap_or(ordinary)
}
