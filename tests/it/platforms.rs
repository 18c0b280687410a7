//! The further platforms: every numbered behaviour of their reference pages, checked against test servers with the strict rules of each
//! service. [docs/platforms.md](../../docs/platforms.md) says what the numbers mean.

mod access_tokens;
mod auth_agent;
mod cozy;
mod docs;
mod kills;
mod leaks;
mod support;
