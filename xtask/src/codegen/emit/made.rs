//! How a whole object is made from one value: a text, with setters for what else it may have, or bytes.

use quote::quote;

use super::{docs, first_sentence, ident, runtime, type_of};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Field, MadeFrom, NamedType, Type};

pub(super) fn fragments(ty: &NamedType, fields: &[Field], from: &MadeFrom) -> Vec<Fragment> {
    match from {
        MadeFrom::Text(field) => of_text(ty, fields, field),
        MadeFrom::Bytes(field) => of_bytes(ty, fields, field),
    }
}

fn of_text(ty: &NamedType, fields: &[Field], from: &str) -> Vec<Fragment> {
    let (name, field) = (ident(&ty.name), ident(from));
    let from_text = |text: proc_macro2::TokenStream| {
        Fragment::Item(quote! {
            impl From<#text> for #name {
                fn from(#field: #text) -> Self {
                    Self::default().#field(#field)
                }
            }
        })
    };
    let setters = fields.iter().filter(|field| !field.read_only).map(|field| {
        let comment = docs::comment(&[format!("{}.", first_sentence(&field.description))]);
        let (name, ty) = (ident(&field.rust), type_of(&field.ty));
        let (argument, value) = match field.ty {
            Type::Text | Type::Secret | Type::Boxed(_) => (quote!(impl Into<#ty>), quote!(#name.into())),
            _ => (ty, quote!(#name)),
        };
        quote! {
            #comment
            #[must_use]
            #[inline]
            pub fn #name(mut self, #name: #argument) -> Self {
                self.#name = Some(#value);
                self
            }
        }
    });
    let block = Fragment::Block { header: quote!(impl #name), members: setters.collect() };
    vec![block, from_text(quote!(&str)), from_text(quote!(String))]
}

fn of_bytes(ty: &NamedType, fields: &[Field], from: &str) -> Vec<Fragment> {
    let (name, field) = (ident(&ty.name), ident(from));
    let comment = docs::comment(&[format!("Of these bytes, which stand in `{from}` in base64.")]);
    let member = quote! {
        #comment
        pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Self {
            Self { #field: Some(Base64::encode(bytes.as_ref()).into()), ..Self::default() }
        }
    };
    let wire = fields.iter().find(|field| field.rust == from).map_or(from, |field| field.wire.as_str());
    let comment = docs::comment(&[
        "Of a file. It is read anew for each attempt while it is sent, so that neither its bytes nor their text are in memory as a whole.",
        "# Errors",
        "When there is no such file, or no one may read it.",
    ]);
    let runtime = runtime();
    let from_path = quote! {
        #comment
        pub fn from_path(path: impl AsRef<std::path::Path>) -> std::io::Result<#runtime::Upload<Self>> {
            #runtime::Upload::from_path(#wire, path)
        }
    };
    vec![Fragment::Block { header: quote!(impl #name), members: vec![member, from_path] }]
}
