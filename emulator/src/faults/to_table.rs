//! Writes a fault as the table that is read as the same fault.

use std::time::Duration;

use axum::http::header;

use super::member::Member;
use super::when::When;
use super::{BodyChange, Effect, Fault, HeaderText, INJECTED, PLAIN, TokenEnd};
use crate::json::Json;

type Members = Vec<(&'static str, Json)>;

/// The table of a fault; what is as without saying is left out.
pub(crate) fn to_table(fault: &Fault) -> Json {
    let mut members = when(&fault.when);
    if !fault.members.is_empty() {
        let object = Json::Object(fault.members.iter().map(Member::shown).collect());
        // Behind the route, whatever of it is said.
        let at = members.iter().take_while(|(name, _)| matches!(*name, "method" | "path")).count();
        members.insert(at, ("member", object));
    }
    members.extend(effect(&fault.effect, fault.carried_out));
    members.extend(manner(fault));
    members.extend(headers(fault));
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn when(when: &When) -> Members {
    let mut members = Members::new();
    let mut add = |name, value: Option<Json>| members.extend(value.map(|value| (name, value)));
    add("method", when.method.clone().map(Json::Text));
    add("path", (!when.path.is_empty()).then(|| Json::Text(when.path.clone())));
    add("after", (when.skip > 0).then(|| count(when.skip)));
    add("times", when.times.map(|times| if times == u64::MAX { "always".into() } else { count(times) }));
    add("every_n", (when.every > 1).then(|| count(when.every)));
    add("probability", when.probability.map(Json::Float));
    add("seed", when.probability.map(|_| count(when.seed)));
    add("during", when.during.map(seconds));
    members
}

fn effect(effect: &Effect, carried_out: bool) -> Members {
    match effect {
        Effect::Nothing => Members::new(),
        Effect::Answer(status, media_type, body) => {
            let mut members = vec![("status", count(u64::from(*status)))];
            if body != INJECTED.as_bytes() || media_type != PLAIN {
                members.extend([("body", text(body)), ("media_type", media_type.as_str().into())]);
            }
            members
        }
        Effect::Refuse => vec![("token", "refuse".into())],
        Effect::Close => vec![("close", if carried_out { "after".into() } else { "before".into() })],
        Effect::CutBody(kept) => vec![("cut_body", count(*kept as u64))],
        Effect::Body(BodyChange::Truncate(kept)) => vec![("truncate", count(*kept as u64))],
        Effect::Body(BodyChange::Values(values)) => vec![("values", Json::Object(values.clone()))],
        Effect::Body(BodyChange::Replace(media_type, body)) => {
            let mut members = vec![("body", text(body))];
            members.extend(media_type.as_deref().map(|media_type| ("media_type", media_type.into())));
            members
        }
    }
}

fn manner(fault: &Fault) -> Members {
    let mut members = Members::new();
    let mut add = |name, value: Option<Json>| members.extend(value.map(|value| (name, value)));
    add("token", fault.token.map(|end| if end == TokenEnd::Expired { "expire".into() } else { "revoke".into() }));
    add("latency", (!fault.delay.is_zero()).then(|| seconds(fault.delay)));
    add("answer_latency", (!fault.reply_delay.is_zero()).then(|| seconds(fault.reply_delay)));
    add("trickle", fault.trickle.map(seconds));
    add("clock", (fault.clock != 0).then_some(Json::Int(fault.clock)));
    // `close` says it already.
    add("carried_out", (fault.carried_out && fault.effect != Effect::Close).then_some(Json::Bool(true)));
    add("reset", fault.reset.then_some(Json::Bool(true)));
    members
}

fn headers(fault: &Fault) -> Members {
    let (mut members, mut others) = (Members::new(), Vec::new());
    for (name, value) in &fault.headers {
        match (name, value) {
            (_, HeaderText::Date(after)) => members.push(("retry_after_date", Json::Int(*after))),
            (name, HeaderText::Fixed(value)) if name == header::RETRY_AFTER => {
                members.push(("retry_after", value.as_str().into()));
            }
            (name, HeaderText::Fixed(value)) if name == header::LOCATION => {
                members.push(("location", value.as_str().into()));
            }
            (name, HeaderText::Fixed(value)) => others.push((name.as_str().to_owned(), value.as_str().into())),
        }
    }
    if !others.is_empty() {
        members.push(("headers", Json::Object(others)));
    }
    members
}

fn count(number: u64) -> Json {
    Json::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn seconds(time: Duration) -> Json {
    if time.subsec_nanos() == 0 { count(time.as_secs()) } else { Json::Float(time.as_secs_f64()) }
}

fn text(body: &[u8]) -> Json {
    Json::Text(String::from_utf8_lossy(body).into_owned())
}
