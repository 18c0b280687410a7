//! When a token of the legacy login ends: within reason, whatever is asked for and whatever is answered.

use serde_json::Value;
use zeyos_core::call::{Body, Request};
use zeyos_core::{Error, Timestamp};

use zeyos_runtime::LONGEST_OWN_LIFE;

/// The default lifetime of a token, in seconds.
const USUAL: i64 = 100 * 86_400;

const EXPDATE: &str = "expdate";

/// Refuses to ask for a token that never ends.
pub(super) fn check(request: &Request, now: Timestamp) -> Result<(), Error> {
    let Body::Fields(fields) = &request.body else { return Ok(()) };
    let latest = now.as_unix().saturating_add(LONGEST_OWN_LIFE);
    match fields.get(EXPDATE).and_then(Value::as_i64) {
        Some(end) if end > latest => {
            Err(Error::request("`expdate` is more than 366 days ahead; ask for an earlier end, or for none"))
        }
        _ => Ok(()),
    }
}

/// Puts an end that can be read in place of one that cannot, so that an odd one does not cost the caller the token.
pub(super) fn bound(answer: &mut http::Response<bytes::Bytes>, now: Timestamp) {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(answer.body()) else { return };
    let end = members.get(EXPDATE).and_then(number);
    let (first, last) = (now.as_unix(), now.as_unix().saturating_add(LONGEST_OWN_LIFE));
    let bounded = match end {
        Some(end) => end.clamp(0, last),
        None => first.saturating_add(USUAL),
    };
    if members.get(EXPDATE).and_then(Value::as_i64) != Some(bounded) {
        members.insert(EXPDATE.to_owned(), bounded.into());
        *answer.body_mut() = Value::Object(members).to_string().into();
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, which is what is wanted")]
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|number| number as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
