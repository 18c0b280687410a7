//! References by name and number: an enum of typed ids, and what reads, writes and looks for both columns at once.

use proc_macro2::TokenStream;
use quote::quote;

use super::docs::capital_article;
use super::{Draft, docs, ident, runtime, type_of};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Column, Document, EntityReference, Resource, Set, Targets};

/// The enums of a document, in a file of their own.
pub(super) fn draft(document: &Document, module: &str) -> Option<Draft> {
    let fragments = document.targets.iter().flat_map(targets).collect();
    (!document.targets.is_empty()).then(|| {
        Draft::new(format!("{module}/references.rs"), "What references by name and number lead to.", fragments)
    })
}

fn targets(targets: &Targets) -> Vec<Fragment> {
    let (name, runtime) = (ident(&targets.name), runtime());
    let comment = docs::comment(&[
        format!("A record of one of several resources, by its typed id: what [`{}`] and a number lead to.", targets.of),
        "Any id of such a record becomes one by `into`.".to_owned(),
    ]);
    let records = targets.records.iter().map(|(_, record)| ident(record));
    let comments = targets
        .records
        .iter()
        .map(|(_, record)| docs::comment(&[format!("{} [`{record}`].", capital_article(record))]));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#comments #records(Id<#records>),)*
            /// A resource without a name here, and the number, as they came.
            Unknown(#runtime::UnknownText, i64),
        }
    };
    let rows: String = targets.records.iter().map(|(value, record)| format!("    {record} = {value},\n")).collect();
    vec![Fragment::Item(item), Fragment::Text(format!("references!({} of {} {{\n{rows}}});", targets.name, targets.of))]
}

/// What the two columns of a record lead to.
pub(super) fn reader(pair: &EntityReference) -> TokenStream {
    let (name, ty) = (ident(&pair.name), ident(&pair.ty));
    let (entity, number) = (ident(&pair.entity.field.rust), ident(&pair.number.field.rust));
    let words = format!("What `{}` and `{}` lead to", pair.entity.field.wire, pair.number.field.wire);
    let (comment, answer, body) = if pair.is_option() {
        let comment = docs::comment(&[format!("{words}; `None` where they are null.")]);
        (comment, quote!(Option<#ty>), quote!(Some(#ty::new(self.#entity.clone()?, self.#number?))))
    } else {
        (docs::comment(&[format!("{words}.")]), quote!(#ty), quote!(#ty::new(self.#entity.clone(), self.#number)))
    };
    quote!(#comment #[inline] pub fn #name(&self) -> #answer { #body })
}

/// The condition that the two columns lead to a record.
pub(super) fn condition(resource: &Resource, pair: &EntityReference) -> Fragment {
    let (name, ty, record, runtime) = (ident(&pair.name), ident(&pair.ty), ident(&resource.name), runtime());
    let (entity, number) = (ident(&pair.entity.constant), ident(&pair.number.constant));
    let words = format!(
        "The condition that `{}` and `{}` lead to this record.",
        pair.entity.field.wire, pair.number.field.wire
    );
    let comment = docs::comment(&[words]);
    Fragment::Item(quote! {
        #comment
        #[inline]
        pub fn #name(#name: impl Into<#ty>) -> #runtime::Filter<#record> {
            let #name = #name.into();
            #entity.eq(#name.entity()) & #number.eq(#name.index())
        }
    })
}

/// Sets both columns.
pub(super) fn setter(pair: &EntityReference) -> TokenStream {
    let (name, ty) = (ident(&pair.name), ident(&pair.ty));
    let (entity, number) = (&pair.entity.field, &pair.number.field);
    let (entity_wire, number_wire) = (&entity.wire, &number.wire);
    let comment = docs::comment(&[format!("Sets `{entity_wire}` and `{number_wire}`, which lead to this record.")]);
    let [of_entity, of_number] = [entity, number].map(|field| {
        let ty = type_of(&field.ty);
        if field.may_be_null { quote!(Option<#ty>) } else { ty }
    });
    quote! {
        #comment
        #[inline]
        pub fn #name(self, #name: impl Into<#ty>) -> Self {
            let #name = #name.into();
            self.with::<#of_entity>(#entity_wire, #name.entity()).with::<#of_number>(#number_wire, #name.index())
        }
    }
}

/// Sets both columns to null, where they may be.
fn clearing(pair: &EntityReference) -> Option<TokenStream> {
    let name = ident(&pair.clearing()?);
    let (entity, number) = (&pair.entity.field.wire, &pair.number.field.wire);
    let comment = docs::comment(&[format!("Sets `{entity}` and `{number}` to null, so that they lead to no record.")]);
    Some(quote! {
        #comment
        #[inline]
        pub fn #name(self) -> Self {
            self.with::<Json>(#entity, Json::Null).with::<Json>(#number, Json::Null)
        }
    })
}

/// The setters of the pairs that can be set so.
pub(super) fn setters(resource: &Resource, set: Set) -> Vec<TokenStream> {
    let pairs = resource.pairs.iter().filter(|pair| pair.entity.set == set);
    pairs.flat_map(|pair| [setter(pair)].into_iter().chain(clearing(pair))).collect()
}

/// Whether a column is never set without another one: half of a reference leads to another record, or to none.
pub(super) fn is_half(resource: &Resource, column: &Column) -> bool {
    resource.pairs.iter().any(|pair| pair.has(column))
}
