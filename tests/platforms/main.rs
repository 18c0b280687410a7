//! The further platforms: every numbered behaviour of their reference pages, checked against test servers with the strict rules of each
//! service. [docs/platforms.md](../../docs/platforms.md) says what the numbers mean.

// Tells clippy that helpers of tests are tests too: they may stop at the first surprise.
#![cfg(test)]

mod access_tokens;
mod auth_agent;
mod cozy;
mod docs;
mod kills;
mod leaks;
mod support;
