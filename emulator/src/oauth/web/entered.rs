//! What was entered on a page.

use crate::http::form;
use crate::job::Job;
use crate::json::Json;

/// The fields of a form that was sent.
pub(super) struct Entered(Json);

impl Entered {
    /// Reads the body of a request.
    pub(super) fn read(job: &Job<'_>) -> Self {
        // Names that cannot be read are none of the page's.
        Self(form::read(&job.request.body).map_or(Json::Null, |form| form.members))
    }

    /// A field; one that is missing is empty.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Json::as_text).unwrap_or_default()
    }
}
