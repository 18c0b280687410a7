//! Why a login brought no tokens: one variant a cause, each with what to do about it.

use std::error::Error as StdError;
use std::{fmt, io};

use zeyos_core::Error;

/// Why a login brought no tokens.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The redirect URI cannot be used, for this reason.
    RedirectUri(&'static str),
    /// The caller's own state can be guessed: it holds less than 128 random bits.
    WeakState,
    /// The client is in mode Session, which sends no client application, so the code could not be exchanged.
    SessionMode,
    /// No client application is configured.
    NoClientCredentials,
    /// The system has no random bytes to give.
    NoRandomness,
    /// A parameter is repeated in the answer (RFC 6749, section 3.1).
    Doubled {
        /// Which one.
        parameter: &'static str,
    },
    /// The answer carries no state.
    StateMissing,
    /// The answer belongs to another login, or to none: do not trust it.
    StateMismatch,
    /// The answer comes from another issuer (RFC 9207).
    OtherIssuer,
    /// The answer has a code and an error.
    CodeAndError,
    /// The answer has neither a code nor an error.
    NoCode,
    /// The login was begun more than ten minutes ago.
    Expired,
    /// The login was finished before.
    AlreadyUsed,
    /// What was kept of a login is not one of this client, for this reason.
    Kept(&'static str),
    /// The user or the server said no (RFC 6749, section 4.1.2.1).
    Denied {
        /// The error code, such as `access_denied`.
        error: String,
        /// The reason in words, shortened.
        description: Option<String>,
    },
    /// The code could not be exchanged.
    Exchange(Error),
    /// This program cannot listen for the browser.
    Listen(io::Error),
    /// The browser did not come back in time.
    NotCalledBack,
    /// The one-time address of the login was visited twice, so someone else may have read it. The login has ended.
    StartedTwice,
    /// The address is none for a browser: neither https nor on this machine.
    NotForBrowser,
    /// The browser could not be started.
    Browser(io::Error),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoginError::RedirectUri(reason) => write!(f, "the redirect URI {reason}"),
            LoginError::Kept(reason) => write!(f, "the kept login {reason}; begin a new one"),
            LoginError::Doubled { parameter } => {
                write!(f, "the parameter {parameter} stands twice in the answer; begin a new login")
            }
            LoginError::Denied { error, description: Some(text) } => {
                write!(f, "the login was refused with {error}: {text}")
            }
            LoginError::Denied { error, description: None } => write!(f, "the login was refused with {error}"),
            other => f.write_str(other.message()),
        }
    }
}

impl LoginError {
    /// Cause and remedy of the variants that always say the same.
    fn message(&self) -> &'static str {
        match self {
            LoginError::WeakState => {
                "the state holds less than 128 random bits; leave it out, or give 32 hexadecimal or 22 base64url characters"
            }
            LoginError::SessionMode => {
                "the mode Session sends no client application, so no code can be exchanged; use mode Auto or OAuth"
            }
            LoginError::NoClientCredentials => {
                "no client application is configured; configure `client_credentials(id, secret)`"
            }
            LoginError::NoRandomness => "the system has no random bytes to give; try again later",
            LoginError::StateMissing => "the answer has no state, so it may be forged; begin a new login",
            LoginError::StateMismatch => {
                "the answer carries the state of another login, so it may be forged; begin a new login"
            }
            LoginError::OtherIssuer => {
                "the answer comes from another issuer (RFC 9207); begin a new login, and check the base URL"
            }
            LoginError::CodeAndError => "the answer has a code and an error; begin a new login",
            LoginError::NoCode => "the answer has no code; begin a new login",
            LoginError::Expired => "the login was begun more than ten minutes ago; begin a new one",
            LoginError::AlreadyUsed => "the login was finished before; begin a new one",
            LoginError::Exchange(_) => "the code could not be exchanged; begin a new login, since a code works once",
            LoginError::Listen(_) => {
                "cannot listen for the browser on 127.0.0.1; take a free port, or close the program that has this one"
            }
            LoginError::NotCalledBack => "the browser did not come back in time; begin a new login",
            LoginError::StartedTwice => {
                "the one-time address of the login was visited twice, so another user of this machine may have read it; the login \
                 has ended: begin a new one"
            }
            LoginError::NotForBrowser => "only https addresses, and http on this machine, are opened in a browser",
            LoginError::Browser(_) => "the browser could not be started; open the address by hand",
            _ => "the login failed",
        }
    }
}

impl StdError for LoginError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            LoginError::Exchange(error) => Some(error),
            LoginError::Listen(error) | LoginError::Browser(error) => Some(error),
            _ => None,
        }
    }
}
