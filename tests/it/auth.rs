//! The client and its auth middleware: against the emulator for what a server makes of it, over a transport in memory for what
//! is on the wire and in which order.

pub(crate) mod support;

mod bearer;
mod code_flow;
mod crowd;
mod dry_run;
mod exchanges;
mod further_logins;
mod many_users;
mod modes;
mod places;
mod plugged_in;
mod redirects;
mod refusals;
mod requests;
mod secrets;
mod stores;
mod token_set;
mod transports;
mod untyped;
