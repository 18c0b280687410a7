//! The page of the inspector and the headers that keep it to itself.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};

use super::forms::{FURTHER, PARTS, Problem};
use super::render;
use crate::app::App;
use crate::clock;
use crate::html::{escape, source};
use crate::http::Reply;

const STYLE: &str = include_str!("style.css");
const LIVE: &str = include_str!("live.js");

/// Nothing from elsewhere is loaded, no other page may frame it, and its forms and its script lead back to it alone.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
        source(STYLE),
        source(LIVE)
    )
});

/// The methods that the form of a fault offers.
const METHODS: [&str; 7] = ["*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// What the page shows of one moment.
pub(super) struct Page {
    instance: String,
    now: String,
    offset: String,
    records: bool,
    requests: String,
    faults: String,
    tokens: String,
}

impl Page {
    /// Reads what is to be shown.
    pub(super) fn of(app: &App) -> Self {
        Self {
            instance: app.instance.clone(),
            now: clock::http_date(app.clock.now()),
            offset: render::span(app.clock.offset()),
            records: app.request_log.records_bodies(),
            requests: render::requests(app),
            faults: render::faults(app),
            tokens: render::tokens(app),
        }
    }

    /// The page, with what was wrong with a form if one was sent.
    pub(super) fn reply(&self, status: StatusCode, problem: Option<&Problem>) -> Reply {
        let reply = Reply::of_type(status, "text/html; charset=utf-8", self.html(problem)).secret();
        [
            (header::CONTENT_SECURITY_POLICY, POLICY.as_str()),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // Not `no-referrer`: with it a browser hides the origin of our own forms from us.
            (header::REFERRER_POLICY, "same-origin"),
        ]
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.with(name, value))
    }

    fn html(&self, problem: Option<&Problem>) -> String {
        let Self { instance, requests, faults, tokens, .. } = self;
        let of = |form: &str| problem.filter(|problem| problem.form == form);
        let (fault_form, clock) = (fault_form(of("fault")), self.clock(of("clock")));
        let record = self.record_form();
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Inspector · {}</title>\
             <style>{STYLE}</style></head><body><main><h1>Inspector of {}</h1>\
             <div id=\"live\" hidden><button type=\"button\" class=\"second\">Stop updating</button></div>\
             <section aria-labelledby=\"of-requests\"><h2 id=\"of-requests\">Requests</h2>\
             <div id=\"requests\" data-live>{requests}</div>{record}</section>\
             <section aria-labelledby=\"of-faults\"><h2 id=\"of-faults\">Faults</h2>\
             <div id=\"faults\" data-live>{faults}</div>{fault_form}</section>\
             <section aria-labelledby=\"of-tokens\"><h2 id=\"of-tokens\">Tokens</h2>\
             <div id=\"tokens\" data-live>{tokens}</div></section>\
             <section aria-labelledby=\"of-clock\"><h2 id=\"of-clock\">Clock</h2>{clock}</section>\
             </main><script>{LIVE}</script></body></html>",
            escape(instance),
            escape(instance),
        )
    }

    fn record_form(&self) -> String {
        let (told, value, act) = match self.records {
            true => ("Queries and bodies are recorded, secrets taken out.", "off", "Record them no longer"),
            false => ("Queries and bodies, and so filters, are not recorded.", "on", "Record them from now on"),
        };
        format!(
            "<form method=\"post\" action=\"/inspector/bodies\"><p class=\"hint\">{told}</p>\
             <input type=\"hidden\" name=\"record\" value=\"{value}\"><button class=\"second\">{act}</button></form>"
        )
    }

    fn clock(&self, problem: Option<&Problem>) -> String {
        let sent = problem.and_then(|problem| problem.field("advance")).unwrap_or_default();
        format!(
            "<div id=\"clock\" data-live><p>It is {}, {} from the machine's clock.</p></div>{}\
             <form method=\"post\" action=\"/inspector/clock\"><label for=\"advance\">Move it by</label>\
             <p class=\"hint\" id=\"advance-hint\">Seconds, or like +1h, -5m</p>\
             <input id=\"advance\" name=\"advance\" required aria-describedby=\"advance-hint\" value=\"{}\">\
             <button>Move the clock</button></form>",
            self.now,
            self.offset,
            alert(problem),
            escape(sent)
        )
    }
}

/// The form that sets a fault; what was sent stays in it when it was wrong.
fn fault_form(problem: Option<&Problem>) -> String {
    let sent = |name: &str| problem.and_then(|problem| problem.field(name)).unwrap_or_default();
    let fields: String = PARTS.iter().map(|name| part(name, sent(name))).collect();
    format!(
        "<h3>Set a fault</h3>{}<form method=\"post\" action=\"/inspector/faults\"><div class=\"fields\">{fields}\
         <div class=\"wide\"><label for=\"{FURTHER}\">Further parts</label>\
         <p class=\"hint\" id=\"{FURTHER}-hint\">As after --fault: latency = \"300ms\", member = {{ limit = {{ above = 500 }} }}</p>\
         <input id=\"{FURTHER}\" name=\"{FURTHER}\" aria-describedby=\"{FURTHER}-hint\" value=\"{}\"></div></div>\
         <button>Set the fault</button></form>",
        alert(problem),
        escape(sent(FURTHER))
    )
}

/// The field of one part of a fault.
fn part(name: &str, sent: &str) -> String {
    let (label, hint) = match name {
        "method" => ("Method", "* is any"),
        "path" => ("Path", "Its beginning after the instance, like /api/v1/tickets"),
        "status" => ("Status", "From 200 to 599; the request is not carried out"),
        "retry_after" => ("Retry-After", "Sent as given"),
        _ => ("Times", "How many requests meet it, or always; 1 unless said"),
    };
    let control = match name {
        "method" => {
            let option = |method: &&str| {
                let chosen = if *method == sent { " selected" } else { "" };
                format!("<option{chosen}>{method}</option>")
            };
            let options: String = METHODS.iter().map(option).collect();
            format!("<select id=\"{name}\" name=\"{name}\" aria-describedby=\"{name}-hint\">{options}</select>")
        }
        _ => {
            format!("<input id=\"{name}\" name=\"{name}\" aria-describedby=\"{name}-hint\" value=\"{}\">", escape(sent))
        }
    };
    format!("<div><label for=\"{name}\">{label}</label><p class=\"hint\" id=\"{name}-hint\">{hint}</p>{control}</div>")
}

/// What was wrong, read aloud at once.
fn alert(problem: Option<&Problem>) -> String {
    problem.map_or_else(String::new, |problem| {
        format!("<p class=\"problem\" role=\"alert\">{}</p>", escape(&problem.text))
    })
}
