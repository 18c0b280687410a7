//! The HTML of the consent page. Server-made, without scripts but the one that posts a form on.

use axum::http::StatusCode;

use super::wish::Wish;
use crate::app::Job;
use crate::http::Reply;

/// The media type of pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// The page that asks for user name, password and consent. The form posts to its own address, query included.
pub(crate) fn form(job: &Job<'_>, wish: &Wish, problem: Option<&str>) -> Reply {
    let problem = problem.map_or_else(String::new, |text| format!("<p role=\"alert\">{}</p>", escape(text)));
    let body = format!(
        "<h1>Sign in to {}</h1><p><strong>{}</strong> asks for access in your name.</p>{problem}<form method=\"post\">\
         <p><label>User name<br><input name=\"username\" autocomplete=\"username\" required></label></p>\
         <p><label>Password<br><input name=\"password\" type=\"password\" autocomplete=\"current-password\" required></label></p>\
         <p><label>One-time password, if you have one<br><input name=\"otp\" inputmode=\"numeric\" autocomplete=\"one-time-code\"></label></p>\
         <p><button name=\"decision\" value=\"agree\">Sign in and agree</button> \
         <button name=\"decision\" value=\"refuse\" formnovalidate>Refuse</button></p></form>",
        escape(&job.app.instance),
        escape(&wish.name),
    );
    Reply::of_type(StatusCode::OK, HTML, page("Sign in", &body))
}

/// A page that posts parameters on; without scripts a button does it.
pub(crate) fn form_post(target: &str, parameters: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
    };
    let fields: String = parameters.iter().map(field).collect();
    let body = format!(
        "<form method=\"post\" action=\"{}\">{fields}<button>Continue</button></form>\
         <script>document.forms[0].submit()</script>",
        escape(target)
    );
    page("Continue", &body)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><body>{body}</body></html>"
    )
}

fn escape(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_cannot_become_markup() {
        let html = form_post("https://app.example/?a=1&b=\"", &[("state", "<script>\"'")]);
        assert!(html.contains("action=\"https://app.example/?a=1&amp;b=&quot;\""));
        assert!(html.contains("value=\"&lt;script&gt;&quot;&#39;\""));
    }
}
