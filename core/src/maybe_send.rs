//! What may move between threads, decided in one place: on a target without threads nothing has to.

#[cfg(any(not(target_arch = "wasm32"), target_feature = "atomics"))]
mod bounds {
    /// `Send`, where the target has threads.
    pub trait MaybeSend: Send {}

    impl<T: Send + ?Sized> MaybeSend for T {}

    /// `Sync`, where the target has threads.
    pub trait MaybeSync: Sync {}

    impl<T: Sync + ?Sized> MaybeSync for T {}
}

#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
mod bounds {
    /// `Send`, where the target has threads; here it has none.
    pub trait MaybeSend {}

    impl<T: ?Sized> MaybeSend for T {}

    /// `Sync`, where the target has threads; here it has none.
    pub trait MaybeSync {}

    impl<T: ?Sized> MaybeSync for T {}
}

pub use bounds::{MaybeSend, MaybeSync};
