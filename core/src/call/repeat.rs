//! Whether a request may be carried out more than once.

use http::header;

use super::Request;
use crate::operation::Safety;

/// What may be done with a request after it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[doc(hidden)]
pub enum Repeatable {
    /// It may be carried out more than once: it changes nothing more, or the server knows a repeat by its key.
    Freely,
    /// A repeat is refused by the server once it was carried out, because of its `If-Match`.
    Guarded,
    /// It may be sent again only if it was certainly not carried out.
    UntilSent,
    /// It is single-use: only the one who made it knows whether there can be another.
    Never,
}

impl Request {
    /// Whether it may be carried out more than once. It is the tag of the operation that says so; the HTTP method does not.
    #[doc(hidden)]
    pub fn repeatable(&self) -> Repeatable {
        match self.operation.safety {
            Safety::TokenExchange => Repeatable::Never,
            Safety::Read | Safety::Idempotent => Repeatable::Freely,
            _ if self.operation.idempotency_key.is_some() => Repeatable::Freely,
            Safety::Update | Safety::Delete if self.names_a_version() => Repeatable::Guarded,
            Safety::Create | Safety::Update | Safety::Delete => Repeatable::UntilSent,
        }
    }

    /// Whether an `If-Match` names entity tags, which are quoted; `*` is met by every version (RFC 9110, section 13.1.1).
    fn names_a_version(&self) -> bool {
        let of = |headers: &http::HeaderMap| {
            let mut values = headers.get_all(header::IF_MATCH).iter().peekable();
            let is_tag = |value: &[u8]| value.starts_with(b"\"") || value.starts_with(b"W/\"");
            values.peek().is_some() && values.all(|value| is_tag(value.as_bytes().trim_ascii()))
        };
        of(&self.headers) || of(&self.options.headers)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Method};

    use super::*;
    use crate::operation::{Operation, ServiceDescription};

    static SERVICE: ServiceDescription = ServiceDescription::new("pens", "/pens");

    /// The verbs say the opposite of the tags.
    static READ: Operation = Operation::new(&SERVICE, "listPens", Method::POST, "/").safety(Safety::Read);
    static PUT: Operation = Operation::new(&SERVICE, "putPen", Method::PATCH, "/").safety(Safety::Idempotent);
    static CREATE: Operation = Operation::new(&SERVICE, "createPen", Method::PUT, "/").safety(Safety::Create);
    static UPDATE: Operation = Operation::new(&SERVICE, "updatePen", Method::GET, "/").safety(Safety::Update);
    static DELETE: Operation = Operation::new(&SERVICE, "deletePen", Method::GET, "/").safety(Safety::Delete);
    static EXCHANGE: Operation = Operation::new(&SERVICE, "getToken", Method::GET, "/").safety(Safety::TokenExchange);
    static KEYED: Operation =
        Operation::new(&SERVICE, "orderPen", Method::POST, "/").safety(Safety::Create).idempotency_key("Order-Key");
    static KEYED_EXCHANGE: Operation =
        Operation::new(&SERVICE, "code", Method::POST, "/").safety(Safety::TokenExchange).idempotency_key("Key");

    fn with(operation: &'static Operation, tag: &'static str) -> Request {
        let mut request = Request::new(operation);
        request.headers.append(header::IF_MATCH, HeaderValue::from_static(tag));
        request
    }

    #[test]
    fn the_tag_decides_and_not_the_verb() {
        let bare = |operation| Request::new(operation).repeatable();
        assert_eq!([&READ, &PUT, &KEYED].map(bare), [Repeatable::Freely; 3]);
        assert_eq!([&CREATE, &UPDATE, &DELETE].map(bare), [Repeatable::UntilSent; 3]);
        assert_eq!([&EXCHANGE, &KEYED_EXCHANGE].map(bare), [Repeatable::Never; 2]);
    }

    #[test]
    fn an_entity_tag_guards_updates_and_deletes_alone() {
        assert_eq!([&UPDATE, &DELETE].map(|one| with(one, "\"7\"").repeatable()), [Repeatable::Guarded; 2]);
        for no_tag in [" * ", "", "7", "W/7"] {
            let bare = [&UPDATE, &DELETE].map(|one| with(one, no_tag).repeatable());
            assert_eq!(bare, [Repeatable::UntilSent; 2], "{no_tag:?}");
        }
        assert_eq!(with(&UPDATE, "W/\"7\"").repeatable(), Repeatable::Guarded);
        assert_eq!(with(&CREATE, "\"7\"").repeatable(), Repeatable::UntilSent);
        assert_eq!(with(&EXCHANGE, "\"7\"").repeatable(), Repeatable::Never);
        let mut by_option = Request::new(&UPDATE);
        by_option.options.headers.append(header::IF_MATCH, HeaderValue::from_static("\"7\""));
        assert_eq!(by_option.repeatable(), Repeatable::Guarded);
        let mut dated = Request::new(&UPDATE);
        dated.headers.append(header::IF_UNMODIFIED_SINCE, HeaderValue::from_static("Sat, 28 Nov 2026 18:00:00 GMT"));
        assert_eq!(dated.repeatable(), Repeatable::UntilSent, "a date has seconds, and two writes fit into one");
    }
}
