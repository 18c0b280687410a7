//! The authorization endpoint: it sends the browser on to the page of the instance, with all it was given. The page
//! checks: the documents give this endpoint no other answer than the redirection.

use axum::http::header;

use crate::context::RequestContext;
use crate::http::{Failure, Reply};

/// Redirects to the page, on the origin by which the server was called.
pub(crate) fn answer(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let origin = cx.request.header(&header::HOST).map_or(String::new(), |host| format!("http://{host}"));
    let mut target = form_urlencoded::Serializer::new(format!("{origin}/{}/?umi=auth&page=oauth", cx.instance));
    for (name, value) in form_urlencoded::parse(cx.request.raw_query.as_bytes()) {
        if name != "umi" && name != "page" {
            target.append_pair(&name, &value);
        }
    }
    Ok(Reply::see_other(target.finish()))
}
