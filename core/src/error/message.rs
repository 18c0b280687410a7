//! What an error says: one line with the operation, the reason and the place. Its causes add what that line does not say.

use std::error::Error as StdError;
use std::fmt;

use http::HeaderMap;

use super::{Error, Kind, Response, TokenError, beginning};

impl Error {
    /// Whether the message repeats what the source says.
    fn tells_source(&self) -> bool {
        !matches!(self.0.kind, Kind::Connect | Kind::Timeout | Kind::Transport | Kind::Status)
    }

    /// What the source adds to the message.
    pub(super) fn own_source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static));
        if self.tells_source() { source.and_then(StdError::source) } else { source }
    }

    pub(super) fn write_reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host.as_deref();
        match (self.0.kind, &self.0.response) {
            (Kind::Status, Some(response)) => write!(f, "the server answered {}{}", response.status, excerpt(response)),
            (Kind::Status, None) => f.write_str("the server answered an error"),
            (Kind::Refused, _) => f.write_str("no usable credential"),
            (Kind::Request, _) => f.write_str("the request cannot be sent"),
            (Kind::Connect, _) => write!(f, "no connection to {}", host.unwrap_or("the server")),
            (Kind::Timeout, _) => match host {
                Some(host) => write!(f, "no answer from {host} in time"),
                None => f.write_str("no answer in time"),
            },
            (Kind::Transport, _) => match host {
                Some(host) => write!(f, "the connection to {host} failed"),
                None => f.write_str("the connection failed"),
            },
            (Kind::Token, _) if self.token_error() == Some(&TokenError::SubjectChanged) => f.write_str("another user"),
            (Kind::Token, _) => f.write_str("no access token"),
            (Kind::Store, _) => f.write_str("the token store failed"),
            (Kind::Throttled, _) => f.write_str("the server asked to wait"),
            (Kind::NotAllowed, _) => f.write_str("the client may not send it"),
            (Kind::Decode, _) if self.decode_error().is_some_and(|error| error.path() == "$") => {
                f.write_str("the answer is not as documented")
            }
            // The place and what is wrong there are the whole sentence.
            (Kind::Decode | Kind::Contradiction | Kind::TooLarge, _) => {
                return self.0.source.iter().try_for_each(|source| write!(f, "{source}"));
            }
        }?;
        match &self.0.source {
            Some(source) if self.tells_source() => write!(f, ": {source}"),
            _ => Ok(()),
        }
    }
}

/// At most 200 characters of the answer, on one line; of a redirect the origin that it points to and no more, since addresses hold
/// codes and tokens.
fn excerpt(response: &Response) -> String {
    if response.status.is_redirection() {
        return target(&response.headers);
    }
    let text = match &response.excerpt {
        Some(excerpt) => excerpt.into(),
        None => String::from_utf8_lossy(beginning(&response.body)),
    };
    let line: String = text.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.trim().is_empty() { String::new() } else { format!(": {}", line.trim()) }
}

/// Where a redirect points to, which is not followed.
fn target(headers: &HeaderMap) -> String {
    let Some(location) = headers.get(http::header::LOCATION) else { return String::new() };
    let uri = location.to_str().ok().and_then(|location| location.parse::<http::Uri>().ok());
    let Some(uri) = uri else { return ": redirects are not followed".to_owned() };
    match (uri.scheme_str(), uri.host()) {
        (Some(scheme), Some(host)) => {
            let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
            format!(": redirects are not followed, here to {scheme}://{host}{port}")
        }
        _ => ": redirects are not followed, here to the same origin".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::iter;
    use std::time::Duration;

    use bytes::Bytes;
    use http::StatusCode;

    use super::*;
    use crate::decode::Decoding;
    use crate::error::{Delivery, Refusal, Throttled};
    use crate::{DecodeError, Safety, Timestamp};

    fn answered(status: u16, body: &'static str) -> Error {
        let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        Error::status_of(response)
    }

    fn misread(body: &'static str) -> Error {
        let error = crate::decode::json::<Vec<u8>>(body.as_bytes(), Decoding::Strict).unwrap_err();
        Error::decode(error, http::Response::new(Bytes::from_static(body.as_bytes())))
    }

    fn all() -> Vec<Error> {
        let reason = || std::io::Error::other("the reason");
        vec![
            Error::refused(Refusal { unusable: Vec::new() }),
            Error::not_allowed(Safety::Delete),
            Error::request("a line break in a header"),
            Error::connect(reason()).towards("erp.example.com"),
            Error::timeout(reason()).towards("erp.example.com"),
            Error::transport(reason()).towards("erp.example.com:8443"),
            Error::connect(reason()),
            Error::timeout(reason()),
            Error::transport(reason()),
            Error::too_large("the answer is larger than 9 bytes"),
            Error::token(TokenError::NoRefreshToken),
            Error::token(TokenError::SubjectChanged),
            Error::token(TokenError::Interrupted).after(Error::connect(reason())),
            Error::store(reason()),
            Error::throttled(Throttled::new(Duration::from_secs(9), Timestamp::from_unix(1_800_000_000))),
            answered(503, "busy"),
            answered(401, "").after(Error::token(TokenError::NoRefreshToken).at("getToken")),
            answered(412, "").with_attempts(2, Delivery::Sent).with_lost_answer(Error::transport(reason())),
            misread("[1, \"two\"]"),
            misread("<html>"),
            Error::decode(
                DecodeError::unexpected("the answer to a count holds no count"),
                http::Response::new(Bytes::new()),
            ),
        ]
    }

    fn chain(error: &Error) -> Vec<String> {
        let first: &(dyn StdError + 'static) = error;
        iter::successors(Some(first), |error| (*error).source()).map(ToString::to_string).collect()
    }

    #[test]
    fn every_message_is_one_line_that_begins_with_the_operation() {
        for error in all() {
            let said = error.at("listPens").to_string();
            assert!(said.starts_with("listPens: ") && !said.contains(['\n', '\r']) && said.len() > 18, "{said}");
        }
    }

    #[test]
    fn no_chain_says_anything_twice() {
        for error in all() {
            let chain = chain(&error.at("listPens"));
            for (place, said) in chain.iter().enumerate() {
                let others = chain.iter().enumerate().filter(|(other, _)| *other != place);
                assert!(!others.into_iter().any(|(_, other)| other.contains(said.as_str())), "{chain:#?}");
            }
        }
    }

    #[test]
    fn debug_is_the_sentence_and_its_causes() {
        for error in all() {
            let error = error.at("listPens");
            assert_eq!(format!("{error:?}"), chain(&error).join("; caused by: "));
            let parts = format!("{error:#?}");
            assert!(parts.starts_with("Error {\n    message: listPens: ") && parts.contains("kind: "), "{parts}");
        }
    }

    #[test]
    fn debug_shows_what_came_before_beside_a_cause_of_its_own() {
        let earlier = answered(401, "").at("listPens");
        let said = format!("{:?}", Error::timeout(std::io::Error::other("9 s")).at("listPens").after(earlier));
        assert!(said.starts_with("listPens: no answer in time; caused by: 9 s; after: listPens: "), "{said}");
        assert!(said.contains("401"), "{said}");
    }

    #[test]
    fn the_place_is_named() {
        let said = |error: Error| error.at("createPen").to_string();
        let there = Error::connect("refused").towards("erp.example.com");
        assert_eq!(said(there), "createPen: no connection to erp.example.com");
        assert_eq!(said(Error::timeout("9 s").towards("localhost:1")), "createPen: no answer from localhost:1 in time");
        let inner = Error::connect("refused").towards("inner.example").towards("outer.example");
        assert_eq!(said(inner), "createPen: no connection to inner.example");
        let said = said(misread("[1, \"two\"]"));
        assert!(said.starts_with("createPen: ") && said.contains("\"two\""), "{said}");
    }
}
