//! Calls of every typed method once, and every record with its columns, for the integration tests.
//!
//! The arguments follow one rule, which the tests know a second time from the documents alone:
//! - a path parameter is 7 or `text`;
//! - a list asks for 2 rows after the first 1; a create sends the columns that it must carry and those that only a create can
//!   set; an update sends every column that can be changed, the two of a reference at once, and everything that can be written beside
//!   columns;
//! - a call is made with every option that it has; dates give way to entity tags, and `expand` names every composite column;
//! - the request of any other operation has all its members;
//! - a call that brings tokens leaves them to the caller, so that the next call has the credential that was configured;
//! - the value of each type stands in [`values`].

mod values;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::imports::Source;
use super::pairs::is_half;
use super::{Draft, Emitted, header, ident, written};
use crate::codegen::format::{self, Fragment};
use crate::codegen::model::{
    BodyArgument, CallShape, Column, Document, Operation, OptionArgument, Resource, Safety, Set, Shape, Type, Verb,
    Write,
};
use values::{setter_value, value};

/// The files of all documents, by their path from the folder of emitted tests.
pub(crate) fn all(documents: &[Document]) -> anyhow::Result<Vec<Emitted>> {
    let mut files = vec![root(documents)?];
    for document in documents {
        let folder = format!("documents/{}", module(document));
        let own = Source::new("crate::emitted", ["Log", "RecordType"].map(str::to_owned));
        let generated = super::public_names(document, &generated(document).to_string().replace(' ', ""))?;
        let sources = [&own, &generated];
        files.push(written(document, service_draft(document, &folder)?, &sources)?);
        for resource in &document.resources {
            files.push(written(document, resource_draft(document, resource, &folder)?, &sources)?);
        }
    }
    Ok(files)
}

fn module(document: &Document) -> String {
    document.stem.replace('-', "_")
}

fn root(documents: &[Document]) -> anyhow::Result<Emitted> {
    let modules: Vec<_> = documents.iter().map(|document| ident(&module(document))).collect();
    let fragments: Vec<Fragment> = modules
        .iter()
        .map(|module| Fragment::Item(quote!(mod #module;)))
        .chain([
            Fragment::Item(quote!(
                use super::{Log, RecordType};
            )),
            Fragment::Item(quote! {
                /// Calls every method of every service once.
                pub async fn calls(client: &zeyos::Client, log: &mut Log) {
                    #(#modules::calls(client, log).await;)*
                }
            }),
            Fragment::Item(quote! {
                /// The records of all services.
                pub fn records() -> Vec<RecordType> {
                    [#(#modules::records()),*].into_iter().flatten().collect()
                }
            }),
        ])
        .collect();
    let content = format::file(&header("spec/"), "Every call and every record, one module a document.", &fragments)?;
    Ok(Emitted { path: "documents.rs".to_owned(), content })
}

fn service_draft(document: &Document, folder: &str) -> anyhow::Result<Draft> {
    let modules: Vec<_> = document.resources.iter().map(|resource| ident(&resource.module)).collect();
    let generated = generated(document);
    let records = document.resources.iter().map(|resource| {
        let (module, name) = (ident(&resource.module), ident(&resource.name));
        quote!(RecordType::of::<#generated::#module::#name>())
    });
    let operations = document.operations.iter().map(|operation| plain(document, operation));
    let calls = calls(document, operations.collect::<anyhow::Result<Vec<_>>>()?, "that belongs to no resource");
    let mut fragments: Vec<Fragment> = modules.iter().map(|module| Fragment::Item(quote!(mod #module;))).collect();
    fragments.push(Fragment::Item(quote! {
        /// Calls every method of the service once.
        pub async fn calls(client: &zeyos::Client, log: &mut Log) {
            plain(client, log).await;
            #(#modules::calls(client, log).await;)*
        }
    }));
    fragments.push(Fragment::Item(quote! {
        /// The records of the service.
        pub fn records() -> Vec<RecordType> {
            vec![#(#records),*]
        }
    }));
    fragments.push(Fragment::Item(calls));
    let docs = format!("Calls of `{}`, and its records.", document.stem);
    Ok(Draft::new(format!("{folder}.rs"), &docs, fragments))
}

fn resource_draft(document: &Document, resource: &Resource, folder: &str) -> anyhow::Result<Draft> {
    let operations = resource.operations.iter().map(|operation| verb(document, resource, operation));
    let calls = calls(document, operations.collect::<anyhow::Result<Vec<_>>>()?, "of the resource");
    let fragments = vec![Fragment::Item(calls), columns(resource)];
    let docs = format!("Calls of `{}`, and its columns.", resource.wire);
    Ok(Draft::new(format!("{folder}/{}.rs", resource.module), &docs, fragments))
}

fn generated(document: &Document) -> TokenStream {
    let path = document.module.iter().map(|module| ident(module));
    quote!(zeyos_generated #(::#path)*)
}

/// One function for the calls of a file. What a call answers is not looked at here, only that it could be read.
fn calls(document: &Document, operations: Vec<(String, TokenStream)>, what: &str) -> TokenStream {
    let comment = format!(" Calls every method {what} once.");
    let name = if what == "of the resource" { ident("calls") } else { ident("plain") };
    let accessor = document.accessor.split('.').map(ident);
    let statements = operations.iter().map(|(id, call)| {
        let id = format!("{}/{id}", document.stem);
        quote!(log.note(#id, #call.await.map(drop));)
    });
    let empty = operations.is_empty().then(|| quote!(let _ = (&service, log);));
    quote! {
        #[doc = #comment]
        pub async fn #name(client: &zeyos::Client, log: &mut Log) {
            let service = client #(.#accessor())*;
            #(#statements)*
            #empty
        }
    }
}

fn verb(document: &Document, resource: &Resource, operation: &Operation) -> anyhow::Result<(String, TokenStream)> {
    let CallShape::Verb(verb) = operation.call else { return plain(document, operation) };
    let (method, record) = (ident(&operation.rust), ident(&resource.name));
    let key = quote!(Id::new(7));
    let call = match verb {
        Verb::List => quote!(#method(#record::query().limit(2).offset(1))),
        Verb::Create => {
            let new = create(document, resource)?;
            quote!(#method(#new))
        }
        Verb::Update => {
            let patch = update(document, resource)?;
            quote!(#method(#key, #patch))
        }
        Verb::Get | Verb::Exists | Verb::Delete => quote!(#method(#key)),
    };
    let options = options(resource, operation);
    Ok((operation.id.clone(), quote!(service.#call #options)))
}

fn create(document: &Document, resource: &Resource) -> anyhow::Result<TokenStream> {
    let new = format_ident!("New{}", resource.name);
    let (mut arguments, mut setters) = (Vec::new(), Vec::new());
    for column in &resource.columns {
        match column {
            Column { required: true, .. } if is_half(resource, column) => {
                arguments.extend(reference(document, resource, column)?.map(|(_, reference)| reference));
            }
            // A text that its pattern need not match: the tests look at the wire alone.
            Column { required: true, text: Some(ty), .. } => {
                let ty = ident(ty);
                arguments.push(quote!(#ty::new("text")));
            }
            Column { required: true, field, .. } => arguments.push(value(document, &field.ty)?),
            Column { set: Set::OnCreate, .. } => setters.push(setter(document, resource, column)?),
            _ => {}
        }
    }
    Ok(quote!(#new::new(#(#arguments),*) #(#setters)*))
}

fn update(document: &Document, resource: &Resource) -> anyhow::Result<TokenStream> {
    let patch = format_ident!("{}Patch", resource.name);
    let changeable = resource.columns.iter().filter(|column| column.set == Set::Always);
    let setters = changeable.map(|column| setter(document, resource, column));
    let setters = setters.collect::<anyhow::Result<Vec<_>>>()?;
    let extras = resource.write.iter().flat_map(|Write { extras }| extras).map(|extra| {
        let name = ident(&extra.field.rust);
        if extra.by_member { quote!(.#name("text", "text")) } else { quote!(.#name(["text"])) }
    });
    Ok(quote!(#patch::new() #(#setters)* #(#extras)*))
}

/// Sets a column; with the first of a reference both, with the second nothing more.
fn setter(document: &Document, resource: &Resource, column: &Column) -> anyhow::Result<TokenStream> {
    if is_half(resource, column) {
        let set = reference(document, resource, column)?.map(|(name, reference)| quote!(.#name(#reference)));
        return Ok(set.unwrap_or_default());
    }
    let (name, value) = (ident(&column.field.rust), setter_value(document, &column.field)?);
    Ok(quote!(.#name(#value)))
}

/// The reference whose first column this is, by name.
fn reference(
    document: &Document,
    resource: &Resource,
    column: &Column,
) -> anyhow::Result<Option<(Ident, TokenStream)>> {
    let Some(pair) = resource.pairs.iter().find(|pair| pair.entity.field.wire == column.field.wire) else {
        return Ok(None);
    };
    let (ty, entity) = (ident(&pair.ty), value(document, &pair.entity.field.ty)?);
    let number = value(document, &pair.number.field.ty)?;
    Ok(Some((ident(&pair.name), quote!(#ty::new(#entity, #number)))))
}

fn options(resource: &Resource, operation: &Operation) -> TokenStream {
    let composite = |column: &&Column| matches!(column.field.ty, Type::Composite { .. });
    let columns: Vec<&str> = resource.columns.iter().filter(composite).map(|c| c.field.wire.as_str()).collect();
    let options = operation.options.iter().map(|option| {
        let name = ident(&option.rust);
        match option.takes {
            OptionArgument::Nothing => quote!(.#name()),
            OptionArgument::Text => quote!(.#name("text")),
            OptionArgument::Columns if !columns.is_empty() => quote!(.#name([#(#columns),*])),
            OptionArgument::Columns | OptionArgument::Date => quote!(),
        }
    });
    quote!(#(#options)*)
}

fn plain(document: &Document, operation: &Operation) -> anyhow::Result<(String, TokenStream)> {
    let method = ident(&operation.rust);
    let CallShape::Plain { parameters, query, body, .. } = &operation.call else {
        return Ok((operation.id.clone(), quote!()));
    };
    let mut arguments: Vec<TokenStream> = parameters
        .iter()
        .map(|parameter| if parameter.ty == Type::Integer { quote!(7) } else { quote!("text") })
        .collect();
    if let Some(query) = query {
        arguments.push(request_of(document, query)?);
    }
    match body {
        Some(BodyArgument::Members(request)) => arguments.push(request_of(document, request)?),
        Some(BodyArgument::Value(ty) | BodyArgument::Confidential(ty)) => arguments.push(value(document, ty)?),
        Some(BodyArgument::Content) => arguments.push(quote!(zeyos_core::Content::from("text"))),
        // Third-party documents alone have these, and no calls are emitted for them.
        Some(BodyArgument::ContentOf | BodyArgument::OneOf(_) | BodyArgument::Map(_)) | None => {}
    }
    let detached = (operation.safety == Safety::TokenExchange).then(|| quote!(.detached()));
    Ok((operation.id.clone(), quote!(service.#method(#(#arguments),*) #detached)))
}

fn request_of(document: &Document, name: &str) -> anyhow::Result<TokenStream> {
    let request = ident(name);
    let found = document.all_types().find(|ty| ty.name == name).map(|ty| &ty.shape);
    let Some(Shape::Request { required, optional, .. }) = found else {
        anyhow::bail!("{}: {name} is not a request", document.file)
    };
    let arguments = required.iter().map(|field| value(document, &field.ty)).collect::<anyhow::Result<Vec<_>>>()?;
    let mut setters = Vec::new();
    for field in optional {
        let (name, value) = (ident(&field.rust), value(document, &field.ty)?);
        setters.push(quote!(.#name(#value)));
    }
    Ok(quote!(#request::new(#(#arguments),*) #(#setters)*))
}

/// The columns of a record, so that a test can read back what was decoded.
fn columns(resource: &Resource) -> Fragment {
    let fields = resource.columns.iter().map(|column| &column.field).chain(&resource.extras);
    let rows: String = fields.map(|field| format!("    {} = {:?},\n", field.rust, field.wire)).collect();
    Fragment::Text(format!("crate::columns!({} {{\n{rows}}});", resource.name))
}
