//! What can be chosen about Auth-Agent.

use std::time::Duration;

use crate::switches::choices::choices;
use crate::switches::setting::switch_set;

choices! {
    /// The generation of the interface.
    Generation {
        /// The one of the reference page, below `/oauth2` and `/api`.
        First = "first",
        /// The later one, with a back channel for agents.
        Second = "second",
    }
    /// The status of `invalid_grant`.
    GrantStatus {
        /// As the documents of the vendor say.
        Unauthorized = "401",
        /// As RFC 6749 says.
        BadRequest = "400",
    }
    /// The status of a registration.
    RegistrationStatus {
        /// OK
        Ok = "200",
        /// Created
        Created = "201",
    }
    /// What the discovery document says.
    Discovery {
        /// The addresses of this server.
        Own = "own",
        /// Another issuer, with the addresses of this server.
        ForeignIssuer = "foreign_issuer",
        /// Addresses for revocation and introspection on another origin.
        ForeignEndpoints = "foreign_endpoints",
        /// Other paths for revocation and introspection, on this origin.
        Moved = "moved",
        /// There is none: 404.
        None = "none",
    }
}

switch_set! {
    /// The switches of Auth-Agent.
    AgentSwitches {
        /// The generation of the interface.
        known generation: Generation,
        /// How long an access token lives, in whole seconds.
        known access_token_ttl: Duration,
        /// How long a refresh token lives, in whole seconds.
        known refresh_token_ttl: Duration,
        /// How long a code lives, in whole seconds.
        known code_ttl: Duration,
        /// Whether a refresh brings another refresh token and ends the one that was sent; the second generation always does.
        known rotation: bool,
        /// The status of `invalid_grant`; the second generation always answers 400.
        known invalid_grant_status: GrantStatus,
        /// The status of a registration.
        guess registration_status: RegistrationStatus,
        /// How often an agent is told that there is no challenge yet.
        guess challenge_after: u32,
        /// Whether `/oauth2/userinfo` and `/oauth2/introspect` answer with members that no document names.
        guess extra_members: bool,
        /// What the discovery document says.
        known discovery: Discovery,
        /// Whether requests are counted: 5 registrations and 60 refreshes an hour, 10 sign-ins a minute, 1000 others an hour.
        known rate_limits: bool,
    }
}

impl Default for AgentSwitches {
    fn default() -> Self {
        Self {
            generation: Generation::First,
            access_token_ttl: Duration::from_secs(3600),
            refresh_token_ttl: Duration::from_secs(30 * 24 * 3600),
            code_ttl: Duration::from_secs(600),
            rotation: false,
            invalid_grant_status: GrantStatus::Unauthorized,
            registration_status: RegistrationStatus::Created,
            challenge_after: 1,
            extra_members: true,
            discovery: Discovery::Own,
            rate_limits: false,
        }
    }
}
