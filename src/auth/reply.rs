//! What the answer of a token endpoint means. Nothing that holds tokens gets into an error, and no token that came in is
//! thrown away: strictness belongs to using a token, not to keeping the only copy of one.

mod members;
mod scan;

use bytes::Bytes;
use http::StatusCode;
use zeyos_core::{Secret, Timestamp, TokenError};

use crate::TokenSet;

use super::credentials::is_b64token;
use members::Members;

/// Longest text of the server that an error repeats.
const EXCERPT: usize = 200;

/// Lifetime of an access token where the server names none, in seconds: what the documents promise.
const LIFETIME: i64 = 3600;

/// A lifetime beyond this is taken for this.
const LONGEST_LIFETIME: i64 = 30 * 86_400;

/// So is an end that the server names itself, as the legacy login does for its long-lived tokens.
const LAST_END: i64 = 10 * 366 * 86_400;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Tokens that can be used.
    Tokens(TokenSet),
    /// No access token of use, but a refresh token that may be the only one alive. The server has to confirm it.
    Salvage(TokenSet, TokenError),
    /// The grant is used up, ended or revoked.
    InvalidGrant(TokenError),
    /// The client application is refused, whatever the tokens are worth.
    ClientAuth(TokenError),
    /// Another refusal in the shape of RFC 6749: the grant was not used.
    Refused(TokenError),
    /// Anything else: the grant may be used up.
    Unclear(TokenError),
}

/// An answer of which the status may be known, and which may have been cut.
pub(crate) struct Raw<'a> {
    pub status: Option<StatusCode>,
    pub body: &'a Bytes,
    /// When the request was sent: a lifetime counts from then.
    pub sent_at: Timestamp,
    /// Whether tokens without a type are none of ours.
    pub type_required: bool,
}

/// Reads an answer as leniently as is safe.
pub(crate) fn read(raw: &Raw<'_>) -> Reply {
    let status = raw.status.unwrap_or(StatusCode::OK);
    match Members::parse(raw.body) {
        Some(members) => judge(&members, status, raw),
        None if status == StatusCode::UNAUTHORIZED => Reply::ClientAuth(TokenError::ClientAuth { status }),
        None => remains(raw, status),
    }
}

fn judge(members: &Members, status: StatusCode, raw: &Raw<'_>) -> Reply {
    if let Some(refusal) = members.refusal(status) {
        return refused(refusal, status);
    }
    if status == StatusCode::UNAUTHORIZED {
        return Reply::ClientAuth(TokenError::ClientAuth { status });
    }
    let Some(tokens) = members.tokens(raw.sent_at).map(|tokens| bounded(tokens, raw.sent_at)) else {
        return Reply::Unclear(malformed("it holds no token", status));
    };
    match problem(members, &tokens, status, raw.type_required) {
        None => Reply::Tokens(tokens),
        Some(problem) => salvage(tokens, problem),
    }
}

/// The error code decides, whatever the status.
fn refused(refusal: TokenError, status: StatusCode) -> Reply {
    match refusal.code() {
        Some("invalid_grant") => Reply::InvalidGrant(refusal),
        Some("invalid_client") => Reply::ClientAuth(TokenError::ClientAuth { status }),
        _ if status == StatusCode::UNAUTHORIZED => Reply::ClientAuth(TokenError::ClientAuth { status }),
        Some("server_error" | "temporarily_unavailable") => Reply::Unclear(refusal),
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => Reply::Unclear(refusal),
        _ => Reply::Refused(refusal),
    }
}

/// Why tokens that came in cannot be used as they are.
fn problem(members: &Members, tokens: &TokenSet, status: StatusCode, type_required: bool) -> Option<TokenError> {
    let usable = tokens.access_token.as_ref().is_some_and(|token| is_b64token(token.expose()));
    match () {
        () if !status.is_success() => Some(malformed("the status is no success, and the body names no error", status)),
        () if members.is_ambiguous() => Some(malformed("a member stands twice", status)),
        () if tokens.access_token.is_none() => Some(malformed("it holds no access token", status)),
        () if !usable => Some(malformed("the access token has characters that no token may have", status)),
        () if !members.is_bearer(type_required) => Some(TokenError::UnsupportedTokenType),
        () => None,
    }
}

/// What a cut answer, or one that is no JSON, still holds.
fn remains(raw: &Raw<'_>, status: StatusCode) -> Reply {
    let problem = malformed("the body is not JSON, or was cut", status);
    match scan::members(raw.body).tokens(raw.sent_at) {
        Some(tokens) => salvage(bounded(tokens, raw.sent_at), problem),
        None => Reply::Unclear(problem),
    }
}

/// Without a refresh token there is nothing to save: an access token that came in such an answer is not used.
fn salvage(mut tokens: TokenSet, problem: TokenError) -> Reply {
    tokens.access_token = None;
    if tokens.refresh_token.is_some() { Reply::Salvage(tokens, problem) } else { Reply::Unclear(problem) }
}

fn malformed(reason: &str, status: StatusCode) -> TokenError {
    TokenError::Malformed { reason: reason.to_owned(), status }
}

/// A lifetime that is missing or odd is the documented one, and none is longer than a month.
fn bounded(mut tokens: TokenSet, sent_at: Timestamp) -> TokenSet {
    let from_now = |seconds: i64| Timestamp::from_unix(sent_at.as_unix().saturating_add(seconds));
    let end = tokens.expires_at.filter(|_| tokens.expires_in.is_none());
    match end {
        Some(end) => tokens.expires_at = Some(end.clamp(sent_at, from_now(LAST_END))),
        None => {
            let lifetime = tokens.expires_in.unwrap_or(LIFETIME).clamp(0, LONGEST_LIFETIME);
            (tokens.expires_in, tokens.expires_at) = (Some(lifetime), Some(from_now(lifetime)));
        }
    }
    tokens.obtained_at = Some(sent_at);
    tokens
}

fn shortened(text: &str) -> String {
    text.chars().take(EXCERPT).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A server that sends no new refresh token means that the old one stays good (RFC 6749, section 6).
pub(crate) fn with_old_refresh_token(mut renewed: TokenSet, old: &TokenSet) -> TokenSet {
    if renewed.refresh_token.is_none() {
        renewed.refresh_token.clone_from(&old.refresh_token);
        renewed.refresh_token_expires_in = old.refresh_token_expires_in;
        renewed.refresh_token_expires_at = old.refresh_token_expires_at;
    }
    renewed.issuer = renewed.issuer.or(old.issuer);
    renewed
}

/// The answer of an introspection: alive or not, if that can be told (RFC 7662, section 2.2: a JSON boolean).
pub(crate) fn is_active(status: StatusCode, body: &Bytes) -> Option<bool> {
    let value: serde_json::Value = serde_json::from_slice(body).ok().filter(|_| status.is_success())?;
    value.get("active")?.as_bool()
}

/// The tokens that an answer holds, whatever it is an answer to.
pub(crate) fn issued(body: &Bytes) -> Vec<Secret> {
    scan::members(body).secrets()
}

/// The fingerprint of a refresh token, for the mark in the store.
pub(crate) fn fingerprint(token: &Secret) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(token.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
