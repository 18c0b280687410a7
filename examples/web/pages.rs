//! The pages. Every text that comes from elsewhere is escaped.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use html_escape::encode_safe;

use super::user::{Overview, TicketRow};

const SIGN_IN: &str = r#"<form method="post" action="/sign-in"><button>Sign in with ZeyOS</button></form>"#;
const SIGN_OUT: &str = r#"<form method="post" action="/sign-out"><button>Sign out</button></form>"#;

/// For a browser without a session.
pub(crate) fn not_signed_in() -> Html<String> {
    page("Not signed in", &format!("<p>This application shows the tickets that you see in ZeyOS.</p>{SIGN_IN}"))
}

/// For a user.
pub(crate) fn overview(overview: &Overview) -> Html<String> {
    let tickets = if overview.tickets.is_empty() {
        "<p>There are no tickets that you may see.</p>".to_owned()
    } else {
        let rows: String = overview.tickets.iter().map(row).collect();
        format!(
            r#"<table><caption>Tickets that you may see, last changed first</caption>
<thead><tr><th scope="col">Number</th><th scope="col">Name</th><th scope="col">Status</th></tr></thead>
<tbody>{rows}</tbody></table>"#
        )
    };
    page(&format!("Signed in as {}", overview.name), &format!("{tickets}{SIGN_OUT}"))
}

fn row(ticket: &TicketRow) -> String {
    let [number, name, status] =
        [&ticket.number, &ticket.name, &format!("{:?}", ticket.status)].map(|text| encode_safe(text).into_owned());
    format!(r#"<tr><td>{number}</td><th scope="row">{name}</th><td>{status}</td></tr>"#)
}

/// For whatever went wrong.
pub(crate) fn problem(heading: &str, text: &str) -> Html<String> {
    page(heading, &format!(r#"<p role="alert">{}</p><p><a href="/">To the first page</a></p>"#, encode_safe(text)))
}

/// For addresses that there are not.
pub(crate) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, problem("Not found", "There is no such page.")).into_response()
}

/// The body is HTML, the heading is text.
fn page(heading: &str, body: &str) -> Html<String> {
    let heading = encode_safe(heading);
    Html(format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading} · zeyos web example</title></head>
<body><main><h1>{heading}</h1>{body}</main></body></html>"#
    ))
}
