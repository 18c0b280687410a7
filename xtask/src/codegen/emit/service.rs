//! The file of a document: its modules, its service, and the operations that belong to no resource.

use quote::quote;

use super::{Draft, docs, ident, methods, module, runtime, views};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Document, NamedType, Shape};

pub(super) fn draft(document: &Document) -> Draft {
    let mut fragments = modules(document);
    fragments.extend(service(document));
    fragments.extend(methods::of_service(document));
    fragments.push(Fragment::Item(all_operations(document)));
    Draft::new(format!("{}.rs", module(document)), &document.description, fragments)
}

fn modules(document: &Document) -> Vec<Fragment> {
    let mut fragments: Vec<Fragment> = document
        .resources
        .iter()
        .map(|resource| {
            let module = ident(&resource.module);
            let comment = docs::comment(&[format!("Columns, writes and types of [`{}`].", resource.name)]);
            Fragment::Item(quote!(#comment pub mod #module;))
        })
        .collect();
    if !document.schemes.is_empty() {
        let comment = docs::comment(&["The security schemes of the document."]);
        fragments.push(Fragment::Item(quote!(#comment pub mod schemes;)));
    }
    if !document.issuers.is_empty() || !document.flows.is_empty() {
        let comment = docs::comment(&["Who issues the tokens that the schemes send."]);
        fragments.push(Fragment::Item(quote!(#comment pub mod issuers;)));
    }
    if !document.servers.is_empty() || !document.own_servers.is_empty() {
        let comment = docs::comment(&["Where the service is."]);
        fragments.push(Fragment::Item(quote!(#comment pub mod servers;)));
    }
    if !document.types.is_empty() {
        fragments.push(Fragment::Item(quote!(
            mod types;
        )));
    }
    if !document.targets.is_empty() {
        fragments.push(Fragment::Item(quote!(
            mod references;
        )));
    }
    if !document.texts.is_empty() {
        fragments.push(Fragment::Item(quote!(
            mod texts;
        )));
    }
    for resource in &document.resources {
        let module = ident(&resource.module);
        let mut names = vec![resource.name.clone()];
        if resource.write.is_some() {
            names.extend([format!("New{}", resource.name), format!("{}Patch", resource.name)]);
        }
        names.extend(resource.types.iter().flat_map(type_names));
        names.extend(views::type_names(resource).into_iter().map(|(name, _)| name));
        let names = names.iter().map(|name| ident(name));
        fragments.push(Fragment::Item(quote!(pub use #module::{#(#names),*};)));
    }
    if !document.types.is_empty() {
        let names = document.types.iter().flat_map(type_names).map(|name| ident(&name)).collect::<Vec<_>>();
        fragments.push(Fragment::Item(quote!(pub use types::{#(#names),*};)));
    }
    if !document.texts.is_empty() {
        let names = document.texts.iter().map(|text| ident(&text.name));
        fragments.push(Fragment::Item(quote!(pub use texts::{#(#names),*};)));
    }
    if !document.targets.is_empty() {
        let names = document.targets.iter().map(|targets| ident(&targets.name));
        fragments.push(Fragment::Item(quote!(pub use references::{#(#names),*};)));
    }
    fragments
}

/// A type and those that are emitted along with it.
pub(crate) fn type_names(ty: &NamedType) -> Vec<String> {
    match &ty.shape {
        Shape::Tagged { tagged, .. } => vec![ty.name.clone(), tagged.content.clone()],
        _ => vec![ty.name.clone()],
    }
}

fn service(document: &Document) -> Vec<Fragment> {
    let (service, name, path) = (ident(&document.service), &document.stem, &document.path);
    let runtime = runtime();
    let comment =
        docs::comment(&[document.description.as_str(), "Every method describes a call; awaiting the call sends it."]);
    let service_comment = docs::comment(&[format!("The service of `{name}`.")]);
    vec![
        Fragment::Item(quote! {
            #service_comment
            pub static SERVICE: #runtime::ServiceDescription = #runtime::ServiceDescription::new(#name, #path);
        }),
        Fragment::Item(quote! {
            #comment
            #[derive(Clone)]
            pub struct #service {
                dispatch: Arc<dyn Dispatch>,
            }
        }),
        Fragment::Block {
            header: quote!(impl #service),
            members: vec![
                quote! {
                    /// The service as reached through this client.
                    pub fn new(dispatch: Arc<dyn Dispatch>) -> Self {
                        Self { dispatch }
                    }
                },
                quote! {
                    /// The service over this client.
                    pub fn on(client: &impl Dispatcher) -> Self {
                        Self::new(client.dispatch())
                    }
                },
                quote! {
                    fn call(&self, operation: &'static Operation) -> RawCall {
                        RawCall::new(&self.dispatch, operation)
                    }
                },
            ],
        },
        Fragment::Item(quote! {
            impl std::fmt::Debug for #service {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str(stringify!(#service))
                }
            }
        }),
    ]
}

/// All operations, for callers that name them by their id.
fn all_operations(document: &Document) -> proc_macro2::TokenStream {
    let own = (!document.operations.is_empty()).then(|| quote!(OPERATIONS,));
    let modules = document.resources.iter().map(|resource| {
        let module = ident(&resource.module);
        quote!(#module::OPERATIONS)
    });
    quote! {
        /// Every operation of the service.
        pub fn operations() -> impl Iterator<Item = &'static Operation> {
            [#own #(#modules),*].into_iter().flatten().copied()
        }
    }
}
