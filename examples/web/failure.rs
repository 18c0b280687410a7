//! Why a request has no other answer than a page that says so.

use std::error::Error;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use zeyos::oauth2::LoginError;

use super::pages;

pub(crate) enum Failure {
    /// A form that another site sent, or a program that is not a browser.
    NotOurForm,
    /// The answer to a login of another browser, to one that is over, or to none.
    NotBegunHere,
    /// A login that brought no tokens.
    Login(LoginError),
    /// ZeyOS, or the way to it.
    Zeyos(zeyos::Error),
    /// Anything of ours, which is not the business of visitors.
    Internal(Box<dyn Error + Send + Sync>),
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        Failure::Login(error)
    }
}

impl From<zeyos::Error> for Failure {
    fn from(error: zeyos::Error) -> Self {
        Failure::Zeyos(error)
    }
}

impl From<Box<dyn Error + Send + Sync>> for Failure {
    fn from(error: Box<dyn Error + Send + Sync>) -> Self {
        Failure::Internal(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Failure::NotOurForm => {
                (StatusCode::FORBIDDEN, "This form does not come from a page of this site.".to_owned())
            }
            Failure::NotBegunHere => {
                let text = "This is not the answer to a login that waits in this browser. Sign in anew.";
                (StatusCode::BAD_REQUEST, text.to_owned())
            }
            Failure::Login(error @ LoginError::Exchange(_)) => (StatusCode::BAD_GATEWAY, with_causes(&error)),
            Failure::Login(error) => (StatusCode::BAD_REQUEST, with_causes(&error)),
            Failure::Zeyos(error) => (StatusCode::BAD_GATEWAY, with_causes(&error)),
            Failure::Internal(error) => {
                eprintln!("{error}");
                (StatusCode::INTERNAL_SERVER_ERROR, "Something does not work here. Try again later.".to_owned())
            }
        };
        (status, pages::problem("This did not work", &text)).into_response()
    }
}

/// Errors of the client hold no secrets, so people may see them.
fn with_causes(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
