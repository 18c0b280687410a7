//! What a platform's server does itself; everything else is the same for all of them.

use std::fmt;

use crate::config::ConfigError;
use crate::faults::TokenEnd;
use crate::http::{Reply, Request};
use crate::switches::Switch;

/// The part of a server that knows its platform.
pub(crate) trait Service: fmt::Debug + Send {
    /// Answers a request at this moment.
    fn answer(&mut self, request: &Request, now: i64) -> Reply;

    /// The refusal of the endpoint, as for a credential that does not live.
    fn refusal(&self, request: &Request) -> Reply;

    /// Ends the credential that a request carries.
    fn end_token(&mut self, request: &Request, how: TokenEnd);

    /// What a client signs in with, by name. It does not change.
    fn credentials(&self) -> Vec<(&'static str, String)>;

    /// Every switch as it stands.
    fn switches(&self) -> Vec<Switch>;

    /// Sets switches by name; none if one is not known.
    fn set(&mut self, pairs: &[(String, String)]) -> Result<(), ConfigError>;

    /// Forgets everything that it has learnt since it started.
    fn start_anew(&mut self);
}

/// Sets all switches of a set or none.
pub(super) fn set_all<S: Clone>(
    switches: &mut S,
    pairs: &[(String, String)],
    set: impl Fn(&mut S, &str, &str) -> Result<(), ConfigError>,
) -> Result<(), ConfigError> {
    let mut changed = switches.clone();
    pairs.iter().try_for_each(|(name, value)| set(&mut changed, name, value))?;
    *switches = changed;
    Ok(())
}
