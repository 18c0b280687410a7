//! Compiles where zeyos stands on this build of the core.

pub fn same(id: zeyos_core::Id<()>) -> zeyos::Id<()> {
    id
}
