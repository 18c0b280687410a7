//! What all records have in common: each says which of its operations read and write it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{ident, rules};
use crate::codegen::format::Fragment;
use crate::codegen::model::{CallShape, Document, Filled, Resource, Table, Type, Verb, path_parameters};

/// The column that every record is found by.
const KEY: &str = "ID";

/// Says of the record what it can be asked in code about any record, where its operations and columns allow that.
pub(super) fn fragments(document: &Document, resource: &Resource) -> Vec<Fragment> {
    let Some(stored) = stored(document, resource) else { return Vec::new() };
    [Some(stored), editable(document, resource)].into_iter().flatten().map(Fragment::Item).collect()
}

fn stored(document: &Document, resource: &Resource) -> Option<TokenStream> {
    let (record, list, get) = (ident(&resource.name), tag(resource, Verb::List)?, tag(resource, Verb::Get)?);
    let always = |wire: &str, ty: &Type| {
        let mut columns = resource.columns.iter().map(|column| &column.field);
        columns
            .find(|field| field.wire == wire && !field.is_option() && field.ty == *ty)
            .map(|field| ident(&field.rust))
    };
    let key = always(KEY, &Type::Id(resource.name.clone()))?;
    let columns = document.table(resource).map(|table| table.columns.as_slice()).unwrap_or_default();
    let written = columns.iter().find(|column| column.filled == Some(Filled::Change));
    let last = written.and_then(|column| always(&column.name, &Type::Timestamp)).map(|last| quote!(, #last));
    Some(quote!(stored!(#record, #key, #list, #get #last);))
}

fn editable(document: &Document, resource: &Resource) -> Option<TokenStream> {
    resource.write.as_ref()?;
    let [create, update, delete] = [Verb::Create, Verb::Update, Verb::Delete].map(|verb| tag(resource, verb));
    let (create, update, delete) = (create?, update?, delete?);
    let record = ident(&resource.name);
    let (new, patch) = (format_ident!("New{}", resource.name), format_ident!("{}Patch", resource.name));
    let table = document.table(resource);
    let unique = table.into_iter().flat_map(unique);
    let rules = table.filter(|table| rules::has_rules(table)).map(|_| {
        let name = ident(rules::NAME);
        quote!(, #name)
    });
    Some(quote!(editable!(#record, #new, #patch, #create, #update, #delete, [#(#unique),*] #rules);))
}

/// Columns that are unique whatever else is in a row.
fn unique(table: &Table) -> impl Iterator<Item = &String> {
    table.unique.iter().filter_map(|rule| match rule.columns.as_slice() {
        [column] if rule.only.is_none() => Some(column),
        _ => None,
    })
}

/// The tag of the operation with this verb, if a record is found by one parameter of its path.
fn tag(resource: &Resource, verb: Verb) -> Option<Ident> {
    let keys = usize::from(!matches!(verb, Verb::List | Verb::Create));
    let mut operations = resource.operations.iter();
    let found = operations.find(|operation| matches!(&operation.call, CallShape::Verb(own) if *own == verb))?;
    (path_parameters(&found.path).count() == keys).then(|| ident(&found.constant))
}
