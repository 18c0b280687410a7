//! Changes the body of an answer: another one, less of it, or other values in it.

use axum::http::header;

use super::BodyChange;
use crate::http::Reply;
use crate::json::Json;

/// Changes the body; the head stays, except for its media type where the change has one.
pub(super) fn change(reply: &mut Reply, change: &BodyChange) {
    match change {
        BodyChange::Replace(media_type, body) => {
            if let Some(media_type) = media_type {
                reply.headers.retain(|(name, _)| name != header::CONTENT_TYPE);
                reply.headers.push((header::CONTENT_TYPE, media_type.clone()));
            }
            reply.body = body.clone();
        }
        BodyChange::Truncate(kept) => reply.body.truncate(*kept),
        BodyChange::Values(values) => {
            // What is not JSON has no values to replace.
            let Some(mut body) = Json::parse(&reply.body) else { return };
            for (pointer, value) in values {
                put(&mut body, pointer, value);
            }
            reply.body = body.to_text().into_bytes();
        }
    }
}

/// Puts a value wherever the JSON pointer (RFC 6901) leads; `*` stands for any entry or member.
fn put(target: &mut Json, pointer: &str, value: &Json) {
    let Some(rest) = pointer.strip_prefix('/') else {
        // Only the empty pointer names the whole.
        if pointer.is_empty() {
            *target = value.clone();
        }
        return;
    };
    let at = rest.find('/').unwrap_or(rest.len());
    let (step, rest) = (rest[..at].replace("~1", "/").replace("~0", "~"), &rest[at..]);
    match target {
        Json::List(entries) => {
            let index = step.parse::<usize>().ok();
            let wanted = |at: usize| step == "*" || index == Some(at);
            for (_, entry) in entries.iter_mut().enumerate().filter(|(at, _)| wanted(*at)) {
                put(entry, rest, value);
            }
        }
        Json::Object(members) => {
            for (_, member) in members.iter_mut().filter(|(name, _)| step == "*" || *name == step) {
                put(member, rest, value);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, pointer: &str, value: &str) -> String {
        let mut body = Json::parse(text.as_bytes()).unwrap();
        put(&mut body, pointer, &Json::parse(value.as_bytes()).unwrap());
        body.to_text()
    }

    #[test]
    fn a_pointer_leads_to_entries_and_members() {
        let rows = r#"[{"ID":1,"a/b":{"c":[1,2]}},{"ID":2}]"#;
        assert_eq!(with(rows, "/1/ID", "\"two\""), r#"[{"ID":1,"a/b":{"c":[1,2]}},{"ID":"two"}]"#);
        assert_eq!(with(rows, "/*/ID", "null"), r#"[{"ID":null,"a/b":{"c":[1,2]}},{"ID":null}]"#);
        assert_eq!(with(rows, "/0/a~1b/c/1", "{}"), r#"[{"ID":1,"a/b":{"c":[1,{}]}},{"ID":2}]"#);
        assert_eq!(with(rows, "", "{}"), "{}");
    }

    #[test]
    fn what_is_not_there_is_not_replaced() {
        for pointer in ["/5/ID", "/0/name", "/0/ID/x", "ID", "/-1"] {
            assert_eq!(with(r#"[{"ID":1}]"#, pointer, "0"), r#"[{"ID":1}]"#, "{pointer}");
        }
    }
}
