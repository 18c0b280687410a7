//! The servers of a document, and operations that have one of their own.

use super::flows;
use super::report::{Report, refuse};
use super::walk;
use crate::codegen::location::Location;
use crate::codegen::lower;
use crate::yaml::{Node, map};

/// The servers that a caller may choose from.
pub(crate) const LISTED: &str = "x-servers";
/// The server of an operation that is not the document's.
pub(crate) const OWN: &str = "x-server";

/// One server for the model, the document's first with the defaults of its variables; all of them for the caller to choose from.
/// Operations that all have the same one of their own give it to the document.
///
/// # Errors
/// When the URL of the first is none that calls can be sent to.
pub(super) fn apply(document: &mut Node, location: &Location, report: &mut Report) -> anyhow::Result<()> {
    let mut own: Vec<Option<Node>> = Vec::new();
    walk::operations(document, location, &mut |_, _, operation, _| own.push(operation.get("servers").cloned()));
    let listed = document.get("servers").and_then(Node::as_list).filter(|list| !list.is_empty()).map(<[Node]>::to_vec);
    let common = own.first().cloned().flatten().filter(|first| own.iter().all(|one| one.as_ref() == Some(first)));
    let servers = common.as_ref().and_then(Node::as_list).map(<[Node]>::to_vec).or(listed).unwrap_or_default();
    let url = servers
        .first()
        .map_or_else(|| "/".to_owned(), |server| address(server, &location.at(&["servers", "0"]), report));
    if let Some(wrong) = wrong_with(&url) {
        anyhow::bail!("{}: the URL of the server has {wrong}", location.at(&["servers", "0", "url"]));
    }
    walk::operations(document, location, &mut |_, _, operation, location| {
        let Some(own) = operation.shift_remove("servers") else { return };
        let Some(server) = own.as_list().and_then(<[Node]>::first) else { return };
        let mine = address(server, location, report);
        if mine.trim_end_matches('/') == url.trim_end_matches('/') {
            return;
        }
        let odd = wrong_with(&mine).map(|wrong| format!("with {wrong}"));
        match odd.map_or_else(|| flows::split(&mine).map_err(|wrong| format!("that {wrong}")), Err) {
            Ok(_) => drop(operation.insert(OWN.to_owned(), mine.trim_end_matches('/').into())),
            Err(wrong) => refuse(operation, format!("a server of its own {wrong}")),
        }
    });
    let choices = choices(&servers, location, report);
    if let Some(root) = document.as_map_mut() {
        root.insert("servers".to_owned(), Node::List(vec![map([("url", url.into())])]));
        root.insert(LISTED.to_owned(), Node::List(choices));
    }
    Ok(())
}

/// The servers that calls can be sent to, each with a name, its variables and its words.
fn choices(servers: &[Node], location: &Location, report: &mut Report) -> Vec<Node> {
    let mut taken: Vec<String> = Vec::new();
    let mut choices = Vec::new();
    for (index, server) in servers.iter().enumerate() {
        let at = location.at(&["servers", &index.to_string()]);
        if let Some(wrong) = wrong_with(&address(server, &at, &mut Report::default())) {
            report.note(&at, format!("the server is left out: its URL has {wrong}"));
            continue;
        }
        let words = server.get("description").and_then(Node::as_text).unwrap_or_default();
        let given = server.get("x-rust-name").or_else(|| server.get("name")).and_then(Node::as_text);
        let short = (1..=3).contains(&words.split_whitespace().count()).then_some(words);
        let preferred = lower::shouty(&lower::spelled(given.or(short).unwrap_or("server").trim_end_matches('.')));
        let name = lower::free(&preferred, |name| taken.iter().any(|known| known == name));
        taken.push(name.clone());
        let url = server.get("url").and_then(Node::as_text).unwrap_or("/");
        let url = if url.contains("://") || url.starts_with(['/', '{']) { url.to_owned() } else { format!("/{url}") };
        choices.push(map([
            ("name", name.into()),
            ("url", url.trim_end_matches('/').into()),
            ("description", words.into()),
            ("variables", Node::List(variables(server))),
        ]));
    }
    choices
}

fn variables(server: &Node) -> Vec<Node> {
    let variables = server.get("variables").and_then(Node::as_map).into_iter().flatten();
    let one = |(name, variable): (&String, &Node)| {
        let default = variable.get("default").map(text).unwrap_or_default();
        let listed = variable.get("enum").and_then(Node::as_list).unwrap_or_default();
        let mut values: Vec<String> = listed.iter().map(text).collect();
        if !values.is_empty() && !values.contains(&default) {
            values.push(default.clone());
        }
        let values = values.into_iter().map(Node::from).collect();
        map([("name", name.as_str().into()), ("default", default.into()), ("values", Node::List(values))])
    };
    variables.map(one).collect()
}

fn text(value: &Node) -> String {
    value.as_text().map_or_else(|| value.to_string(), str::to_owned)
}

/// What keeps calls from being sent below this URL.
fn wrong_with(url: &str) -> Option<&'static str> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let authority = rest.split('/').next().unwrap_or_default();
    match () {
        () if url.contains(['{', '}']) => Some("a variable that is not declared"),
        () if url.contains(['?', '#']) => Some("a query or a fragment"),
        () if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") => {
            Some("a scheme that is neither http nor https")
        }
        () if authority.contains('@') => Some("a name or a password"),
        () => None,
    }
}

/// The address of a server with its variables filled in.
fn address(server: &Node, location: &Location, report: &mut Report) -> String {
    let mut url = server.get("url").and_then(Node::as_text).unwrap_or("/").to_owned();
    for (name, variable) in server.get("variables").and_then(Node::as_map).into_iter().flatten() {
        let default = variable.get("default");
        let listed = variable.get("enum").and_then(Node::as_list);
        if listed.is_some_and(|values| !values.is_empty() && !values.iter().any(|one| Some(one) == default)) {
            report.note(location, format!("the default of the variable {name:?} is none of its values"));
        }
        url = url.replace(&format!("{{{name}}}"), &default.map(text).unwrap_or_default());
    }
    if url.contains("://") || url.starts_with('/') { url } else { format!("/{url}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_plain_address() {
        let wrong =
            ["ftp://a.example", "https://{a}.example", "https://a:b@c.example", "/v1?key=1", "https://a.example#b"];
        assert!(wrong.iter().all(|url| wrong_with(url).is_some()));
        assert!(
            ["/", "/v1/@me", "HTTPS://a.example:8443/v1", "http://127.0.0.1/"]
                .iter()
                .all(|url| wrong_with(url).is_none())
        );
    }
}
