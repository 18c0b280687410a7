//! The model as text. Only here are there tokens.

mod alone;
mod answers;
mod bodies;
mod bounds;
pub(super) mod calls;
mod client;
mod contract;
pub(super) mod crate_files;
pub(super) mod docs;
pub(super) mod emulator;
mod imports;
mod issuers;
mod made;
mod members;
mod methods;
mod names;
mod pairs;
mod records;
mod rules;
mod schemes;
mod servers;
mod service;
mod stored;
mod texts;
mod types;
mod views;
pub(crate) mod wire;

pub(super) use contract::FOLDER as RUNTIME_FOLDER;
pub(super) use service::type_names;
pub(super) use views::type_names as view_names;

use std::collections::BTreeSet;

use imports::{CORE, Imports, Source};
use names::Names;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::format::{self, Fragment};
use super::model::{Document, Field, NamedType, Presence, Resource, Type};

/// A file of the emitted crate, by its path from the folder of the crate.
#[derive(Debug, PartialEq)]
pub(crate) struct Emitted {
    pub path: String,
    pub content: String,
}

/// More lines than this make a folder with a file a section.
const LONGEST_FILE: usize = 800;

/// A file before it is text.
pub(super) struct Draft {
    path: String,
    docs: String,
    fragments: Vec<Fragment>,
}

impl Draft {
    fn new(path: String, docs: &str, fragments: Vec<Fragment>) -> Self {
        Draft { path, docs: docs.to_owned(), fragments }
    }
}

/// The files of one document.
pub(super) fn document(document: &Document) -> anyhow::Result<Vec<Emitted>> {
    let service = service::draft(document);
    let names = Names::of(&service.fragments)?;
    files(document, service, names)
}

/// The files of a document that is a crate of its own; `runtime` is what its manifest says about the crate that it stands on.
pub(super) fn whole_crate(document: &Document, name: &str, runtime: &str) -> anyhow::Result<Vec<Emitted>> {
    let service = service::draft(document);
    let names = Names::of(&service.fragments)?;
    let mut all = alone::files(document, name, runtime, &names.public)?;
    all.extend(files(document, service, names)?);
    Ok(all)
}

/// What other crates can name of the module of a document, as a source at this path.
fn public_names(document: &Document, path: &str) -> anyhow::Result<Source> {
    Ok(Source::new(path, Names::of(&service::draft(document).fragments)?.public))
}

fn module(document: &Document) -> String {
    format!("src/{}", document.module.join("/"))
}

fn files(document: &Document, service: Draft, names: Names) -> anyhow::Result<Vec<Emitted>> {
    let module = module(document);
    // The service comes first: what it has is a source for all others.
    let of_service = Source::new("super", names.declared.into_iter().chain(names.imported));
    let mut files = vec![written(document, service, &[])?];
    let others = [
        schemes::draft(document, &module),
        issuers::draft(document, &module),
        servers::draft(document, &module),
        pairs::draft(document, &module),
        texts::draft(document, &module),
        types_of(document, &module),
    ];
    for draft in others.into_iter().flatten() {
        files.push(written(document, draft, &[&of_service])?);
    }
    for resource in &document.resources {
        files.extend(resource_files(document, &module, resource, &of_service)?);
    }
    Ok(files)
}

fn types_of(document: &Document, module: &str) -> Option<Draft> {
    // Rules are for crates of their own, which have the feature that checks them.
    let rules = document.is_crate.then(|| bounds::Rules::of(document));
    let rules = |ty: &NamedType| rules.as_ref().and_then(|rules| rules.fragment(ty));
    let fragments = document.types.iter().flat_map(|ty| types::fragments(ty).into_iter().chain(rules(ty)));
    (!document.types.is_empty()).then(|| {
        Draft::new(format!("{module}/types.rs"), "Types that belong to no single resource.", fragments.collect())
    })
}

fn resource_files(
    document: &Document,
    module: &str,
    resource: &Resource,
    service: &Source,
) -> anyhow::Result<Vec<Emitted>> {
    let path = format!("{module}/{}", resource.module);
    let docs = format!("`{}`: {}", resource.wire, first_sentence(&resource.description));
    let sections = records::sections(document, resource);
    let fragments = sections.into_iter().flat_map(|section| section.fragments).collect();
    let whole = Draft::new(format!("{path}.rs"), &docs, fragments);
    let whole = written(document, whole, &[service])?;
    if whole.content.lines().count() <= LONGEST_FILE {
        return Ok(vec![whole]);
    }
    // Too long to read in one go: a file for each section, all names still those of the one module.
    let sections = records::sections(document, resource);
    let (mut modules, mut uses, mut shared) = (Vec::new(), Vec::new(), BTreeSet::new());
    for section in &sections {
        let name = ident(section.name);
        modules.push(Fragment::Item(quote!(mod #name;)));
        if section.is_public {
            let public = Names::of(&section.fragments)?.public;
            let names = public.iter().map(|name| ident(name));
            uses.push(Fragment::Item(quote!(pub use #name::{#(#names),*};)));
            shared.extend(public);
        }
    }
    let operations = sections.iter().any(|section| section.name == "methods").then(|| {
        Fragment::Item(quote!(
            pub(crate) use methods::OPERATIONS;
        ))
    });
    let head: Vec<Fragment> = modules.into_iter().chain(uses).chain(operations).collect();
    let mut files = vec![written(document, Draft::new(format!("{path}.rs"), &docs, head), &[])?];
    let siblings = Source::new("super", shared);
    let service = Source { path: "super::super".to_owned(), ..service.clone() };
    for section in sections {
        let docs = format!("{} of `{}`.", section.title, resource.wire);
        let draft = Draft::new(format!("{path}/{}.rs", section.name), &docs, section.fragments);
        files.push(written(document, draft, &[&siblings, &service])?);
    }
    Ok(files)
}

/// The text of a file, which imports what it needs from these sources and from the core.
fn written(document: &Document, draft: Draft, sources: &[&Source]) -> anyhow::Result<Emitted> {
    let source = if document.is_crate { document.file.clone() } else { format!("spec/{}", document.file) };
    let Draft { path, docs, mut fragments } = draft;
    let sources: Vec<&Source> = sources.iter().copied().chain([&*CORE]).collect();
    let imports = Imports::of(&fragments, &sources)?;
    imports.add_to(&mut fragments)?;
    if document.is_crate {
        fragments = contract::through_runtime(&fragments);
    }
    let content = imports.with_links(format::file(&header(&source), &docs, &fragments)?, &sources);
    Ok(Emitted { content, path })
}

/// Equal input gives equal bytes: no date, no version, no path of a machine.
pub(super) fn header(source: &str) -> String {
    format!("// @generated by \"cargo xtask codegen\" from {source}; do not edit.")
}

/// The contract that emitted code is written in, under the one name that it uses for it. Crates of their own reach it through the
/// runtime.
pub(super) const RUNTIME: &str = "zeyos_core";

/// The crate that emitted code stands on, as a path.
fn runtime() -> Ident {
    ident(RUNTIME)
}

pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The type of a field that always has a value.
fn type_of(ty: &Type) -> TokenStream {
    match ty {
        Type::Integer => quote!(i64),
        Type::Float => quote!(f64),
        Type::Boolean | Type::Flag => quote!(bool),
        Type::Text => quote!(String),
        Type::Format(format) => {
            let (runtime, format) = (runtime(), ident(format.word()));
            quote!(#runtime::#format)
        }
        Type::Secret => quote!(Secret),
        Type::File => {
            let runtime = runtime();
            quote!(#runtime::FilePart)
        }
        Type::Timestamp => quote!(Timestamp),
        Type::Id(record) => {
            let record = ident(record);
            quote!(Id<#record>)
        }
        Type::Named(name) => {
            let name = ident(name);
            quote!(#name)
        }
        Type::List(inner) => {
            let inner = type_of(inner);
            quote!(Vec<#inner>)
        }
        Type::Table(inner) => {
            let inner = type_of(inner);
            quote!(BTreeMap<String, #inner>)
        }
        Type::Nullable(inner) => {
            let inner = type_of(inner);
            quote!(Option<#inner>)
        }
        Type::Boxed(inner) => {
            let inner = type_of(inner);
            quote!(Box<#inner>)
        }
        Type::Object => quote!(JsonMap),
        Type::Opaque(_) => quote!(Json),
        Type::Composite { plain, expanded, .. } => {
            let (plain, expanded) = (type_of(plain), type_of(expanded));
            quote!(Composite<#plain, #expanded>)
        }
    }
}

fn type_of_field(field: &Field) -> TokenStream {
    let ty = type_of(&field.ty);
    match field.presence() {
        Presence::ThreeStates => quote!(Option<Option<#ty>>),
        Presence::Value => ty,
        _ => quote!(Option<#ty>),
    }
}

/// Up to the first full stop that ends a sentence.
fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::golden::model;

    #[test]
    fn a_long_resource_becomes_a_folder_with_a_file_a_section() {
        let (_, mut model) = model("life-of-a-record");
        let paths = |model: &Document| -> Vec<String> {
            super::document(model).unwrap().into_iter().map(|file| file.path).collect()
        };
        let module = "src/life_of_a_record";
        assert_eq!(paths(&model), [format!("{module}.rs"), format!("{module}/quill.rs")]);

        let column = model.resources[0].columns[3].clone();
        model.resources[0].columns.extend(vec![column; 80]);
        let sections = ["model", "columns", "write", "methods"].map(|name| format!("{module}/quill/{name}.rs"));
        let whole = [format!("{module}.rs"), format!("{module}/quill.rs")];
        assert_eq!(paths(&model), [whole.as_slice(), sections.as_slice()].concat());
    }

    #[test]
    fn a_sentence_ends_at_its_full_stop() {
        assert_eq!(first_sentence("One. Two."), "One");
        assert_eq!(first_sentence("Of 1.5 litres."), "Of 1.5 litres");
    }
}
