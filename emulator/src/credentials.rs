//! What an emulator hands out at its start. It is data; how it comes about is `seed/starter.rs`'s business.

use std::fmt;

/// What a client needs to sign in. Everything works at once.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The identifier of the demo application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The name of the demo user, who is an administrator.
    pub username: String,
    /// The user's password.
    pub password: String,
    /// An access token of the user and the application.
    pub access_token: String,
    /// The refresh token that came with it.
    pub refresh_token: String,
    /// The bare value of the cookie `ZEYOSID` of a web login of the user.
    pub session: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Credentials");
        shown.field("client_id", &self.client_id).field("username", &self.username).finish_non_exhaustive()
    }
}
