//! Proof that a form comes from the page that was shown to the same browser, and from no foreign site (CSRF). Its token
//! is a digest of a cookie that no script and no other site can read; so nothing has to be remembered.

use axum::http::header;
use sha2::{Digest, Sha256};

use super::form_fields::FormFields;
use crate::context::RequestContext;
use crate::http::credential::{COOKIE, cookie};

/// The field that carries the proof.
pub(super) const FIELD: &str = "proof";

/// The cookie of a browser in which no one has signed in.
pub(super) const VISITOR: &str = "ZEYOSLOGIN";

/// The cookie of a browser in which someone has.
pub(super) const SESSION: &str = COOKIE;

/// The message for a form that does not come from the current page.
pub(super) const STALE: &str =
    "This page was no longer valid, so nothing has been done. Please try again; the browser must accept cookies.";

/// The proof that belongs to the value of a cookie.
pub(super) fn proof(name: &str, value: &str) -> String {
    let digest = Sha256::digest(format!("form:{name}:{value}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a form that was sent proves itself by a cookie.
pub(super) fn accepts(cx: &RequestContext<'_>, fields: &FormFields, name: &str) -> bool {
    let known = cookie(&cx.request.headers, name).filter(|value| !value.is_empty());
    is_own(cx) && known.is_some_and(|value| proof(name, value) == fields.text(FIELD))
}

/// Whether a form was sent by a page of this server, as far as the browser tells.
fn is_own(cx: &RequestContext<'_>) -> bool {
    let Some(origin) = cx.request.header(&header::ORIGIN) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == cx.request.header(&header::HOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_belongs_to_one_cookie_and_does_not_show_it() {
        let value = "0123456789abcdef";
        assert_ne!(proof(VISITOR, value), proof(SESSION, value));
        assert_ne!(proof(VISITOR, value), proof(VISITOR, "other"));
        assert!(!proof(VISITOR, value).contains(value));
    }
}
