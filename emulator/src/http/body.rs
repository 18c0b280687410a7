//! Reads request bodies: JSON or a form, always into one object. What the members mean is not its business.

use axum::http::{StatusCode, header};

use super::form::{self, MOST_MEMBERS, Unplaced};
use super::{Failure, Request};
use crate::json::{DEEPEST, Json, ParseError};

/// The largest body that is read; files travel in bodies as base64.
pub(crate) const LIMIT: usize = 16 << 20;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// A body that was read.
#[derive(Debug, PartialEq)]
pub(crate) struct Body {
    /// An object.
    pub members: Json,
    pub is_form: bool,
    /// The members of a form whose names came with brackets.
    bracketed: Vec<String>,
}

impl Body {
    /// Reads the body of a request. `required` refuses one that is missing.
    pub(crate) fn read(request: &Request, required: bool) -> Result<Self, Failure> {
        let json = |members| Self { members, is_form: false, bracketed: Vec::new() };
        if request.body.is_empty() {
            let none = json(Json::Object(Vec::new()));
            return if required { Err(Failure::bad_request("a body is needed")) } else { Ok(none) };
        }
        match media_type(request).as_deref() {
            None | Some("application/json") => object(&request.body).map(json),
            Some(FORM) => {
                let form = form::read(&request.body).map_err(unplaced)?;
                Ok(Self { members: form.members, is_form: true, bracketed: form.bracketed })
            }
            Some(_) => Err(Failure::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send JSON or a form")),
        }
    }

    /// Refuses a name with brackets that is none of these: what it holds must not be dropped without a word.
    pub(crate) fn check_brackets(&self, known: impl Fn(&str) -> bool) -> Result<(), Failure> {
        if self.bracketed.iter().all(|name| known(name)) { Ok(()) } else { Err(unplaced(Unplaced::Brackets)) }
    }
}

/// The members of the body. `required` refuses a body that is missing.
pub(crate) fn members(request: &Request, required: bool) -> Result<Json, Failure> {
    Body::read(request, required).map(|body| body.members)
}

fn media_type(request: &Request) -> Option<String> {
    let value = request.header(&header::CONTENT_TYPE)?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn object(body: &[u8]) -> Result<Json, Failure> {
    match Json::read(body) {
        Ok(Json::Object(members)) if members.len() > MOST_MEMBERS => Err(unplaced(Unplaced::TooMany)),
        Ok(object @ Json::Object(_)) => Ok(object),
        Ok(_) => Err(Failure::bad_request("the body must be an object")),
        Err(ParseError::TooDeep) => Err(too_deep()),
        Err(ParseError::Broken) => Err(Failure::bad_request("the body is not JSON")),
    }
}

fn too_deep() -> Failure {
    Failure::bad_request(&format!("the body has a depth of more than {DEEPEST} lists and objects in each other"))
}

/// Why a form is refused.
pub(crate) fn unplaced(why: Unplaced) -> Failure {
    match why {
        Unplaced::Brackets => Failure::bad_request("a name with brackets cannot be placed"),
        Unplaced::TooDeep => too_deep(),
        Unplaced::TooMany => Failure::bad_request(&format!("the body has more than {MOST_MEMBERS} members")),
    }
}

/// A member that must be a list or an object. A form carries it as JSON text, and a list of one entry as that entry.
pub(crate) fn composite(value: &Json) -> Result<Json, Failure> {
    match value {
        Json::Text(text) if text.trim_start().starts_with(['{', '[']) => match Json::read(text.as_bytes()) {
            Ok(value) => Ok(value),
            Err(ParseError::TooDeep) => Err(too_deep()),
            // An array of the database is written like this as well.
            Err(ParseError::Broken) => Ok(value.clone()),
        },
        other => Ok(other.clone()),
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
        result.unwrap_err().into_reply(&crate::Switches::default()).status.as_u16()
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
    fn more_members_than_anything_has_are_refused_and_values_may_be_many() {
        let json =
            |count: usize| format!("{{{}}}", (0..count).map(|at| format!("\"k{at}\":1")).collect::<Vec<_>>().join(","));
        let form = |count: usize| (0..count).map(|at| format!("k{at}=1")).collect::<Vec<_>>().join("&");
        assert!(members(&request("application/json", &json(1000)), true).is_ok());
        assert!(members(&request(FORM, &form(1000)), true).is_ok());
        for count in [1001, 70_000] {
            assert_eq!(status(members(&request("application/json", &json(count)), true)), 400);
            assert_eq!(status(members(&request(FORM, &form(count)), true)), 400);
        }
        let many = (0..5000).map(|at| format!("filters[ID][IN][]={at}")).collect::<Vec<_>>().join("&");
        assert!(members(&request(FORM, &many), true).is_ok());
    }

    #[test]
    fn a_missing_body_is_an_empty_object_where_that_will_do() {
        assert_eq!(members(&request("application/json", ""), false).unwrap(), Json::Object(Vec::new()));
        assert_eq!(status(members(&request("application/json", ""), true)), 400);
    }

    #[test]
    fn composite_members_of_a_form_are_json_text() {
        assert_eq!(composite(&"{\"a\":1}".into()).unwrap().to_text(), "{\"a\":1}");
        assert_eq!(composite(&"name".into()).unwrap(), "name".into());
        assert_eq!(status(composite(&"[".repeat(100_000).into())), 400);
    }

    #[test]
    fn a_name_with_brackets_that_is_not_known_is_refused() {
        let body = Body::read(&request(FORM, "filters[a]=1&x=2"), true).unwrap();
        assert!(
            body.check_brackets(|name| name == "filters").is_ok() && body.check_brackets(|name| name == "x").is_err()
        );
    }
}
