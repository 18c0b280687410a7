//! Private parts for the targets of `fuzz/`. It is there only under `--cfg fuzzing`, which `cargo fuzz` sets.

use bytes::Bytes;
use http::StatusCode;
use zeyos_core::Timestamp;

use crate::TokenSet;
use crate::auth::{Dialect, RawAnswer, Reply, read_reply};

/// What an answer of a token endpoint holds, and everything that may be printed of it.
pub fn token_reply(status: Option<u16>, body: &[u8]) -> (Option<TokenSet>, String) {
    let body = Bytes::copy_from_slice(body);
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    let sent_at = Timestamp::from_unix(1_800_000_000);
    let reply = read_reply(&RawAnswer { status, body: &body, sent_at, dialect: Dialect::default() });
    let shown = format!("{reply:?}");
    match reply {
        Reply::Tokens(tokens) => (Some(tokens), shown),
        Reply::Partial(tokens, error) => (Some(tokens), format!("{shown} {error}")),
        Reply::RefusedWithTokens(refusal, tokens) => {
            let words = refusal.problem().map(|error| error.to_string()).unwrap_or_default();
            (Some(tokens), format!("{shown} {words}"))
        }
        Reply::InvalidGrant(error) | Reply::ClientAuth(error) | Reply::Refused(error) | Reply::Indeterminate(error) => {
            (None, format!("{shown} {error}"))
        }
    }
}
