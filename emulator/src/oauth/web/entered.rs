//! What was entered on a page.

use crate::http::body::form;
use crate::job::Job;
use crate::json::Json;

/// The fields of a form that was sent.
pub(super) struct Entered(Json);

impl Entered {
    /// Reads the body of a request.
    pub fn read(job: &Job<'_>) -> Self {
        Self(form(&job.request.body))
    }

    /// A field; one that is missing is empty.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Json::as_text).unwrap_or_default()
    }
}
