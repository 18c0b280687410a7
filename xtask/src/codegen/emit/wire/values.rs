//! The value that a call sends for each type: the one place where the rule for values stands.
//!
//! Text is `text`, a whole number 3 (in a path that takes nothing else 7), a fraction 1.5, yes or no is yes, an enum its first value;
//! dates, times, identifiers and bytes are the constants below. A list has one member, a map one, called `key`. An object has all its
//! members, below the second level of objects those that it must have. Of alternatives the first that can be made is sent, and
//! what has no type is a text. What leads back to itself ends there: a list is empty, a member left out.

use std::cell::RefCell;

use proc_macro2::TokenStream;
use quote::quote;

use super::of_range;
use crate::codegen::emit::ident;
use crate::codegen::model::{Document, Encoding, Field, Format, Holder, Operation, Presence, SchemeKind, Shape, Type};

pub(crate) const DATE: &str = "2026-11-28";
pub(crate) const DATE_TIME: &str = "2026-11-28T12:30:00Z";
pub(crate) const DECIMAL: &str = "1.50";
pub(crate) const UUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// The bytes of `text`.
pub(crate) const BASE64: &str = "dGV4dA==";

/// How many objects inside of each other have all their members.
const LEVELS: usize = 2;

/// Makes values; knows which types it is in.
pub(crate) struct Values<'d> {
    document: &'d Document,
    operation: &'d Operation,
    inside: RefCell<Vec<String>>,
}

/// Bytes of a text.
pub(crate) fn content() -> TokenStream {
    quote!(service::runtime::Content::from("text"))
}

impl<'d> Values<'d> {
    pub(crate) fn new(document: &'d Document, operation: &'d Operation) -> Self {
        Values { document, operation, inside: RefCell::default() }
    }

    pub(crate) fn shape(&self, name: &str) -> Option<&'d Shape> {
        self.document.all_types().find(|ty| ty.name == name).map(|ty| &ty.shape)
    }

    /// The request of this name; nothing where a member that it must have has no value.
    pub(crate) fn request(&self, name: &str) -> Option<TokenStream> {
        let Shape::Request { required, optional, .. } = self.shape(name)? else { return None };
        let request = ident(name);
        let arguments = required.iter().map(|field| self.member(field)).collect::<Option<Vec<_>>>()?;
        let is_sent = |field: &&Field| !self.is_of_client(&field.wire);
        let setters = optional.iter().filter(is_sent).filter_map(|field| {
            let (name, value) = (ident(&field.rust), self.member(field)?);
            Some(quote!(.#name(#value)))
        });
        Some(quote!(service::#request::new(#(#arguments),*) #(#setters)*))
    }

    /// Whether the client writes a member of this name itself: the pair of its application.
    fn is_of_client(&self, wire: &str) -> bool {
        let mut needed = self.operation.security.iter().flatten();
        let is_client = needed.any(|needed| needed.scheme.kind == SchemeKind::Basic(Holder::Client));
        is_client && ["client_id", "client_secret"].contains(&wire)
    }

    /// The value of a member: a file has the first media type that the document names for it.
    fn member(&self, field: &Field) -> Option<TokenStream> {
        let encoding = self.operation.body.iter().flat_map(|body| &body.encoding);
        let own =
            encoding.filter(|own| own.name == field.wire).find_map(|Encoding { media_type, .. }| media_type.as_ref());
        let first = own.and_then(|listed| listed.split(',').next()).map(|first| of_range(first.trim()));
        let file = file(first.as_deref());
        Some(match &field.ty {
            Type::File => file,
            Type::List(inner) if **inner == Type::File => quote!(vec![#file]),
            ty => self.value(ty)?,
        })
    }

    /// A value of this type, if there is one that ends.
    pub(crate) fn value(&self, ty: &Type) -> Option<TokenStream> {
        Some(match ty {
            Type::Text => quote!(String::from("text")),
            Type::Secret => quote!(service::runtime::Secret::new("text")),
            Type::Integer => quote!(3i64),
            Type::Float => quote!(1.5),
            Type::Boolean | Type::Flag => quote!(true),
            Type::Format(format) => formatted(*format),
            Type::File => file(None),
            Type::Nullable(inner) => self.value(inner).map_or_else(|| quote!(None), |value| quote!(Some(#value))),
            Type::Boxed(inner) => {
                let value = self.value(inner)?;
                quote!(Box::new(#value))
            }
            Type::List(inner) => self.value(inner).map_or_else(|| quote!(Vec::new()), |value| quote!(vec![#value])),
            Type::Table(inner) => self.value(inner).map_or_else(
                || quote!(std::collections::BTreeMap::new()),
                |value| quote!(std::collections::BTreeMap::from([(String::from("key"), #value)])),
            ),
            Type::Object => {
                quote!(service::runtime::JsonMap::from_iter([(
                    String::from("key"),
                    service::runtime::Json::from("text")
                )]))
            }
            Type::Opaque(_) => quote!(service::runtime::Json::from("text")),
            Type::Named(name) => return self.named(name),
            Type::Timestamp | Type::Id(_) | Type::Composite { .. } => return None,
        })
    }

    fn named(&self, name: &str) -> Option<TokenStream> {
        if self.inside.borrow().iter().any(|known| known == name) {
            return None;
        }
        self.inside.borrow_mut().push(name.to_owned());
        let value = self.shaped(name);
        self.inside.borrow_mut().pop();
        value
    }

    fn shaped(&self, name: &str) -> Option<TokenStream> {
        let of = ident(name);
        let variant = |variant: &str, value: Option<TokenStream>| {
            let (variant, value) = (ident(variant), value.map(|value| quote!((#value))));
            quote!(service::#of::#variant #value)
        };
        Some(match self.shape(name)? {
            Shape::IntegerEnum { variants, .. } => variant(&variants.first()?.name, None),
            Shape::TextEnum(variants) => variant(&variants.first()?.name, None),
            Shape::Object { fields, .. } => return self.object(&of, fields),
            Shape::Union(variants) => {
                let mut all = variants.iter().filter_map(|one| Some(variant(&one.name, Some(self.value(&one.ty)?))));
                return all.next();
            }
            Shape::ByProperty(variants) => {
                let mut all = variants.iter().filter_map(|one| Some(variant(&one.name, Some(self.named(&one.ty)?))));
                return all.next();
            }
            Shape::Wrapper(inner, _) => {
                let value = self.value(inner)?;
                quote!(service::#of(#value))
            }
            Shape::Alias(name) => return self.named(name),
            Shape::Request { .. } => return self.request(name),
            Shape::Tagged { .. } | Shape::Answers(_) | Shape::Bodies(_) => return None,
        })
    }

    fn object(&self, of: &proc_macro2::Ident, fields: &[Field]) -> Option<TokenStream> {
        let (required, optional): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| !field.is_option());
        let arguments = required.iter().map(|field| self.value(&field.ty)).collect::<Option<Vec<_>>>()?;
        let is_deep = self.inside.borrow().len() > LEVELS;
        let settings = optional.iter().filter_map(|field| {
            let (name, value) = (ident(&field.rust), self.value(&field.ty)?);
            match field.presence() {
                Presence::ThreeStates if !is_deep => Some(quote!(value.#name = Some(Some(#value));)),
                Presence::Null => Some(quote!(value.#name = Some(#value);)),
                _ if !is_deep => Some(quote!(value.#name = Some(#value);)),
                _ => None,
            }
        });
        let settings: Vec<TokenStream> = settings.collect();
        let new = if required.is_empty() {
            quote!(service::#of::default())
        } else {
            quote!(service::#of::new(#(#arguments),*))
        };
        Some(if settings.is_empty() { new } else { quote!({ let mut value = #new; #(#settings)* value }) })
    }
}

fn file(media_type: Option<&str>) -> TokenStream {
    let (content, media_type) = (content(), media_type.map(|media_type| quote!(.media_type(#media_type))));
    quote!(service::runtime::FilePart::new("text.txt", #content) #media_type)
}

fn formatted(format: Format) -> TokenStream {
    let (name, text) = (ident(format.word()), of_format(format));
    quote!(#text.parse::<service::runtime::core::#name>().expect("a value of the format"))
}

fn of_format(format: Format) -> &'static str {
    match format {
        Format::Base64 => BASE64,
        Format::Date => DATE,
        Format::DateTime => DATE_TIME,
        Format::Decimal => DECIMAL,
        Format::Uuid => UUID,
    }
}
