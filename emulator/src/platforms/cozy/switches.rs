//! What can be chosen about a Cozy.

use std::time::Duration;

use crate::switches::choices::choices;
use crate::switches::setting::switch_set;

choices! {
    /// Who agrees to a login.
    Consent {
        /// The user agrees at once.
        Auto = "auto",
        /// A page asks the user, who signs in first.
        Form = "form",
    }
    /// The status of the answer to an access token that has expired.
    ExpiredStatus {
        /// As the instance does.
        BadRequest = "400",
        /// As RFC 6750 says.
        Unauthorized = "401",
    }
}

switch_set! {
    /// The switches of a Cozy.
    CozySwitches {
        /// Who agrees to a login.
        known authorize: Consent,
        /// How long an access token lives, in whole seconds.
        known access_token_ttl: Duration,
        /// How long a code lives, in whole seconds.
        guess code_ttl: Duration,
        /// Whether a refresh brings another refresh token and ends the one that was sent.
        known rotation: bool,
        /// The status for an access token that has expired.
        known expired_status: ExpiredStatus,
        /// How many registrations and changes of clients there may be in an hour; beyond it 404 is answered.
        known registrations_per_hour: u32,
        /// Software that may not register, by `software_id`.
        guess unapproved_software: Vec<String>,
    }
}

impl Default for CozySwitches {
    fn default() -> Self {
        Self {
            authorize: Consent::Auto,
            access_token_ttl: Duration::from_secs(7 * 24 * 3600),
            code_ttl: Duration::from_secs(300),
            rotation: false,
            expired_status: ExpiredStatus::BadRequest,
            registrations_per_hour: 50,
            unapproved_software: Vec::new(),
        }
    }
}
