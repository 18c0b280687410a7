//! Reads request bodies: JSON or a form, always into one object. What the members mean is not its business.

use axum::http::{StatusCode, header};

use super::{Failure, Request};
use crate::json::Json;

/// The largest body that is read; files travel in bodies as base64.
pub(crate) const LIMIT: usize = 16 << 20;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// The members of the body. `required` refuses a body that is missing.
pub(crate) fn members(request: &Request, required: bool) -> Result<Json, Failure> {
    if request.body.is_empty() {
        let none = Json::Object(Vec::new());
        return if required { Err(Failure::bad_request("a body is needed")) } else { Ok(none) };
    }
    match media_type(request).as_deref() {
        None | Some("application/json") => json(&request.body),
        Some(FORM) => Ok(form(&request.body)),
        Some(_) => Err(Failure::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send JSON or a form")),
    }
}

/// Whether the body is a form.
pub(crate) fn is_form(request: &Request) -> bool {
    media_type(request).as_deref() == Some(FORM)
}

fn media_type(request: &Request) -> Option<String> {
    let value = request.header(&header::CONTENT_TYPE)?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn json(body: &[u8]) -> Result<Json, Failure> {
    match Json::parse(body) {
        Some(object @ Json::Object(_)) => Ok(object),
        Some(_) => Err(Failure::bad_request("the body must be an object")),
        None => Err(Failure::bad_request("the body is no JSON")),
    }
}

/// A form as an object of texts; a key that stands more than once becomes a list.
pub(crate) fn form(body: &[u8]) -> Json {
    let mut members: Vec<(String, Json)> = Vec::new();
    for (key, value) in form_urlencoded::parse(body) {
        let value = Json::Text(value.into_owned());
        match members.iter_mut().find(|(known, _)| *known == key) {
            Some((_, Json::List(entries))) => entries.push(value),
            Some((_, single)) => *single = Json::List(vec![std::mem::replace(single, Json::Null), value]),
            None => members.push((key.into_owned(), value)),
        }
    }
    Json::Object(members)
}

/// A member that must be a list or an object. A form carries it as JSON text, and a list of one entry as that entry.
pub(crate) fn composite(value: &Json) -> Json {
    match value {
        Json::Text(text) if text.trim_start().starts_with(['{', '[']) => {
            Json::parse(text.as_bytes()).unwrap_or_else(|| value.clone())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    use super::*;

    fn request(media_type: &str, body: &str) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        Request::new(Method::POST, &"/".parse().unwrap(), headers, Bytes::from(body.to_owned()))
    }

    fn status(result: Result<Json, Failure>) -> u16 {
        result.unwrap_err().into_reply(crate::switches::RuleStatus::InternalServerError).status.as_u16()
    }

    #[test]
    fn a_form_decodes_plus_percent_and_repeated_keys() {
        let value = form(b"name=J%C3%B8rgen+Berg&sort=-date&sort=%2BID&empty=");
        assert_eq!(value.to_text(), r#"{"name":"Jørgen Berg","sort":["-date","+ID"],"empty":""}"#);
    }

    #[test]
    fn json_needs_an_object() {
        assert!(members(&request("application/json; charset=utf-8", r#"{"a":1}"#), true).is_ok());
        assert_eq!(status(members(&request("application/json", "[1]"), true)), 400);
        assert_eq!(status(members(&request("application/json", "{"), true)), 400);
    }

    #[test]
    fn other_media_types_are_refused() {
        assert_eq!(status(members(&request("text/xml", "<a/>"), true)), 415);
    }

    #[test]
    fn a_missing_body_is_an_empty_object_where_that_will_do() {
        assert_eq!(members(&request("application/json", ""), false).unwrap(), Json::Object(Vec::new()));
        assert_eq!(status(members(&request("application/json", ""), true)), 400);
    }

    #[test]
    fn composite_members_of_a_form_are_json_text() {
        assert_eq!(composite(&"{\"a\":1}".into()).to_text(), "{\"a\":1}");
        assert_eq!(composite(&"name".into()), "name".into());
    }
}
