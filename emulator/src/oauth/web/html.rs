//! What all pages share: the frame, the style, the headers that keep a page to itself, and the escaping of text.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use rusqlite::OptionalExtension;
use url::Url;

use super::csrf;
use crate::context::RequestContext;
use crate::html::{escape, source};
use crate::http::{Failure, Reply};

/// The style of all pages, in the page itself: there is nothing else to load.
const STYLE: &str = include_str!("style.css");

/// Posts the only form of a page at once. Without scripts its button does that.
const POST: &str = "document.forms[0].submit()";

static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| source(STYLE));
static POST_SOURCE: LazyLock<String> = LazyLock::new(|| source(POST));

/// A page.
pub(super) struct Page<'a> {
    pub title: &'a str,
    pub body: &'a str,
    /// Where a form of the page may lead to in the end, beside this server.
    pub leads_to: Option<&'a Url>,
}

impl Page<'_> {
    /// The page of an instance.
    pub(super) fn reply(&self, cx: &RequestContext<'_>, status: StatusCode) -> Reply {
        let place = escape(cx.instance);
        let title = format!("{} · {place}", escape(self.title));
        let body = format!("<p class=\"place\">{place}</p>{}", self.body);
        guarded(status, frame(&title, &body), "", self.leads_to)
    }
}

/// A page that posts parameters on.
pub(super) fn form_post(target: &Url, parameters: &[(&str, &str)]) -> Reply {
    let field = |(name, value): &(&str, &str)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
    };
    let fields: String = parameters.iter().map(field).collect();
    let body = format!(
        "<h1>Almost done</h1><p>The answer goes back to the application.</p>\
         <form method=\"post\" action=\"{}\">{fields}<div class=\"buttons\"><button autofocus>Continue</button></div></form>\
         <script>{POST}</script>",
        escape(target.as_str())
    );
    let script = format!(" script-src {};", *POST_SOURCE);
    guarded(StatusCode::OK, frame("Continue", &body), &script, Some(target))
}

/// A page that says why nothing can be done; for programs the same as plain text.
pub(super) fn refusal(cx: &RequestContext<'_>, text: &str) -> Failure {
    let accepted = cx.request.header(&header::ACCEPT).unwrap_or_default();
    if !accepted.contains("text/html") {
        return Failure::bad_request(text);
    }
    let body = format!(
        "<h1>This cannot go on</h1><p role=\"alert\">The request of the application is wrong: {}.</p>\
         <p>Nothing has been sent to it. Whoever makes the application can put this right.</p>",
        escape(text)
    );
    Page { title: "Error", body: &body, leads_to: None }.reply(cx, StatusCode::BAD_REQUEST).into()
}

/// HTML with the headers that it needs: it loads nothing from elsewhere, cannot be framed, is not cached,
/// and its address, which holds the state of the application, is sent as no referrer.
fn guarded(status: StatusCode, html: String, script: &str, leads_to: Option<&Url>) -> Reply {
    // A browser asks this of a redirection after a form too, so the application's address must be in it.
    let target = leads_to.map_or_else(String::new, |url| format!(" {}", form_target(url)));
    let policy = format!(
        "default-src 'none'; style-src {};{script} form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_SOURCE
    );
    let reply = Reply::of_type(status, "text/html; charset=utf-8", html).secret();
    [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with it a browser hides the origin of our own forms from us.
        (header::REFERRER_POLICY, "same-origin"),
    ]
    .into_iter()
    .fold(reply, |reply, (name, value)| reply.with(name, value))
}

/// The address as a policy can name it: its origin, or its scheme where a policy has no word for the host.
fn form_target(url: &Url) -> String {
    match url.host() {
        Some(url::Host::Domain(_) | url::Host::Ipv4(_)) if url.origin().is_tuple() => {
            url.origin().ascii_serialization()
        }
        _ => format!("{}:", url.scheme()),
    }
}

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main>\
         <footer><p>zeyos-emulator: a local server for tests with made-up data. Real passwords do not belong here.</p>\
         </footer></body></html>"
    )
}

/// Something that was wrong, read aloud at once.
pub(super) fn alert(problem: Option<&str>) -> String {
    problem.map_or_else(String::new, |text| {
        format!("<div class=\"problem\" role=\"alert\"><h2>That did not work</h2><p>{}</p></div>", escape(text))
    })
}

/// The field that proves where a form comes from.
pub(super) fn hidden(proof: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{proof}\">", csrf::FIELD)
}

/// Someone who has signed in.
pub(super) struct Person {
    name: String,
    real_name: String,
}

impl Person {
    /// Reads a user.
    pub(super) fn read(cx: &RequestContext<'_>, user: i64) -> Result<Self, Failure> {
        let sql = "SELECT u.name, trim(ifnull(c.firstname, '') || ' ' || ifnull(c.lastname, ''))
             FROM users u LEFT JOIN contacts c ON c.ID = u.contact WHERE u.ID = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok(Self { name: row.get(0)?, real_name: row.get(1)? });
        cx.db.prepare_cached(sql)?.query_row([user], row).optional()?.ok_or(Failure::Internal)
    }

    /// Real name, if known, and user name.
    pub(super) fn html(&self) -> String {
        match self.real_name.as_str() {
            "" => format!("<strong>{}</strong>", escape(&self.name)),
            real => format!("<strong>{}</strong> ({})", escape(real), escape(&self.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(target: &str, parameters: &[(&str, &str)]) -> (String, String) {
        let reply = form_post(&Url::parse(target).unwrap(), parameters);
        let policy = reply.headers.iter().find(|(name, _)| name == header::CONTENT_SECURITY_POLICY).unwrap();
        (String::from_utf8(reply.body).unwrap(), policy.1.clone())
    }

    #[test]
    fn what_was_sent_cannot_become_markup() {
        let (html, _) = posted("https://app.example/?a=1&b=%22", &[("state", "<script>\"'")]);
        assert!(html.contains("action=\"https://app.example/?a=1&amp;b=%22\""));
        assert!(html.contains("value=\"&lt;script&gt;&quot;&#39;\""));
    }

    #[test]
    fn a_form_may_lead_to_the_application_and_nowhere_else() {
        for (target, source) in [
            ("https://app.example:8443/cb?a", "form-action 'self' https://app.example:8443;"),
            ("http://127.0.0.1:5000/cb", "form-action 'self' http://127.0.0.1:5000;"),
            ("http://[::1]:5000/cb", "form-action 'self' http:;"),
        ] {
            let (_, policy) = posted(target, &[]);
            assert!(policy.contains(source), "{policy}");
        }
    }
}
