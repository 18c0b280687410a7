//! The login of an instance: which credentials of its documents it is made of.

use zeyos_generated::zeyos::{auth, oauth2, rest};
use zeyos_runtime::Login;

/// Tokens, session cookie and the two pairs, for the three services of an instance.
pub(super) fn login() -> Login {
    Login::new(rest::schemes::OAUTH.credential)
        .tenant("instance")
        .session(rest::schemes::SESSION.credential)
        .client(oauth2::schemes::BASIC.credential)
        .user(auth::schemes::USER.credential)
        .service(&rest::SERVICE, rest::operations(), &[])
        .service(&oauth2::SERVICE, oauth2::operations(), oauth2::issuers::ISSUERS)
        .service(&auth::SERVICE, auth::operations(), auth::issuers::ISSUERS)
}
