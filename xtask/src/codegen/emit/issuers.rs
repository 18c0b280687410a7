//! The issuers of tokens of a document as statics.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitted, docs, ident, written};
use crate::codegen::format::Piece;
use crate::codegen::model::{Document, Grant, Issuer};

/// The file of the issuers of a document, if it has any.
pub fn file(document: &Document, module: &str) -> anyhow::Result<Option<Emitted>> {
    if document.issuers.is_empty() {
        return Ok(None);
    }
    let imports = Piece::Text("use zeyos_core::{Issuer, IssuerGrant};".to_owned());
    let statics = document.issuers.iter().map(|issuer| Piece::Item(one(issuer)));
    let pieces: Vec<Piece> = [imports].into_iter().chain(statics).chain([Piece::Item(all(document))]).collect();
    let docs = format!("Which operations of `{}` bring, check and end tokens.", document.stem);
    written(document, format!("{module}/issuers.rs"), &docs, &pieces).map(Some)
}

fn one(issuer: &Issuer) -> TokenStream {
    let (name, constant) = (&issuer.name, ident(&issuer.constant));
    let comment = docs::comment(&[format!("The tokens of `{}`, which `{}` sends.", issuer.name, issuer.scheme.name)]);
    let scheme = ident(&issuer.scheme.constant);
    let grant = ident(match issuer.grant {
        Grant::OAuth2 => "OAuth2",
        Grant::Once => "Once",
        Grant::Again => "Again",
    });
    let token = ident(&issuer.token);
    let authorization = issuer.authorization.as_ref().map(|operation| {
        let operation = ident(operation);
        quote!(.authorization(&super::#operation))
    });
    let introspection = issuer.introspection.as_ref().map(|operation| {
        let operation = ident(operation);
        quote!(.introspection(&super::#operation))
    });
    let revocation = issuer.revocation.as_ref().map(|revocation| {
        let operation = ident(&revocation.constant);
        let member = match &revocation.member {
            Some(member) => quote!(Some(#member)),
            None => quote!(None),
        };
        quote!(.revocation(&super::#operation, #member))
    });
    quote! {
        #comment
        pub static #constant: Issuer = Issuer::new(#name, super::schemes::#scheme.credential, IssuerGrant::#grant, &super::#token)
            #authorization #introspection #revocation;
    }
}

fn all(document: &Document) -> TokenStream {
    let names = document.issuers.iter().map(|issuer| ident(&issuer.constant));
    let comment = docs::comment(&["All of them."]);
    quote!(#comment pub static ISSUERS: &[&Issuer] = &[#(&#names),*];)
}
