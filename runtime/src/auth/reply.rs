//! Parses and classifies the answers of token endpoints. No token gets into an error, and no token that arrived is dropped: a token must
//! be valid to be used, not to be stored.

mod find;
mod members;
mod scan;

use bytes::Bytes;
use http::StatusCode;
use zeyos_core::{Issuer, IssuerGrant, Secret, Timestamp, TokenError};

use crate::TokenSet;

use crate::request::is_b64token;
use find::Found;
use members::Members;

/// Lifetime of an access token where the server names none, in seconds: what the documents promise.
const LIFETIME: i64 = 3600;

/// A lifetime beyond this is taken for this.
const LONGEST_LIFETIME: i64 = 30 * 86_400;

/// So is an end that the server names itself, as the legacy login does for its long-lived tokens.
const LAST_END: i64 = 10 * 366 * 86_400;

/// A classified answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Tokens that can be used.
    Tokens(TokenSet),
    /// No usable access token, but a refresh token that may be the only active one. The server has to confirm it.
    Partial(TokenSet, TokenError),
    /// The grant is invalid: consumed, expired or revoked.
    InvalidGrant(TokenError),
    /// The client application is refused, whatever the tokens are worth.
    ClientAuth(TokenError),
    /// Another refusal in the shape of RFC 6749: the grant was not used.
    Refused(TokenError),
    /// Anything else: the grant may be consumed.
    Indeterminate(TokenError),
    /// A refusal with new tokens beside it: the caller gets the refusal, and the server has to say whether the new tokens are active
    /// before it is applied to the current ones.
    RefusedWithTokens(Box<Reply>, TokenSet),
}

impl Reply {
    /// The error for the caller; `None` if there are usable tokens.
    pub(crate) fn problem(&self) -> Option<&TokenError> {
        match self {
            Reply::Tokens(_) => None,
            Reply::Partial(_, problem)
            | Reply::InvalidGrant(problem)
            | Reply::ClientAuth(problem)
            | Reply::Refused(problem)
            | Reply::Indeterminate(problem) => Some(problem),
            Reply::RefusedWithTokens(refusal, _) => refusal.problem(),
        }
    }

    /// Whether the answer contains a refresh token that the server has to confirm.
    pub(crate) fn is_unverified(&self) -> bool {
        matches!(self, Reply::Partial(..) | Reply::RefusedWithTokens(..))
    }
}

/// A raw answer, which may be truncated and whose status may be unknown.
pub(crate) struct RawAnswer<'a> {
    pub status: Option<StatusCode>,
    pub body: &'a Bytes,
    /// When the request was sent: a lifetime counts from then.
    pub sent_at: Timestamp,
    pub dialect: Dialect,
}

/// How an issuer deviates from RFC 6749 in its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// Tokens without a type are not ours. Only OAuth must name it (RFC 6749, section 5.1).
    pub type_required: bool,
    /// A lifetime that is missing is the usual one, and not unknown.
    pub tells_lifetime: bool,
    /// The codes of RFC 6749 for errors in words of its own.
    pub errors: &'static [(&'static str, &'static str)],
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { type_required: true, tells_lifetime: true, errors: &[] }
    }
}

impl From<Option<&'static Issuer>> for Dialect {
    /// Those of whoever was asked. Where that is not known, nothing can be demanded.
    fn from(issuer: Option<&'static Issuer>) -> Self {
        let Some(issuer) = issuer else { return Dialect { type_required: false, ..Dialect::default() } };
        Dialect {
            type_required: issuer.grant == IssuerGrant::OAuth2,
            tells_lifetime: issuer.tells_lifetime,
            errors: issuer.errors,
        }
    }
}

/// Reads an answer as leniently as is safe.
pub(crate) fn read(raw: &RawAnswer<'_>) -> Reply {
    let status = raw.status.unwrap_or(StatusCode::OK);
    let text = find::text(raw.body);
    let whole = Members::parse(&text);
    let refusal = whole.as_ref().and_then(|members| members.refusal(status, raw.dialect.errors));
    let refusal = refusal.map(|refusal| refused(refusal, status));
    let refusal = refusal.or_else(|| {
        (status == StatusCode::UNAUTHORIZED).then_some(Reply::ClientAuth(TokenError::ClientAuth { status }))
    });
    let (found, is_whole) = match whole {
        Some(members) if members.tokens(raw.sent_at).is_some() => (members, true),
        _ => match find::tokens(&text) {
            Some(Found { members, is_whole }) => (members, is_whole),
            None => return refusal.unwrap_or_else(|| Reply::Indeterminate(nothing(&text, status))),
        },
    };
    let Some(tokens) = found.tokens(raw.sent_at).map(|tokens| bounded(tokens, raw)) else {
        return refusal.unwrap_or_else(|| Reply::Indeterminate(malformed("a member stands twice", status)));
    };
    let refusal = refusal.or_else(|| failure(&found, status, raw.dialect));
    match (refusal, problem(&found, &tokens, status, raw.dialect)) {
        (Some(refusal), _) => with_tokens(refusal, tokens),
        (None, _) if !is_whole => partial(tokens, malformed("the body is not JSON, or was cut", status)),
        (None, Some(problem)) => partial(tokens, problem),
        (None, None) => Reply::Tokens(tokens),
    }
}

/// An error beside the tokens that was not the refusal of the whole answer.
fn failure(found: &Members, status: StatusCode, dialect: Dialect) -> Option<Reply> {
    let indeterminate = || Reply::Indeterminate(malformed("it names an error beside its tokens", status));
    let named = || found.refusal(status, dialect.errors).map_or_else(indeterminate, |refusal| refused(refusal, status));
    found.is_failure().then(named)
}

/// Why an answer without tokens is unusable.
fn nothing(text: &[u8], status: StatusCode) -> TokenError {
    let is_object = Members::parse(text).is_some();
    malformed(if is_object { "it holds no token" } else { "the body is not JSON, or was cut" }, status)
}

/// A refusal with the tokens that came beside it, if there is a refresh token among them: the only one that may be alive.
fn with_tokens(refusal: Reply, mut tokens: TokenSet) -> Reply {
    tokens.access_token = None;
    if tokens.refresh_token.is_some() { Reply::RefusedWithTokens(Box::new(refusal), tokens) } else { refusal }
}

/// The error code decides, whatever the status.
fn refused(refusal: TokenError, status: StatusCode) -> Reply {
    match refusal.code() {
        Some("invalid_grant") => Reply::InvalidGrant(refusal),
        Some("invalid_client") => Reply::ClientAuth(TokenError::ClientAuth { status }),
        _ if status == StatusCode::UNAUTHORIZED => Reply::ClientAuth(TokenError::ClientAuth { status }),
        Some("server_error" | "temporarily_unavailable") => Reply::Indeterminate(refusal),
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => Reply::Indeterminate(refusal),
        _ => Reply::Refused(refusal),
    }
}

/// Why tokens that came in cannot be used as they are.
fn problem(members: &Members, tokens: &TokenSet, status: StatusCode, dialect: Dialect) -> Option<TokenError> {
    let usable = tokens.access_token.as_ref().is_some_and(|token| is_b64token(token.expose()));
    if !status.is_success() {
        Some(malformed("the status is not a success, and the body names no error", status))
    } else if members.is_ambiguous() {
        Some(malformed("a member stands twice", status))
    } else if tokens.access_token.is_none() {
        Some(malformed("it holds no access token", status))
    } else if !usable {
        Some(malformed("the access token has characters that no token may have", status))
    } else if !members.is_bearer(dialect.type_required) {
        Some(TokenError::UnsupportedTokenType)
    } else {
        None
    }
}

/// Without a refresh token there is nothing to save: an access token that came in such an answer is not used.
fn partial(mut tokens: TokenSet, problem: TokenError) -> Reply {
    tokens.access_token = None;
    if tokens.refresh_token.is_some() { Reply::Partial(tokens, problem) } else { Reply::Indeterminate(problem) }
}

fn malformed(reason: &str, status: StatusCode) -> TokenError {
    TokenError::Malformed { reason: reason.to_owned(), status }
}

/// A lifetime that is missing or odd is the documented one, and none is longer than a month. Where the service never tells one, a
/// missing one stays unknown.
fn bounded(mut tokens: TokenSet, raw: &RawAnswer<'_>) -> TokenSet {
    let sent_at = raw.sent_at;
    let from_now = |seconds: i64| Timestamp::from_unix(sent_at.as_unix().saturating_add(seconds));
    let end = tokens.expires_at.filter(|_| tokens.expires_in.is_none());
    match end {
        Some(end) => tokens.expires_at = Some(end.clamp(sent_at, from_now(LAST_END))),
        None if tokens.expires_in.is_none() && !raw.dialect.tells_lifetime => {}
        None => {
            let lifetime = tokens.expires_in.unwrap_or(LIFETIME).clamp(0, LONGEST_LIFETIME);
            (tokens.expires_in, tokens.expires_at) = (Some(lifetime), Some(from_now(lifetime)));
        }
    }
    tokens.obtained_at = Some(sent_at);
    tokens
}

/// A server that sends no new refresh token means that the old one stays good (RFC 6749, section 6).
pub(crate) fn with_old_refresh_token(mut renewed: TokenSet, old: &TokenSet) -> TokenSet {
    if renewed.refresh_token.is_none() {
        renewed.refresh_token.clone_from(&old.refresh_token);
        renewed.refresh_token_expires_in = old.refresh_token_expires_in;
        renewed.refresh_token_expires_at = old.refresh_token_expires_at;
    }
    renewed.authorization_expires_at = renewed.authorization_expires_at.or(old.authorization_expires_at);
    renewed.issuer = renewed.issuer.or_else(|| old.issuer.clone());
    // What is granted stays the same where the answer does not say (section 5.1), and whose tokens they are does anyway.
    renewed.scope = renewed.scope.or_else(|| old.scope.clone());
    renewed.id_token = renewed.id_token.or_else(|| old.id_token.clone());
    renewed
}

/// The answer of an introspection: alive or not, if that can be told (RFC 7662, section 2.2: a JSON boolean).
pub(crate) fn is_active(status: StatusCode, body: &Bytes) -> Option<bool> {
    let value: serde_json::Value = serde_json::from_slice(&find::text(body)).ok().filter(|_| status.is_success())?;
    value.get("active")?.as_bool()
}

/// The tokens that an answer holds, whatever it is an answer to.
pub(crate) fn issued(body: &Bytes) -> Vec<Secret> {
    let text = find::text(body);
    let found = find::tokens(&text).map(|found| found.members.secrets());
    [scan::members(&text).secrets(), found.unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests;
