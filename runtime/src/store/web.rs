//! Tokens in the storage of a browser.

mod area;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod lock;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod locks;
mod login;
mod notes;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod page;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod tabs;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod web_storage;

/// What the names of locks and channels begin with, which all programs of an origin share.
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
const NAMESPACE: &str = "zeyos";

#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
pub use web_storage::WebStorageTokenStore;
