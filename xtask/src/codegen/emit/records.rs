//! A resource in sections: record, types, columns, writes, methods.

use proc_macro2::TokenStream;
use quote::quote;

use super::{docs, first_sentence, ident, members, methods, pairs, rules, type_of_field, types, views};
use crate::codegen::format::Fragment;
use crate::codegen::model::{CallShape, ColumnFlag, Document, Field, Resource, Shape, Type, Verb};

/// A part of a resource that can stand in a file of its own.
pub(super) struct Section {
    /// Name of the file.
    pub name: &'static str,
    pub title: &'static str,
    pub is_public: bool,
    pub fragments: Vec<Fragment>,
}

pub(super) fn sections(document: &Document, resource: &Resource) -> Vec<Section> {
    let mut sections = vec![
        Section {
            name: "model",
            title: "The record and its types",
            is_public: true,
            fragments: model(document, resource),
        },
        Section { name: "columns", title: "Columns", is_public: true, fragments: columns(resource) },
    ];
    if let Some(write) = &resource.write {
        let mut fragments = members::write(resource, write);
        let name = ident(&format!("{}Write", resource.name));
        fragments.extend(document.table(resource).and_then(|table| rules::fragment(table, &name)));
        sections.push(Section { name: "write", title: "Creates and updates", is_public: true, fragments });
    }
    if let Some(views) = &resource.views {
        let fragments = views::states(views);
        if !fragments.is_empty() {
            sections.push(Section { name: "states", title: "States of views", is_public: true, fragments });
        }
        let fragments = views::fragments(resource, views);
        sections.push(Section { name: "views", title: "Views", is_public: true, fragments });
    }
    let fragments = methods::of_resource(document, resource);
    sections.push(Section { name: "methods", title: "Operations", is_public: false, fragments });
    sections
}

fn model(document: &Document, resource: &Resource) -> Vec<Fragment> {
    let (name, wire) = (ident(&resource.name), &resource.wire);
    let comment = docs::comment(&[&resource.description, &leads(document, resource)]);
    let example = example(document, resource).map(|code| docs::example(&code));
    let fields: Vec<Field> =
        resource.columns.iter().map(|column| column.field.clone()).chain(resource.extras.iter().cloned()).collect();
    let struct_fields = types::struct_fields(&fields);
    let item = quote! {
        #comment
        #example
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct #name {
            #struct_fields
        }
    };
    let is_extra = |field: &Field| resource.extras.iter().any(|extra| extra.wire == field.wire);
    let pairs = fields.iter().enumerate().map(|(index, field)| {
        let presence = if is_extra(field) { " extra" } else { "" };
        (format!("{index}: {}", field.rust), format!("{:?}{presence}", field.wire))
    });
    // Amounts of two currencies are never added.
    let mut columns = document.table(resource).into_iter().flat_map(|table| &table.columns);
    let currency = columns.find(|column| column.flags.contains(&ColumnFlag::Currency)).map(|column| {
        let wire = &column.name;
        quote!(const CURRENCY: Option<&'static str> = Some(#wire);)
    });
    let query = docs::comment(&["A list request for these records that adds nothing: no filter, no order, no limit."]);
    let known = columns_by_kind(document, resource);
    let query = quote! {
        #query
        #[inline]
        pub fn query() -> Query<#name> {
            Query::new()
        }
    };
    let members = [query].into_iter().chain(resource.pairs.iter().map(pairs::reader)).collect();
    let mut fragments = vec![
        Fragment::Item(item),
        types::invocation("record", &resource.name, pairs, ""),
        Fragment::Item(quote! {
            impl zeyos_core::query::Model for #name {
                const RESOURCE: &'static str = #wire;
                #currency
                const COLUMNS: &'static zeyos_core::query::Columns = {
                    use zeyos_core::query::Columns;
                    &Columns { #known }
                };
            }
        }),
        Fragment::Block { header: quote!(impl #name), members },
    ];
    fragments.extend(marks(resource));
    fragments.extend(resource.types.iter().flat_map(types::fragments));
    fragments
}

/// Where the columns, the writes and the methods of a record are.
fn leads(document: &Document, resource: &Resource) -> String {
    let (name, module, service) = (&resource.name, &resource.module, &document.service);
    let methods = resource.operations.iter().map(|operation| {
        let method = &operation.rust;
        format!("[`{method}`]({service}::{method})")
    });
    let methods: Vec<String> = methods.collect();
    let mut words = format!("Its columns are in [`{module}`](mod@{module})");
    if resource.write.is_some() {
        words.push_str(&format!("; a [`New{name}`] creates one, {} [`{name}Patch`] changes it", docs::article(name)));
    }
    if !methods.is_empty() {
        words.push_str(&format!(". Methods: {}", methods.join(", ")));
    }
    words + "."
}

/// A short program with records of this kind. It is compiled, so the names of the crate that it stands in are needed.
fn example(document: &Document, resource: &Resource) -> Option<String> {
    let root = document.module.first().filter(|_| document.module.len() > 1)?;
    let list = resource.operations.iter().find(|operation| matches!(operation.call, CallShape::Verb(Verb::List)))?;
    let key = resource.columns.first()?;
    let (path, name, module, service) =
        (document.module.join("::"), &resource.name, &resource.module, &document.service);
    let (method, constant, field) = (&list.rust, &key.constant, ident(&key.field.rust));
    Some(format!(
        "```no_run\n# use zeyos_generated::{root};\nuse {path}::{{{service}, {name}, {module}}};\n\n\
         # async fn example(api: {service}) -> Result<(), zeyos_core::Error> {{\n\
         let newest = {name}::query().sort({module}::{constant}.desc()).limit(10);\n\
         for record in api.{method}(newest).await?.into_inner() {{\n    println!(\"{{:?}}\", record.{field});\n}}\n\
         # Ok(())\n# }}\n```"
    ))
}

/// What a program knows of columns, as lists of names: which there are, what a comparison means, where a join leads.
fn columns_by_kind(document: &Document, resource: &Resource) -> TokenStream {
    let mut kinds =
        [("whole", vec![]), ("text", vec![]), ("float", vec![]), ("structured", vec![]), ("unindexed", vec![])];
    let mut keys = Vec::new();
    let is_unindexed = |name: &str| {
        let column = document.table(resource).and_then(|table| table.columns.iter().find(|column| column.name == name));
        column.is_some_and(|column| !column.flags.contains(&ColumnFlag::Indexed))
    };
    let has_extdata = resource.markers.iter().any(|(mark, _)| mark == "HasExtData");
    let mut add = |kind: &str, name: &str| {
        kinds.iter_mut().filter(|(known, _)| *known == kind).for_each(|(_, names)| names.push(name.to_owned()));
    };
    for column in &resource.columns {
        let name = &column.field.wire;
        match &column.field.ty {
            Type::Id(record) if column.joins => {
                let record = ident(record);
                keys.push(quote!((#name, Columns::of::<#record>)));
            }
            Type::Timestamp if is_unindexed(name) => add("unindexed", name),
            ty => add(comparison(document, ty), name),
        }
    }
    if has_extdata {
        add("text", "extdata");
    }
    let is_whole = kinds.iter().all(|(_, names)| !names.is_empty()) && !keys.is_empty();
    let lists = kinds.iter().filter(|(_, names)| !names.is_empty()).map(|(kind, names)| {
        let kind = ident(kind);
        quote!(#kind: &[#(#names),*],)
    });
    let keys = (!keys.is_empty()).then(|| quote!(keys: &[#(#keys),*],));
    let rest = (!is_whole).then(|| quote!(..Columns::NONE));
    quote!(#(#lists)* #keys #rest)
}

fn comparison(document: &Document, ty: &Type) -> &'static str {
    match ty {
        Type::Integer | Type::Boolean | Type::Flag | Type::Timestamp | Type::Id(_) => "whole",
        Type::Text => "text",
        Type::Float => "float",
        Type::Named(name) => match document.all_types().find(|ty| ty.name == *name).map(|ty| &ty.shape) {
            Some(Shape::IntegerEnum { .. }) => "whole",
            Some(Shape::TextEnum(_)) => "text",
            _ => "structured",
        },
        _ => "structured",
    }
}

fn marks(resource: &Resource) -> Vec<Fragment> {
    let name = ident(&resource.name);
    let marks = resource.markers.iter().map(|(mark, _)| {
        let mark = ident(mark);
        Fragment::Item(quote!(impl #mark for #name {}))
    });
    let state = resource.state.iter().map(|column| {
        Fragment::Item(quote! {
            impl HasState for #name {
                const STATE: &'static str = #column;
            }
        })
    });
    marks.chain(state).collect()
}

fn columns(resource: &Resource) -> Vec<Fragment> {
    let record = ident(&resource.name);
    resource
        .columns
        .iter()
        .map(|column| {
            let comment =
                docs::comment(&[format!("`{}`: {}.", column.field.wire, first_sentence(&column.field.description))]);
            let (name, wire) = (ident(&column.constant), &column.field.wire);
            let ty = type_of_field(&column.field);
            let kind = column.joins.then(|| quote!(, ForeignKey));
            let ty = quote!(Column<#record, #ty #kind>);
            Fragment::Item(quote!(#comment pub const #name: #ty = Column::new(#wire);))
        })
        .chain(resource.pairs.iter().map(|pair| pairs::condition(resource, pair)))
        .collect()
}
