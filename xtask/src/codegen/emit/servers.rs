//! The servers of a document: those to choose from, and the services of single operations that are elsewhere.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Draft, docs, ident};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Address, Document, OwnServer, Server};

/// The file of the servers of a document, if it names any.
pub(super) fn draft(document: &Document, module: &str) -> Option<Draft> {
    let (listed, own) = (&document.servers, &document.own_servers);
    if listed.is_empty() && own.is_empty() {
        return None;
    }
    let mut fragments = vec![Fragment::Text(imports(document))];
    let named = if document.is_crate { choice } else { plain };
    fragments.extend(listed.iter().map(|server| Fragment::Item(named(server))));
    fragments.extend(own.iter().map(|server| Fragment::Item(service(document, server))));
    let docs = format!("The servers of `{}`.", document.stem);
    Some(Draft::new(format!("{module}/servers.rs"), &docs, fragments))
}

fn imports(document: &Document) -> String {
    let has_variables = document.servers.iter().any(|server| !server.variables.is_empty());
    let mut lines = Vec::new();
    if !document.own_servers.is_empty() {
        lines.push("use zeyos_core::{ServiceDescription, ServiceRoot};");
    }
    match (document.servers.is_empty() || !document.is_crate, has_variables) {
        (true, _) => {}
        (false, true) => lines.push("use zeyos_runtime::{Server, ServerVariable};"),
        (false, false) => lines.push("use zeyos_runtime::Server;"),
    }
    lines.join("\n")
}

fn choice(server: &Server) -> TokenStream {
    let (constant, url) = (ident(&server.constant), &server.url);
    let shown = if url.is_empty() { "/" } else { url };
    let below = (!url.contains("://")).then_some("The document names no origin: give it with `below`.");
    let first = format!("`{shown}`");
    let words = [Some(first.as_str()), Some(server.description.as_str()), below];
    let comment = docs::comment(&words.into_iter().flatten().filter(|words| !words.is_empty()).collect::<Vec<_>>());
    let variables = server.variables.iter().map(|variable| {
        let (name, default, values) = (&variable.name, &variable.default, &variable.values);
        quote!(ServerVariable::new(#name, #default, &[#(#values),*]))
    });
    quote!(#comment pub const #constant: Server = Server::new(#url, &[#(#variables),*]);)
}

/// A server without variables, by its URL: the crate of several documents stands below the runtime, which knows servers to choose from.
fn plain(server: &Server) -> TokenStream {
    let (constant, url) = (ident(&server.constant), &server.url);
    let first = format!("`{url}`");
    let words = [first.as_str(), &server.description];
    let comment = docs::comment(&words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>());
    quote!(#comment pub const #constant: &str = #url;)
}

fn service(document: &Document, server: &OwnServer) -> TokenStream {
    let (constant, path) = (ident(&server.constant), &server.address.path);
    let comment = docs::comment(&[format!(
        "`{}`, where some operations are whichever server was chosen. They send no credential there unless that is the origin of \
         the chosen server, or the caller names it.",
        server.url
    )]);
    let name = format!("{} {}", document.stem, server.constant.to_lowercase());
    let root = root(&server.address);
    quote!(#comment pub static #constant: ServiceDescription = ServiceDescription::new(#name, #path).root(#root);)
}

/// What an address is below.
pub(super) fn root(address: &Address) -> TokenStream {
    match &address.origin {
        Some(origin) => quote!(ServiceRoot::At(#origin)),
        None => quote!(ServiceRoot::Origin),
    }
}
