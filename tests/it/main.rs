//! The integration tests of `zeyos`, one binary.

// Tells clippy that helpers of tests are tests too: they may stop at the first surprise.
#![cfg(test)]

mod answers;
mod auth;
#[cfg(feature = "blocking")]
mod blocking;
mod browser;
mod bulk;
mod calls;
#[cfg(feature = "testing")]
mod cassettes;
mod census;
mod checks;
mod columns;
mod custom_fields;
#[cfg(feature = "rust_decimal")]
mod decimals;
mod document;
mod edit;
mod emitted;
mod facts;
mod faults;
mod file_store;
mod guide;
mod lines;
mod lists;
mod load;
#[cfg(feature = "metrics")]
mod metrics;
mod observe;
mod page;
#[cfg(all(feature = "cozy", feature = "access-tokens", feature = "auth-agent"))]
mod platforms;
mod programs;
mod promises;
mod queries;
mod records;
mod references;
mod rules;
mod runtime_words;
mod shared_stores;
mod stored_queries;
mod streams;
mod support;
mod surface;
mod sync;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tls;
#[cfg(feature = "tower")]
mod tower;
mod views;
mod waits;
mod wire;
mod worked_examples;
mod writes;
mod wrong;
