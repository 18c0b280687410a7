//! What may move between threads, decided in one place: on a target without threads nothing has to.

use std::pin::Pin;

#[cfg(any(not(target_arch = "wasm32"), target_feature = "atomics"))]
mod bounds {
    use std::future::Future;

    /// What the future in a [`BoxFuture`](super::BoxFuture) can do.
    pub(super) type AnyFuture<'a, T> = dyn Future<Output = T> + Send + 'a;

    /// `Send`, where the target has threads.
    pub trait MaybeSend: Send {}

    impl<T: Send + ?Sized> MaybeSend for T {}

    /// `Sync`, where the target has threads.
    pub trait MaybeSync: Sync {}

    impl<T: Sync + ?Sized> MaybeSync for T {}
}

#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
mod bounds {
    use std::future::Future;

    /// What the future in a [`BoxFuture`](super::BoxFuture) can do.
    pub(crate) type AnyFuture<'a, T> = dyn Future<Output = T> + 'a;

    /// `Send`, where the target has threads; here it has none.
    pub trait MaybeSend {}

    impl<T: ?Sized> MaybeSend for T {}

    /// `Sync`, where the target has threads; here it has none.
    pub trait MaybeSync {}

    impl<T: ?Sized> MaybeSync for T {}
}

use bounds::AnyFuture;
pub use bounds::{MaybeSend, MaybeSync};

/// A boxed future, which can be sent between threads where the target has threads.
pub type BoxFuture<T> = ScopedFuture<'static, T>;

/// A boxed future that borrows, which can be sent between threads where the target has threads.
pub type ScopedFuture<'a, T> = Pin<Box<AnyFuture<'a, T>>>;
