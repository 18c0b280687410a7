//! What the model's server says, as bytes that the real parser reads.

use bytes::Bytes;
use http::StatusCode;
use zeyos_core::Timestamp;

use crate::auth::reply::{self, Dialect, RawAnswer};
use crate::auth::rotation::{Input, Patience};

/// Tokens are numbers: the refresh token `r7` comes with the access token `a7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Tokens(u8),
    /// A new access token, of this number, for a refresh token that stays and is not named.
    Access(u8, u8),
    /// Cut behind the refresh token.
    Cut(u8),
    /// Of a type that is not ours.
    Mac(u8),
    InvalidGrant,
    ClientAuth,
    Html,
    /// 503 with an error code of its own.
    Busy,
    /// 503 with Retry-After.
    Later,
    /// The connection broke before a byte came in.
    Nothing,
}

impl Answer {
    /// The refresh token in it.
    pub(super) fn issued(self) -> Option<u8> {
        match self {
            Answer::Tokens(token) | Answer::Access(token, _) | Answer::Cut(token) | Answer::Mac(token) => Some(token),
            _ => None,
        }
    }

    /// The server has said that the token was not used.
    pub(super) fn spares(self) -> bool {
        self == Answer::ClientAuth
    }

    pub(super) fn body(self) -> Bytes {
        let pair = |n: u8, kind: &str| {
            format!(r#"{{"access_token":"a{n}","refresh_token":"r{n}","token_type":"{kind}","expires_in":3600}}"#)
        };
        Bytes::from(match self {
            Answer::Tokens(n) => pair(n, "Bearer"),
            Answer::Access(_, n) => format!(r#"{{"access_token":"b{n}","token_type":"Bearer","expires_in":3600}}"#),
            Answer::Mac(n) => pair(n, "mac"),
            Answer::Cut(n) => format!(r#"{{"refresh_token":"r{n}","access_tok"#),
            Answer::InvalidGrant => r#"{"error":"invalid_grant"}"#.to_owned(),
            Answer::ClientAuth => r#"{"error":"invalid_client"}"#.to_owned(),
            Answer::Html => "<html>gateway</html>".to_owned(),
            Answer::Busy | Answer::Later => r#"{"error":"overloaded"}"#.to_owned(),
            Answer::Nothing => String::new(),
        })
    }

    fn status(self) -> Option<StatusCode> {
        Some(match self {
            Answer::Tokens(_) | Answer::Access(..) | Answer::Cut(_) | Answer::Mac(_) | Answer::Html => StatusCode::OK,
            Answer::InvalidGrant => StatusCode::FORBIDDEN,
            Answer::ClientAuth => StatusCode::UNAUTHORIZED,
            Answer::Busy | Answer::Later => StatusCode::SERVICE_UNAVAILABLE,
            Answer::Nothing => return None,
        })
    }

    /// Read as the driver reads it: a journal has no head.
    pub(super) fn parse(self, is_journal: bool) -> Input {
        let status = if is_journal { None } else { self.status() };
        let raw =
            RawAnswer { status, body: &self.body(), sent_at: Timestamp::from_unix(1_000), dialect: Dialect::default() };
        let is_asked = self == Answer::Later && !is_journal;
        Input::Parsed(Box::new(reply::read(&raw)), if is_asked { Patience::Asked } else { Patience::NotAsked })
    }
}
