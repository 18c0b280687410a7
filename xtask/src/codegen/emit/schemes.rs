//! The security schemes of a document as statics, and the credentials that they send.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitted, RUNTIME, docs, header, ident, runtime, written};
use crate::codegen::format::{self, Piece};
use crate::codegen::lower;
use crate::codegen::model::{Document, Holder, KeyPlace, Scheme, SchemeKind};

/// The file of the schemes of a document, if it has any.
pub(super) fn file(document: &Document, module: &str) -> anyhow::Result<Option<Emitted>> {
    if document.schemes.is_empty() {
        return Ok(None);
    }
    let statics = document.schemes.iter().flat_map(|scheme| statics(document, scheme));
    let pieces: Vec<Piece> = std::iter::once(imports(&document.schemes)).chain(statics).map(Piece::Item).collect();
    let docs = format!("The security schemes of `{}`.", document.stem);
    written(document, format!("{module}/schemes.rs"), &docs, &pieces).map(Some)
}

fn imports(schemes: &[Scheme]) -> TokenStream {
    let any = |is_so: fn(&Scheme) -> bool| schemes.iter().any(is_so);
    let optional = [
        ("Credential", any(|scheme| scheme.credential.is_none())),
        ("Holder", any(|scheme| matches!(scheme.kind, SchemeKind::Basic(_)))),
        ("KeyPlace", any(|scheme| matches!(scheme.kind, SchemeKind::ApiKey { .. }))),
    ];
    let optional = optional.iter().filter(|(_, is_used)| *is_used).map(|(name, _)| ident(name));
    let runtime = runtime();
    quote!(use #runtime::{#(#optional,)* SchemeKind, SecurityScheme};)
}

fn statics(document: &Document, scheme: &Scheme) -> Vec<TokenStream> {
    let (name, constant, kind) = (&scheme.name, ident(&scheme.constant), kind(&scheme.kind));
    let comment = docs::comment(&[scheme.description.as_str()]);
    let credential = credential(document, scheme);
    let own = scheme.credential.is_none().then(|| {
        let label = format!("{}/{name}", document.stem);
        quote!(static #credential: Credential = Credential::new(#label);)
    });
    let scheme = quote! {
        #comment
        pub static #constant: SecurityScheme = SecurityScheme::new(#name, #kind, &#credential);
    };
    own.into_iter().chain([scheme]).collect()
}

/// The path to the credential of a scheme, from the file of the schemes.
fn credential(document: &Document, scheme: &Scheme) -> TokenStream {
    match &scheme.credential {
        Some(shared) => {
            let outwards = document.module.iter().map(|_| quote!(super::));
            let shared = ident(&lower::shared_constant(shared));
            quote!(super::#(#outwards)*credentials::#shared)
        }
        None => {
            let own = ident(&format!("{}_CREDENTIAL", scheme.constant));
            quote!(#own)
        }
    }
}

fn kind(kind: &SchemeKind) -> TokenStream {
    match kind {
        SchemeKind::Bearer => quote!(SchemeKind::Bearer),
        SchemeKind::Basic(Holder::Client) => quote!(SchemeKind::Basic(Holder::Client)),
        SchemeKind::Basic(Holder::User) => quote!(SchemeKind::Basic(Holder::User)),
        SchemeKind::InBody { member } => quote!(SchemeKind::InBody { member: #member }),
        SchemeKind::ApiKey { place, name } => {
            let place = ident(match place {
                KeyPlace::Header => "Header",
                KeyPlace::Query => "Query",
                KeyPlace::Cookie => "Cookie",
            });
            quote!(SchemeKind::ApiKey { place: KeyPlace::#place, name: #name })
        }
    }
}

/// The file of the credentials that documents share, if there are any.
pub(super) fn shared(documents: &[&Document]) -> anyhow::Result<Option<Emitted>> {
    let mut shared: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for document in documents {
        for scheme in &document.schemes {
            let Some(name) = &scheme.credential else { continue };
            let of = if document.three_states { String::new() } else { format!(" of `{}`", document.stem) };
            shared.entry(name).or_default().push(format!("`{}`{of}", scheme.name));
        }
    }
    if shared.is_empty() {
        return Ok(None);
    }
    let mut pieces = vec![Piece::Text(format!("use {RUNTIME}::Credential;"))];
    pieces.extend(shared.into_iter().map(|(name, users)| {
        let (constant, comment) =
            (ident(&lower::shared_constant(name)), docs::comment(&[format!("Sent by {}.", users.join(", "))]));
        Piece::Item(quote!(#comment pub static #constant: Credential = Credential::new(#name);))
    }));
    let path = "src/credentials.rs".to_owned();
    match documents {
        [document] if document.three_states => {
            written(document, path, "Credentials that several security schemes share.", &pieces).map(Some)
        }
        _ => {
            let content = format::file(&header("spec/"), "Credentials that several documents share.", &pieces)?;
            Ok(Some(Emitted { path, content }))
        }
    }
}
