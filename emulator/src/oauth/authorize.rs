//! The authorization endpoint: it sends the browser on to the page of the instance, with all it was given. The page
//! checks: the documents give this endpoint no other answer than the redirection.

use axum::http::header;

use crate::http::{Failure, Reply};
use crate::job::Job;

/// Redirects to the page, on the origin by which the server was called.
pub(crate) fn answer(job: &Job<'_>) -> Result<Reply, Failure> {
    let origin = job.request.header(&header::HOST).map_or(String::new(), |host| format!("http://{host}"));
    let mut target = form_urlencoded::Serializer::new(format!("{origin}/{}/?umi=auth&page=oauth", job.instance));
    for (name, value) in form_urlencoded::parse(job.request.raw_query.as_bytes()) {
        if name != "umi" && name != "page" {
            target.append_pair(&name, &value);
        }
    }
    Ok(Reply::see_other(target.finish()))
}
