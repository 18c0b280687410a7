//! Further platforms on the same generator and the same auth core, each behind a feature of its own. Their clients have the token
//! manager, stores, events and limits of [`Client`](crate::Client); what each module describes is its service alone.

#[cfg(feature = "access-tokens")]
pub mod access_tokens;
#[cfg(feature = "auth-agent")]
pub mod auth_agent;
#[cfg(feature = "cozy")]
pub mod cozy;
