//! The HTML of the two steps of signing in.

use axum::http::StatusCode;

use crate::context::RequestContext;
use crate::html::escape;
use crate::http::Reply;
use crate::oauth::web::html::{Page, hidden};
use crate::oauth::web::page_request::PageRequest;

/// Something that was wrong, and the fields that it concerns; the first one that the page has is led to.
#[derive(Debug)]
pub(crate) struct Problem {
    fields: &'static [&'static str],
    text: &'static str,
}

impl Problem {
    pub(crate) fn of(fields: &'static [&'static str], text: &'static str) -> Self {
        Self { fields, text }
    }
}

/// A labelled input.
struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    attributes: &'static str,
}

const NAME: Field = Field {
    name: "username",
    label: "User name or e-mail address",
    hint: "",
    attributes: "type=\"text\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\"",
};
const PASSWORD: Field = Field {
    name: "password",
    label: "Password",
    hint: "",
    attributes: "type=\"password\" autocomplete=\"current-password\"",
};
const ONE_TIME: Field = Field {
    name: "otp",
    label: "One-time password",
    hint: "The six digits that your authenticator shows now.",
    attributes: "type=\"text\" inputmode=\"numeric\" autocomplete=\"one-time-code\" maxlength=\"10\"",
};

/// The step that asks for user name and password.
pub(super) fn password(
    cx: &RequestContext<'_>,
    page: &PageRequest,
    proof: &str,
    name: &str,
    problems: &[Problem],
) -> Reply {
    let focus = if name.is_empty() { &NAME } else { &PASSWORD };
    let fields = [(&NAME, name), (&PASSWORD, "")];
    let inputs: String = fields.iter().map(|(field, value)| input(field, value, focus, problems)).collect();
    let second = match page.authorization() {
        Some(_) => "<button class=\"second\" name=\"action\" value=\"refuse\" formnovalidate>Cancel</button>",
        None => "",
    };
    let buttons = format!("<button name=\"action\" value=\"login\">Sign in</button>{second}");
    let after = "<p class=\"note\">Users of the demo data, such as <code>demo</code> and <code>mara</code>, have the \
                 password <code>demo</code>.</p>";
    step(cx, page, proof, problems, &[&NAME, &PASSWORD], &(inputs + &row(&buttons)), after)
}

/// The step that asks for the one-time password.
pub(super) fn one_time(cx: &RequestContext<'_>, page: &PageRequest, proof: &str, problems: &[Problem]) -> Reply {
    let buttons = "<button name=\"action\" value=\"code\">Sign in</button>\
                   <button class=\"second\" name=\"action\" value=\"restart\" formnovalidate>Start again</button>";
    let inputs = input(&ONE_TIME, "", &ONE_TIME, problems) + &row(buttons);
    step(cx, page, proof, problems, &[&ONE_TIME], &inputs, "")
}

fn step(
    cx: &RequestContext<'_>,
    page: &PageRequest,
    proof: &str,
    problems: &[Problem],
    fields: &[&Field],
    inputs: &str,
    after: &str,
) -> Reply {
    let purpose = page.authorization().map_or_else(String::new, |authorization| {
        format!("<p>to go on to <strong>{}</strong></p>", escape(&authorization.name))
    });
    let body = format!(
        "<h1>Sign in</h1>{purpose}{}<form method=\"post\">{}{inputs}</form>{after}",
        summary(problems, fields),
        hidden(proof),
    );
    let title = if problems.is_empty() { "Sign in" } else { "Error: sign in" };
    Page { title, body: &body, leads_to: page.authorization().map(|authorization| &authorization.redirect) }
        .reply(cx, StatusCode::OK)
}

fn row(buttons: &str) -> String {
    format!("<div class=\"buttons\">{buttons}</div>")
}

/// What was wrong, read aloud at once, with links to the fields.
fn summary(problems: &[Problem], fields: &[&Field]) -> String {
    let item = |problem: &Problem| {
        let known = |name: &&&'static str| fields.iter().any(|field| field.name == **name);
        match problem.fields.iter().find(known) {
            Some(field) => format!("<li><a href=\"#{field}\">{}</a></li>", escape(problem.text)),
            None => format!("<li>{}</li>", escape(problem.text)),
        }
    };
    if problems.is_empty() {
        return String::new();
    }
    let items: String = problems.iter().map(item).collect();
    format!("<div class=\"problem\" id=\"problem\" role=\"alert\"><h2>That did not work</h2><ul>{items}</ul></div>")
}

fn input(field: &Field, value: &str, focus: &Field, problems: &[Problem]) -> String {
    let Field { name, label, hint, attributes } = field;
    let is_wrong = problems.iter().any(|problem| problem.fields.contains(name));
    let described: Vec<String> = [(is_wrong, "problem".to_owned()), (!hint.is_empty(), format!("{name}-hint"))]
        .into_iter()
        .filter_map(|(applies, id)| applies.then_some(id))
        .collect();
    let described = match described.as_slice() {
        [] => String::new(),
        ids => format!(" aria-describedby=\"{}\"", ids.join(" ")),
    };
    let invalid = if is_wrong { " aria-invalid=\"true\"" } else { "" };
    let autofocus = if *name == focus.name { " autofocus" } else { "" };
    let hint = if hint.is_empty() { String::new() } else { format!("<p class=\"hint\" id=\"{name}-hint\">{hint}</p>") };
    format!(
        "<div class=\"field\"><label for=\"{name}\">{label}</label>{hint}\
         <input id=\"{name}\" name=\"{name}\" {attributes} value=\"{}\" required{described}{invalid}{autofocus}></div>",
        escape(value)
    )
}
