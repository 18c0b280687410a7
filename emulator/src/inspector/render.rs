//! What the inspector shows, as pieces of HTML: requests, faults, tokens.

use std::fmt::Write as _;

use crate::app::App;
use crate::faults::{Fault, to_table};
use crate::html::escape;
use crate::json::Json;
use crate::request_log::SeenRequest;
use crate::store::Mode;

/// The most rows of one table.
const ROWS: u32 = 100;

/// How many characters of a token are shown, of 40.
const SHOWN: i64 = 4;

/// The requests, the newest first.
pub(super) fn requests(app: &App) -> String {
    let seen = app.request_log.all();
    if seen.is_empty() {
        return "<p>No request has come yet.</p>".to_owned();
    }
    let rows: String = seen.iter().rev().take(ROWS as usize).map(request).collect();
    let head = ["Method", "Path", "Status", "Credential", "Filter", "Query and body"];
    table("Requests, the newest first", &head, &rows)
}

fn request(seen: &SeenRequest) -> String {
    let status = seen.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let body = seen.body.as_deref().and_then(|body| Json::parse(body.as_bytes()));
    let (filter, rest) = body.map_or((None, None), split);
    let rest = [seen.query.as_deref().map(|query| format!("?{query}")), rest];
    let rest: Vec<String> = rest.into_iter().flatten().collect();
    let credential = seen.grant_type.map_or_else(
        || seen.credential.as_str().to_owned(),
        |grant| format!("{}, grant {grant}", seen.credential.as_str()),
    );
    row(&[
        &seen.method,
        &code(&seen.path),
        &status,
        &escape(&credential),
        &filter.map_or_else(String::new, |filter| code(&filter)),
        &rest.iter().map(|part| code(part)).collect::<Vec<_>>().join(" "),
    ])
}

/// The filter of a body, and what else is in it.
fn split(body: Json) -> (Option<String>, Option<String>) {
    let Json::Object(members) = body else { return (None, Some(body.to_text())) };
    let (filters, rest): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|(name, _)| matches!(name.as_str(), "filter" | "filters" | "query"));
    let text = |members: Vec<_>| (!members.is_empty()).then(|| Json::Object(members).to_text());
    (text(filters), text(rest))
}

/// The faults that are set, each with a button that takes it back.
pub(super) fn faults(app: &App) -> String {
    let faults = app.faults.all(app.clock.now());
    if faults.is_empty() {
        return "<p>No fault is set.</p>".to_owned();
    }
    let row_of = |(number, fault): &(u64, Fault)| {
        let remove = format!(
            "<form method=\"post\" action=\"/inspector/faults/remove\"><input type=\"hidden\" name=\"number\" value=\"{number}\">\
             <button class=\"second\">Take back<span class=\"unseen\"> fault {number}</span></button></form>"
        );
        row(&[&number.to_string(), &code(&to_table::to_table(fault).to_text()), &fault.when.met().to_string(), &remove])
    };
    let rows: String = faults.iter().map(row_of).collect();
    table("Faults that are set", &["Number", "Fault", "Requests that met it", "Take back"], &rows)
}

/// A token that lives, without most of it.
struct Token {
    begins: String,
    kind: String,
    user: String,
    application: Option<String>,
    expires: i64,
}

/// The tokens and sessions that live. The whole of one never leaves the database.
pub(super) fn tokens(app: &App) -> String {
    let now = app.clock.now();
    let read = app.store.run(Mode::Read, |db| {
        let mut statement = db.prepare_cached(
            "SELECT substr(t.token, 1, ?1), t.kind, u.name, a.name, t.expires FROM (
                 SELECT token, kind, user, application, expires FROM _tokens
                 UNION ALL SELECT id, 'session', user, NULL, expires FROM _sessions
             ) t JOIN users u ON u.ID = t.user LEFT JOIN applications a ON a.ID = t.application
             WHERE t.expires > ?2 ORDER BY t.expires, t.token LIMIT ?3",
        )?;
        let rows = statement.query_map((SHOWN, now, ROWS), |row| {
            Ok(Token {
                begins: row.get(0)?,
                kind: row.get(1)?,
                user: row.get(2)?,
                application: row.get(3)?,
                expires: row.get(4)?,
            })
        })?;
        rows.collect::<rusqlite::Result<Vec<Token>>>()
    });
    let Ok(tokens) = read else { return "<p>The tokens cannot be read from the database.</p>".to_owned() };
    if tokens.is_empty() {
        return "<p>No token is alive.</p>".to_owned();
    }
    let row_of = |token: &Token| {
        row(&[
            &code(&format!("{}…", token.begins)),
            &escape(&token.kind),
            &escape(&token.user),
            &escape(token.application.as_deref().unwrap_or("none")),
            &span(token.expires.saturating_sub(now)),
        ])
    };
    let rows: String = tokens.iter().map(row_of).collect();
    table("Tokens and sessions that live", &["Begins with", "Kind", "User", "Application", "Ends in"], &rows)
}

/// A distance in time in its two largest units.
pub(super) fn span(seconds: i64) -> String {
    let (sign, mut rest) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    let mut parts = Vec::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)] {
        if rest >= length {
            parts.push(format!("{} {unit}", rest / length));
            rest %= length;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { format!("{sign}{}", parts.join(" ")) }
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

fn row(cells: &[&str]) -> String {
    let cells = cells.iter().fold(String::new(), |mut html, cell| {
        // Writing to a string cannot fail.
        let _ = write!(html, "<td>{cell}</td>");
        html
    });
    format!("<tr>{cells}</tr>")
}

/// A table that scrolls within itself where the page is narrow; a keyboard can do that too.
fn table(caption: &str, head: &[&str], rows: &str) -> String {
    let head: String = head.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\"><table><caption>{caption}</caption>\
         <thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_its_two_largest_units() {
        for (seconds, told) in [(0, "0 s"), (59, "59 s"), (3600, "1 h"), (3661, "1 h 1 min"), (-90_000, "-1 d 1 h")] {
            assert_eq!(span(seconds), told);
        }
    }

    #[test]
    fn the_filter_of_a_body_stands_apart() {
        let body = Json::parse(br#"{"fields":["ID"],"filters":{"status":4},"query":"x","limit":2}"#).unwrap();
        let (filter, rest) = split(body);
        assert_eq!(filter.as_deref(), Some(r#"{"filters":{"status":4},"query":"x"}"#));
        assert_eq!(rest.as_deref(), Some(r#"{"fields":["ID"],"limit":2}"#));
    }
}
