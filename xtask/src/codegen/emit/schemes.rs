//! The security schemes of a document as statics, and the credentials that they send.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Draft, Emitted, RUNTIME, docs, header, ident, runtime, written};
use crate::codegen::format::{self, Fragment};
use crate::codegen::lower;
use crate::codegen::model::{Document, Holder, KeyPlace, Operation, Requirement, Scheme, SchemeKind};

/// The file of the schemes of a document, if it has any.
pub(super) fn draft(document: &Document, module: &str) -> Option<Draft> {
    if document.schemes.is_empty() {
        return None;
    }
    let statics = document.schemes.iter().flat_map(|scheme| statics(document, scheme));
    let common = common(document);
    let asked = common.iter().map(|(name, security)| asked(name, security));
    let imports = std::iter::once(imports(&document.schemes, !common.is_empty()));
    let fragments: Vec<Fragment> = imports.chain(statics).chain(asked).map(Fragment::Item).collect();
    let docs = format!("The security schemes of `{}`.", document.stem);
    Some(Draft::new(format!("{module}/schemes.rs"), &docs, fragments))
}

/// What several operations ask for, by the names of the constants that say it.
pub(super) type Common<'d> = Vec<(String, &'d [Vec<Requirement>])>;

/// What several operations of a document ask for: said once, it costs the build once.
pub(super) fn common(document: &Document) -> Common<'_> {
    let mut counts: Vec<(&[Vec<Requirement>], usize)> = Vec::new();
    // What asks for no scheme is as short where it stands.
    let asks = |operation: &&Operation| operation.security.iter().any(|needed| !needed.is_empty());
    for security in document.all_operations().filter(asks).map(|operation| operation.security.as_slice()) {
        match counts.iter_mut().find(|(known, _)| *known == security) {
            Some((_, count)) => *count += 1,
            None => counts.push((security, 1)),
        }
    }
    let mut common: Common<'_> = Vec::new();
    for (security, _) in counts.into_iter().filter(|(_, count)| *count > 1) {
        let is_taken = |name: &str| {
            let is_scheme = document.schemes.iter().any(|scheme| scheme.constant == name || own(scheme) == name);
            is_scheme || common.iter().any(|(known, _)| known == name)
        };
        common.push((lower::free(&alternatives(security), is_taken), security));
    }
    common
}

/// The name of a choice of schemes.
fn alternatives(security: &[Vec<Requirement>]) -> String {
    let all_of = |needed: &Vec<Requirement>| {
        let names: Vec<&str> = needed.iter().map(|needed| needed.scheme.constant.as_str()).collect();
        if names.is_empty() { "NONE".to_owned() } else { names.join("_AND_") }
    };
    match security.iter().map(all_of).collect::<Vec<_>>().as_slice() {
        [only] => format!("ONLY_{only}"),
        several => several.join("_OR_"),
    }
}

fn asked(name: &str, security: &[Vec<Requirement>]) -> TokenStream {
    let all_of = |needed: &Vec<Requirement>| {
        let names: Vec<String> = needed.iter().map(|needed| format!("`{}`", needed.scheme.name)).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
    };
    let words: Vec<String> = security.iter().map(all_of).collect();
    let comment = docs::comment(&[format!("What several operations ask for: {}.", words.join(", or "))]);
    let (runtime, name, alternatives) = (runtime(), ident(name), requirements(security, &quote!()));
    quote!(#comment pub const #name: #runtime::Security = #alternatives;)
}

/// Alternatives of requirements; `schemes` is the path to their statics.
pub(super) fn requirements(security: &[Vec<Requirement>], schemes: &TokenStream) -> TokenStream {
    let alternatives = security.iter().map(|needed| {
        let needed = needed.iter().map(|needed| {
            let (scheme, scopes) = (ident(&needed.scheme.constant), &needed.scopes);
            let scopes = (!scopes.is_empty()).then(|| quote!(.scopes(&[#(#scopes),*])));
            quote!(Requirement::of(&#schemes #scheme)#scopes)
        });
        quote!(&[#(#needed),*])
    });
    quote!(&[#(#alternatives),*])
}

fn imports(schemes: &[Scheme], has_requirements: bool) -> TokenStream {
    let any = |is_so: fn(&Scheme) -> bool| schemes.iter().any(is_so);
    let optional = [
        ("Credential", any(|scheme| scheme.credential.is_none())),
        ("Holder", any(|scheme| matches!(scheme.kind, SchemeKind::Basic(_)))),
        ("KeyPlace", any(|scheme| matches!(scheme.kind, SchemeKind::ApiKey { .. }))),
        ("Requirement", has_requirements),
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
            let own = ident(&own(scheme));
            quote!(#own)
        }
    }
}

/// The name of the credential that a scheme shares with no other document.
fn own(scheme: &Scheme) -> String {
    format!("{}_CREDENTIAL", scheme.constant)
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
    let mut fragments = vec![Fragment::Text(format!("use {RUNTIME}::Credential;"))];
    fragments.extend(shared.into_iter().map(|(name, users)| {
        let (constant, comment) =
            (ident(&lower::shared_constant(name)), docs::comment(&[format!("Sent by {}.", users.join(", "))]));
        Fragment::Item(quote!(#comment pub static #constant: Credential = Credential::new(#name);))
    }));
    let path = "src/credentials.rs".to_owned();
    match documents {
        [document] if document.three_states => {
            let draft = Draft::new(path, "Credentials that several security schemes share.", fragments);
            written(document, draft, &[]).map(Some)
        }
        _ => {
            let content = format::file(&header("spec/"), "Credentials that several documents share.", &fragments)?;
            Ok(Some(Emitted { path, content }))
        }
    }
}
