//! The files that make an emitted document a crate of its own, with its own workspace.

use std::collections::BTreeSet;

use quote::quote;

use super::contract::PACKAGE;
use super::{Emitted, client, docs, header, ident, schemes};
use crate::codegen::format;
use crate::codegen::model::Document;

/// Names of the root of a crate.
const OF_ROOT: [&str; 6] = ["Client", "ClientBuilder", "api", "client", "credentials", "runtime"];

/// Manifest and root of the crate; `runtime` is what its manifest says about the crate that emitted code stands on, `public` what
/// the module of the document has.
pub(super) fn files(
    document: &Document,
    name: &str,
    runtime: &str,
    public: &BTreeSet<String>,
) -> anyhow::Result<Vec<Emitted>> {
    let head = header(&document.file).replace("//", "#");
    let manifest = format!(
        "{head}\n\n[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\nrust-version = \"1.89\"\npublish = false\n\n\
         [features]\n# `validate` of what is sent: bounds and patterns of the document.\nvalidate = [\"{PACKAGE}/validate\"]\n\n\
         [dependencies]\n{PACKAGE} = {runtime}\n\n[lints.rust]\nunsafe_code = \"forbid\"\nmissing_docs = \"deny\"\n\n\
         # A workspace of its own, wherever it lies.\n[workspace]\n"
    );
    let mut root = format!("{}\n\n", header(&document.file));
    root.push_str(&docs::inner(&document.description));
    if !document.refused.is_empty() {
        root.push_str(
            "//!\n//! # Operations that are left out\n//! The generator does not understand what they need:\n//!\n",
        );
        for refusal in &document.refused {
            let words = crate::codegen::normalise::safe(&format!("`{}`: {}", refusal.operation, refusal.construct))
                .replace('\n', " ");
            root.push_str(&format!("//! - {words}\n"));
        }
    }
    // The types say what the document says, however long that is.
    root.push_str("\n#![allow(clippy::type_complexity, clippy::large_enum_variant)]\n");
    let shared = schemes::shared(&[document])?;
    let credentials = if shared.is_some() { "#[rustfmt::skip]\nmod credentials;\n" } else { "" };
    // What the root has itself hides what the document calls so, which is still there in its module.
    let names = public.iter().filter(|name| !OF_ROOT.contains(&name.as_str())).map(|name| ident(name));
    let api = format::items(&quote!(pub use api::{#(#names),*};))?;
    root.push_str(&format!(
        "\n#[rustfmt::skip]\npub mod api;\n#[rustfmt::skip]\nmod client;\n{credentials}\n{api}pub use client::{{Client, ClientBuilder}};\n\
         /// What sends the calls: errors, tokens and their stores, logins.\npub use zeyos_runtime as runtime;\n",
    ));
    let files = vec![
        Emitted { path: "Cargo.toml".to_owned(), content: manifest },
        Emitted { path: "src/lib.rs".to_owned(), content: root },
        client::file(document)?,
    ];
    Ok(files.into_iter().chain(shared).collect())
}
