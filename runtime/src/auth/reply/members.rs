//! The members of an answer, and whether one of them is there twice with different values.

use std::fmt;

use http::StatusCode;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use zeyos_core::{Secret, Timestamp, TokenError};

use crate::TokenSet;
use crate::bits::excerpt;

/// The members of a JSON object.
#[derive(Default)]
pub(super) struct Members {
    values: Map<String, Value>,
    /// Names that came with two different values: neither is believed.
    doubled: Vec<String>,
}

impl Members {
    /// Reads a whole object, with nothing but blanks around it.
    pub(super) fn parse(body: &[u8]) -> Option<Members> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let members = reader.deserialize_map(Reader).ok()?;
        reader.end().ok()?;
        Some(members)
    }

    /// Reads the object with which a text begins, whatever follows it.
    pub(super) fn beginning(text: &[u8]) -> Option<Members> {
        serde_json::Deserializer::from_slice(text).deserialize_map(Reader).ok()
    }

    /// Takes a member under its name in RFC 6749.
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        let name = canonical(name);
        match self.values.get(name) {
            // Both spellings may be there, one of them empty.
            Some(earlier) if !earlier.is_null() && value.is_null() => {}
            Some(earlier) if !earlier.is_null() && *earlier != value => self.doubled.push(name.to_owned()),
            _ => drop(self.values.insert(name.to_owned(), value)),
        }
    }

    /// Whether there is a token in it: that of the legacy login counts only with its end.
    pub(super) fn has_token(&self) -> bool {
        let has = |name: &str| self.text(name).is_some_and(|text| !text.is_empty());
        has("access_token") || has("refresh_token") || (has("token") && self.values.contains_key("expdate"))
    }

    /// Whether something says that this is an error, in whatever form.
    pub(super) fn is_failure(&self) -> bool {
        match self.values.get("error") {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(_) => true,
        }
    }

    /// Whether a member that matters appears twice with two values.
    pub(super) fn is_ambiguous(&self) -> bool {
        !self.doubled.is_empty()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    /// The error member in the shape of RFC 6749, section 5.2. What the service says in words of its own is the description of its
    /// code.
    pub(super) fn refusal(&self, status: StatusCode, errors: &[(&str, &str)]) -> Option<TokenError> {
        let error = self.text("error")?;
        let description = self.text("error_description").map(excerpt);
        Some(match errors.iter().find(|(words, _)| *words == error) {
            Some((words, code)) => {
                let description = description.or_else(|| Some((*words).to_owned()));
                TokenError::Refused { code: (*code).to_owned(), description, status }
            }
            None => TokenError::Refused { code: excerpt(error), description, status },
        })
    }

    /// The tokens among the members; one that appears twice does not count.
    pub(super) fn tokens(&self, sent_at: Timestamp) -> Option<TokenSet> {
        let mut values = self.values.clone();
        self.doubled.iter().for_each(|name| drop(values.remove(name)));
        TokenSet::from_response(&Value::Object(values), sent_at)
    }

    /// The texts of all members that are tokens.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        ["access_token", "refresh_token", "token", "id_token"]
            .into_iter()
            .filter_map(|name| self.text(name))
            .map(Secret::new)
            .collect()
    }

    /// Whether the token is to be used as a bearer token. The answers of OAuth must say so (RFC 6749, section 5.1), those of
    /// the legacy service need not.
    pub(super) fn is_bearer(&self, type_required: bool) -> bool {
        match self.values.get("token_type") {
            Some(Value::String(name)) => name.eq_ignore_ascii_case("bearer"),
            Some(_) => false,
            None => !type_required,
        }
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            if MEMBERS.contains(&canonical(&name)) {
                members.insert(&name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(members)
    }
}

/// The members that matter: those of RFC 6749, and those of the legacy login.
pub(super) const MEMBERS: [&str; 15] = [
    "access_token",
    "refresh_token",
    "token_type",
    "expires_in",
    "expires_at",
    "refresh_token_expires_in",
    "refresh_token_expires_at",
    "refresh_token_timeout",
    "authorization_expires_in",
    "token",
    "expdate",
    "scope",
    "id_token",
    "error",
    "error_description",
];

/// The name of a member in snake_case, whichever spelling it came in.
pub(super) fn canonical(name: &str) -> &str {
    match name {
        "accessToken" => "access_token",
        "refreshToken" => "refresh_token",
        "tokenType" => "token_type",
        "expiresIn" => "expires_in",
        "expiresAt" => "expires_at",
        "refreshTokenExpiresIn" => "refresh_token_expires_in",
        "refreshTokenExpiresAt" => "refresh_token_expires_at",
        "refreshTokenTimeout" => "refresh_token_timeout",
        "authorizationExpiresIn" => "authorization_expires_in",
        "idToken" => "id_token",
        "errorDescription" => "error_description",
        other => other,
    }
}
