//! Operations: the tags as data, and one method each that only describes a call.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::schemes::Common;
use super::{answers, bodies, docs, ident, rules, schemes, stored, type_of};
use crate::codegen::format::Fragment;
use crate::codegen::model::{
    CallShape, Document, EVENTS, Operation, ParameterStyle, Resource, StyledParameter, Type, Verb, path_parameters,
};

/// Tags and methods of a resource.
pub(super) fn of_resource(document: &Document, resource: &Resource) -> Vec<Fragment> {
    let methods = resource.operations.iter().map(|operation| verb_method(document, resource, operation)).collect();
    let mut all = fragments(document, &resource.operations, methods);
    all.extend(stored::fragments(document, resource));
    all
}

/// Tags and methods of the operations that belong to no resource.
pub(super) fn of_service(document: &Document) -> Vec<Fragment> {
    fragments(document, &document.operations, document.operations.iter().map(plain_method).collect())
}

fn fragments(document: &Document, operations: &[Operation], methods: Vec<TokenStream>) -> Vec<Fragment> {
    if operations.is_empty() {
        return Vec::new();
    }
    let service = ident(&document.service);
    let mut fragments = vec![Fragment::Block { header: quote!(impl #service), members: methods }];
    let common = schemes::common(document);
    fragments.extend(operations.iter().map(|operation| Fragment::Item(tag(document, operation, &common))));
    fragments.extend(operations.iter().filter(|operation| !operation.styles.is_empty()).map(parameters));
    let names = operations.iter().map(constant);
    let comment = docs::comment(&["The operations of this file."]);
    fragments.push(Fragment::Item(quote!(#comment pub(crate) static OPERATIONS: &[&Operation] = &[#(&#names),*];)));
    fragments
}

fn constant(operation: &Operation) -> proc_macro2::Ident {
    ident(&operation.constant)
}

/// The tag: everything that the client needs to know to send the call.
fn tag(document: &Document, operation: &Operation, common: &Common) -> TokenStream {
    let (name, id, path) = (constant(operation), &operation.id, &operation.path);
    let method = ident(&operation.method);
    let security = (!operation.security.is_empty()).then(|| {
        let asked = security(operation, common);
        quote!(.security(#asked))
    });
    let safety = ident(operation.safety.word());
    let contents = bodies::of_tag(operation);
    let key = operation.idempotency_key.as_ref().map(|header| quote!(.idempotency_key(#header)));
    let paging = operation.pages.as_ref().map(|pages| {
        let paging = answers::paging(pages);
        quote!(.paging(&#paging))
    });
    let success = operation.success.iter().map(|code| proc_macro2::Literal::u16_unsuffixed(*code));
    let own = document.own_servers.iter().find(|server| Some(&server.url) == operation.server.as_ref());
    let service = own.map_or_else(
        || quote!(SERVICE),
        |server| {
            let constant = ident(&server.constant);
            quote!(servers::#constant)
        },
    );
    // Who chooses another path, or holds an answer against the client, names the operation.
    let unconfirmed = operation.unconfirmed.then(|| quote!(.unconfirmed()));
    let rows = operation.discovery.iter().map(|(member, path)| quote!((#member, #path)));
    let discovery = (!operation.discovery.is_empty()).then(|| quote!(.discovery(&[#(#rows),*])));
    let words = match (operation.unconfirmed, operation.discovery.is_empty()) {
        (true, _) => {
            Some(format!("The operation `{id}`, whose path no one has confirmed: `operation_path` takes another."))
        }
        (false, false) => Some(format!(
            "The operation `{id}`, which tells the endpoints of the server: `discovered` takes its answer."
        )),
        (false, true) => None,
    };
    let public = words.map(|words| {
        let comment = docs::comment(&[words]);
        quote!(#comment pub)
    });
    quote! {
        #public static #name: Operation = Operation::new(&#service, #id, Method::#method, #path)
            #unconfirmed
            #security
            .safety(Safety::#safety)
            #key
            .success(&[#(#success),*])
            #contents
            #paging
            #discovery;
    }
}

/// How the parameters of an operation are written.
fn parameters(operation: &Operation) -> Fragment {
    let rows = operation.styles.iter().map(|parameter| {
        let StyledParameter { key, wire, style } = parameter;
        let style = styled(wire, style);
        quote!((#key, #style))
    });
    let name = ident(&operation.styles_constant);
    Fragment::Item(quote!(static #name: &[(&str, Parameter)] = &[#(#rows),*];))
}

fn styled(wire: &str, style: &ParameterStyle) -> TokenStream {
    let (place, explode, style) = (ident(&style.at), style.explode, ident(style.style.word()));
    quote!(Parameter::#place(#wire, Style::#style, #explode))
}

/// What an operation asks for, by the name of it that it shares with others.
fn security(operation: &Operation, common: &Common) -> TokenStream {
    match common.iter().find(|(_, security)| *security == operation.security.as_slice()) {
        Some((name, _)) => {
            let name = ident(name);
            quote!(schemes::#name)
        }
        None => schemes::requirements(&operation.security, &quote!(schemes::)),
    }
}

fn comment(operation: &Operation) -> TokenStream {
    let mut paragraphs = vec![operation.summary.as_str(), operation.description.as_str()];
    paragraphs.extend(operation.notes.iter().map(String::as_str));
    let comment = docs::comment(&paragraphs);
    let id = &operation.id;
    let alias = (operation.id != operation.rust).then(|| quote!(#[doc(alias = #id)]));
    // Inlined, a method costs the build of this crate nothing; only what a program calls is compiled there.
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated = "the document marks it so"]));
    quote!(#comment #alias #deprecated #[inline])
}

fn verb_method(document: &Document, resource: &Resource, operation: &Operation) -> TokenStream {
    let CallShape::Verb(verb) = &operation.call else { return plain_method(operation) };
    let (comment, method, tag) = (comment(operation), ident(&operation.rust), constant(operation));
    let record = ident(&resource.name);
    let (new, patch) = (format_ident!("New{}", resource.name), format_ident!("{}Patch", resource.name));
    let [created, updated] = [&new, &patch].map(|body| rules::step(document.table(resource), body));
    let key = path_parameters(&operation.path).next().unwrap_or_default();
    // A create or an update of a view is one of the resource.
    let taken = |body: &Ident| if resource.views.is_some() { quote!(impl Into<#body>) } else { quote!(#body) };
    let (takes_new, takes_patch) = (taken(&new), taken(&patch));
    let into = resource.views.is_some().then(|| quote!(.into()));
    match verb {
        Verb::List => quote! {
            #comment
            pub fn #method<P: Row<#record>>(&self, query: Query<#record, P>) -> Call<Vec<P>, kind::List> {
                self.call(&#tag).list(query).typed()
            }
        },
        Verb::Create => quote! {
            #comment
            pub fn #method(&self, new: #takes_new) -> Call<#record, kind::Create> {
                self.call(&#tag).body(new #into.into_fields())#created.typed()
            }
        },
        Verb::Get => quote! {
            #comment
            pub fn #method(&self, id: Id<#record>) -> Call<#record, kind::Get> {
                self.call(&#tag).id(#key, id.get()).typed()
            }
        },
        Verb::Exists => quote! {
            #comment
            pub fn #method(&self, id: Id<#record>) -> Call<bool, kind::Exists> {
                self.call(&#tag).id(#key, id.get()).typed()
            }
        },
        Verb::Update => quote! {
            #comment
            pub fn #method(&self, id: Id<#record>, patch: #takes_patch) -> Call<#record, kind::Update> {
                self.call(&#tag).id(#key, id.get()).body(patch #into.into_fields())#updated.typed()
            }
        },
        Verb::Delete => quote! {
            #comment
            pub fn #method(&self, id: Id<#record>) -> Call<(), kind::Delete> {
                self.call(&#tag).id(#key, id.get()).typed()
            }
        },
    }
}

fn plain_method(operation: &Operation) -> TokenStream {
    let CallShape::Plain { parameters, query, body, answer } = &operation.call else { return TokenStream::new() };
    let (comment, method, tag) = (comment(operation), ident(&operation.rust), constant(operation));
    let mut arguments = Vec::new();
    let mut steps = Vec::new();
    for parameter in parameters {
        let (name, wire) = (ident(&parameter.rust), &parameter.wire);
        if let Some(style) = &parameter.style {
            let ty = type_of(&parameter.ty);
            let (ty, value) = match parameter.ty {
                Type::Text => (quote!(&str), quote!(Some(Json::from(#name)))),
                _ => (ty, quote!(Wire::to_member(&#name))),
            };
            let style = styled(wire, style);
            arguments.push(quote!(#name: #ty));
            steps.push(quote!(.styled_segment(&#style, #value)));
        } else if parameter.ty == Type::Integer {
            arguments.push(quote!(#name: i64));
            steps.push(quote!(.id(#wire, #name)));
        } else {
            arguments.push(quote!(#name: &str));
            steps.push(quote!(.segment(#wire, #name)));
        }
    }
    if let Some(query) = query {
        let query = ident(query);
        arguments.push(quote!(query: #query));
        steps.push(if operation.styles.is_empty() {
            quote!(.query(query.into_fields()))
        } else {
            let styles = ident(&operation.styles_constant);
            quote!(.parameters(#styles, query.into_fields()))
        });
    }
    if let Some(taken) = body {
        let (argument, step) = bodies::argument(operation, taken);
        arguments.push(argument);
        steps.push(step);
    }
    let answer = match &operation.pages {
        Some(pages) => answers::paged(answer, pages),
        None => answers::call(answer),
    };
    let events = operation.events.as_ref().map(|events| {
        let words = format!("[`{0}`](Self::{0}), answered by a stream of events.", operation.rust);
        let deprecated = operation.deprecated.then(|| quote!(#[deprecated = "the document marks it so"]));
        let (comment, name) = (docs::comment(&[words]), ident(&events.rust));
        let answer = answers::events(events.data, &events.ty);
        quote! {
            #comment
            #deprecated
            #[inline]
            pub fn #name(&self, #(#arguments),*) -> #answer {
                self.call(&#tag)#(#steps)*.accept(#EVENTS).typed()
            }
        }
    });
    quote! {
        #comment
        pub fn #method(&self, #(#arguments),*) -> #answer {
            self.call(&#tag)#(#steps)*.typed()
        }
        #events
    }
}
