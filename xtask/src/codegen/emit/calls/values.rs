//! The value that a call sends for each type: the one place where the rule for values stands.

use anyhow::bail;
use proc_macro2::TokenStream;
use quote::quote;

use crate::codegen::emit::{ident, type_of};
use crate::codegen::model::{Document, Field, Shape, Type};

/// Text is `text`, a secret `secret`, a whole number 3, a fraction 1.5, yes or no is yes, a time 1800000000, an id 5, an enum
/// its first value, a list has one member, an object none. Composite columns are sent as null.
pub(super) fn value(document: &Document, ty: &Type) -> anyhow::Result<TokenStream> {
    Ok(match ty {
        // No document of ours has one.
        Type::Format(_) => quote!(Wire::empty()),
        Type::Text => quote!("text"),
        Type::Secret => quote!("secret"),
        Type::File => quote!(zeyos_core::FilePart::new("text", "text")),
        Type::Integer => quote!(3i64),
        Type::Float => quote!(1.5),
        Type::Boolean | Type::Flag => quote!(true),
        Type::Timestamp => quote!(Timestamp::from_unix(1_800_000_000)),
        Type::Id(record) => {
            let record = ident(record);
            quote!(Id::<#record>::new(5))
        }
        Type::Named(name) => first_variant(document, name)?,
        Type::List(inner) => {
            let member = owned(inner, value(document, inner)?);
            quote!(vec![#member])
        }
        Type::Nullable(inner) | Type::Boxed(inner) => value(document, inner)?,
        Type::Table(_) => quote!(BTreeMap::new()),
        Type::Object => quote!(JsonMap::new()),
        Type::Opaque(_) => quote!(Json::Null),
        Type::Composite { expanded, .. } => {
            let content = owned(expanded, value(document, expanded)?);
            quote!(Composite::Expanded(#content))
        }
    })
}

/// The value for the setter of a column, which takes null where the column does.
pub(super) fn setter_value(document: &Document, field: &Field) -> anyhow::Result<TokenStream> {
    match &field.ty {
        Type::Composite { expanded, plain_is_read_only: true, .. } if field.may_be_null => {
            let ty = type_of(expanded);
            Ok(quote!(None::<#ty>))
        }
        Type::Composite { .. } if field.may_be_null => {
            let ty = type_of(&field.ty);
            Ok(quote!(None::<#ty>))
        }
        ty if field.may_be_null => Ok(owned(ty, value(document, ty)?)),
        ty => value(document, ty),
    }
}

/// Texts are taken in several forms where they stand alone; elsewhere the type must be the very one.
fn owned(ty: &Type, value: TokenStream) -> TokenStream {
    match ty {
        Type::Text => quote!(#value.to_owned()),
        Type::Secret => quote!(Secret::new(#value)),
        _ => value,
    }
}

fn first_variant(document: &Document, name: &str) -> anyhow::Result<TokenStream> {
    let shape = document.all_types().find(|ty| ty.name == name).map(|ty| &ty.shape);
    let variant = match shape {
        Some(Shape::IntegerEnum { variants, .. }) => variants.first().map(|variant| &variant.name),
        Some(Shape::TextEnum(variants)) => variants.first().map(|variant| &variant.name),
        _ => None,
    };
    match variant {
        Some(variant) => {
            let (name, variant) = (ident(name), ident(variant));
            Ok(quote!(#name::#variant))
        }
        None => bail!("{}: {name} is not an enum with a value", document.file),
    }
}
