//! What can be chosen about the server of access tokens.

use std::time::Duration;

use crate::switches::choices::choices;
use crate::switches::setting::switch_set;

choices! {
    /// What the application makes of errors that the routes throw.
    ErrorHandler {
        /// Nothing: a page of HTML with their status.
        None = "none",
        /// JSON with their status.
        Json = "json",
        /// The same, and 404 for a token that is not known.
        Mapped = "mapped",
    }
    /// The version of the packages.
    Version {
        /// Without roles; a list hides every token with an end.
        V1_0 = "1.0.0",
        /// With roles.
        V1_1 = "1.1.0",
    }
}

switch_set! {
    /// The switches of the server of access tokens.
    TokenSwitches {
        /// The path of the exchange.
        known auth_path: String,
        /// The path of the administration.
        known admin_path: String,
        /// How long a JWT lives, in whole seconds.
        known jwt_ttl: Duration,
        /// What the application makes of errors that the routes throw.
        known error_handler: ErrorHandler,
        /// How many exchanges are taken in a minute; 0 for any number.
        known rate_limit: u32,
        /// The version of the packages.
        known version: Version,
    }
}

impl Default for TokenSwitches {
    fn default() -> Self {
        Self {
            auth_path: "/auth".to_owned(),
            admin_path: "/admin".to_owned(),
            jwt_ttl: Duration::from_secs(3600),
            error_handler: ErrorHandler::None,
            rate_limit: 0,
            version: Version::V1_1,
        }
    }
}
