//! The fields of a form that was sent.

use crate::context::RequestContext;
use crate::http::form;
use crate::json::Json;

/// The fields of a form that was sent.
pub(super) struct FormFields(Json);

impl FormFields {
    /// Reads the body of a request.
    pub(super) fn read(cx: &RequestContext<'_>) -> Self {
        // Names that cannot be read are none of the page's.
        Self(form::read(&cx.request.body).map_or(Json::Null, |form| form.members))
    }

    /// A field; one that is missing is empty.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Json::as_text).unwrap_or_default()
    }
}
