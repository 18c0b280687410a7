//! The yardstick: the same records, objects and enums as the emitted crate, read and written by serde's derives. It has no
//! columns, no setters and no methods.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use quote::{ToTokens as _, format_ident, quote};
use syn::{Fields, Item, ItemEnum, ItemStruct};

use crate::file;

const MANIFEST: &str = "[package]\nname = \"yardstick\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
    serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\n\n[workspace]\n";

const PRELUDE: &str = "#![allow(dead_code, unused_imports, clippy::all)]\nuse std::collections::BTreeMap;\nuse serde::{Deserialize, Serialize};\n\
    pub type Json = serde_json::Value;\npub type JsonMap = serde_json::Map<String, Json>;\n\
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]\n#[serde(untagged)]\npub enum Composite<P, T> { Plain(P), Expanded(T) }\n\
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]\n#[serde(transparent)]\npub struct Id<T>(i64, std::marker::PhantomData<T>);\n\
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]\n#[serde(transparent)]\npub struct Timestamp(i64);\n\
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]\n#[serde(transparent)]\npub struct Secret(String);\n\
    // What emitted crates of their own name by its path.\n\
    pub mod zeyos_runtime { pub mod core { pub type Date = String; pub type DateTime = String; pub type Uuid = String; pub type Decimal = String; pub type Base64 = String; } }\n";

/// Writes the crate of these files into `folder`.
pub(super) fn write(sources: &[PathBuf], folder: &Path) -> anyhow::Result<()> {
    let mut text = PRELUDE.to_owned();
    for path in sources {
        let source = file::read(path)?;
        let parsed = syn::parse_file(&source).with_context(|| path.display().to_string())?;
        text.push_str(&module(&parsed));
    }
    file::write_if_changed(&folder.join("Cargo.toml"), MANIFEST)?;
    file::write_if_changed(&folder.join("src/lib.rs"), &text)?;
    Ok(())
}

/// The types of one emitted file, with derives in place of the macros.
fn module(file: &syn::File) -> String {
    let wires: BTreeMap<String, BTreeMap<String, String>> = file.items.iter().filter_map(pairs).collect();
    let mut text = String::new();
    for item in &file.items {
        let tokens = match item {
            // A value with a name of its own around another one.
            Item::Struct(item) if matches!(item.fields, Fields::Unnamed(_)) => {
                Some(quote!(#[derive(Serialize, Deserialize)] #[serde(transparent)] #item))
            }
            Item::Struct(item) => wires.get(&item.ident.to_string()).map(|wires| record(item, wires)),
            Item::Enum(item) if is_of_calls(file, &item.ident) => None,
            Item::Enum(item) => Some(open_enum(item, wires.get(&item.ident.to_string()).unwrap_or(&BTreeMap::new()))),
            _ => None,
        };
        text.extend(tokens.map(|tokens| format!("{tokens}\n")));
    }
    text
}

/// Whether an enum is one of bodies, answers or references, which serde's derives know nothing like.
fn is_of_calls(file: &syn::File, name: &syn::Ident) -> bool {
    file.items.iter().any(|item| {
        let Item::Macro(item) = item else { return false };
        let is_one = ["answers", "bodies", "references"].iter().any(|word| item.mac.path.is_ident(word));
        is_one && item.mac.tokens.clone().into_iter().next().is_some_and(|first| *name == first.to_string())
    })
}

/// Name and pairs of `record!(Name { 0: field = "wire", ... })` and its sisters.
fn pairs(item: &Item) -> Option<(String, BTreeMap<String, String>)> {
    let Item::Macro(item) = item else { return None };
    let text = item.mac.tokens.to_string();
    let (name, rest) = text.split_once('{')?;
    let (rows, _) = rest.rsplit_once('}')?;
    // What stands behind the name of a member says when it is there, which serde's derives do not ask.
    let literal = |text: &str| text.rfind('"').map_or(text, |end| &text[..=end]).to_owned();
    let name_of = |text: &str| text.rsplit_once(':').map_or(text, |(_, name)| name).trim().to_owned();
    let row = |row: &str| row.split_once('=').map(|(left, right)| (name_of(left), literal(right.trim())));
    Some((name.trim().to_owned(), rows.split(',').filter_map(row).collect()))
}

fn record(item: &ItemStruct, wires: &BTreeMap<String, String>) -> proc_macro2::TokenStream {
    let mut item = item.clone();
    if let Fields::Named(fields) = &mut item.fields {
        for field in &mut fields.named {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            match wires.get(&name) {
                Some(wire) => {
                    let wire: proc_macro2::Literal = proc_macro2::Literal::string(wire.trim_matches('"'));
                    field.attrs.push(syn::parse_quote!(#[serde(rename = #wire)]));
                }
                None => field.attrs.push(syn::parse_quote!(#[serde(flatten)])),
            }
        }
    }
    let item = item.to_token_stream();
    quote!(#[derive(Serialize, Deserialize)] #item)
}

fn open_enum(item: &ItemEnum, wires: &BTreeMap<String, String>) -> proc_macro2::TokenStream {
    let name = &item.ident;
    let is_text = wires.values().any(|wire| wire.starts_with('"'));
    let rows =
        wires.iter().filter(|(variant, _)| item.variants.iter().any(|v| v.ident == **variant && v.fields.is_empty()));
    let (variants, codes): (Vec<_>, Vec<proc_macro2::TokenStream>) =
        rows.map(|(variant, code)| (format_ident!("{variant}"), code.parse().unwrap_or_default())).unzip();
    if variants.is_empty() {
        return quote!(#[derive(Serialize, Deserialize)] #[serde(untagged)] #item);
    }
    let item = with_open_payload(item, if is_text { quote!(Box<str>) } else { quote!(i64) });
    if is_text {
        return quote! {
            #[derive(Serialize, Deserialize)]
            #[serde(from = "String", into = "String")]
            #item
            impl From<String> for #name {
                fn from(text: String) -> Self {
                    match text.as_str() { #(#codes => Self::#variants,)* _ => Self::Unknown(text.into()) }
                }
            }
            impl From<#name> for String {
                fn from(value: #name) -> Self {
                    match value { #(#name::#variants => #codes.to_owned(),)* #name::Unknown(text) => text.into() }
                }
            }
        };
    }
    quote! {
        #[derive(Serialize, Deserialize)]
        #[serde(from = "i64", into = "i64")]
        #item
        impl From<i64> for #name {
            fn from(code: i64) -> Self {
                match code { #(#codes => Self::#variants,)* code => Self::Unknown(code) }
            }
        }
        impl From<#name> for i64 {
            fn from(value: #name) -> Self {
                match value { #(#name::#variants => #codes,)* #name::Unknown(code) => code }
            }
        }
    }
}

/// The enum with a payload that serde knows, in place of the one that only emitted code can make.
fn with_open_payload(item: &ItemEnum, payload: proc_macro2::TokenStream) -> ItemEnum {
    let mut item = item.clone();
    for variant in item.variants.iter_mut().filter(|variant| variant.ident == "Unknown") {
        variant.fields = Fields::Unnamed(syn::parse_quote!((#payload)));
    }
    item
}
