//! What somebody has come to a page for.

use super::wish::Wish;
use crate::http::Failure;
use crate::job::Job;

/// What somebody has come for.
pub(crate) enum Errand {
    /// An application asks for access.
    Application(Box<Wish>),
    /// To sign in or out, and nothing else.
    Home,
}

impl Errand {
    pub(super) fn read(job: &Job<'_>) -> Result<Self, Failure> {
        let query = |name: &str| job.request.query(name);
        match (query("umi").as_deref(), query("page").as_deref()) {
            (Some("auth"), Some("oauth")) => Ok(Self::Application(Box::new(Wish::read(job)?))),
            (None, None) => Ok(Self::Home),
            _ => Err(Failure::not_found()),
        }
    }

    /// The application's wish, if there is one.
    pub(super) fn wish(&self) -> Option<&Wish> {
        match self {
            Self::Application(wish) => Some(wish),
            Self::Home => None,
        }
    }
}

/// The address of the page at work, for the next request.
pub(super) fn here(job: &Job<'_>) -> String {
    let query = &job.request.raw_query;
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/{}/{mark}{query}", job.instance)
}
