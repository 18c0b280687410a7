//! A program that calls each operation of an emitted crate and prints what goes on the wire, for the reader that knows the document
//! alone ([`reader`](crate::codegen::reader)). An operation with several kinds of bodies is called with each.
//!
//! Both know the rules by which values are chosen ([`values`]). A scheme sends values that are made of its name.

mod values;

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitted, client, header, ident};
use crate::codegen::format::{self, Fragment};
use crate::codegen::model::{Answer, BodyArgument, CallShape, Document, Operation, SchemeKind, Shape, Type};
pub(crate) use values::{BASE64, DATE, DATE_TIME, DECIMAL, UUID};
use values::{Values, content};

/// The origin that stands for the caller's.
pub(crate) const ORIGIN: &str = "https://wire.example";

/// What a scheme of this name sends.
pub(crate) fn word(scheme: &str) -> String {
    let plain: String = scheme.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("of{plain}")
}

/// A media type that a range stands for.
pub(crate) fn of_range(media_type: &str) -> String {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    match bare.split_once('/') {
        Some(("*", _)) => "application/wire".to_owned(),
        Some((kind, "*")) => format!("{kind}/wire"),
        _ => media_type.to_owned(),
    }
}

/// The program and what its manifest needs, and how many operations it does not call.
pub(crate) fn files(document: &Document, crate_name: &str) -> anyhow::Result<(Emitted, usize)> {
    let service = ident(&crate_name.replace('-', "_"));
    let calls: Vec<Vec<TokenStream>> = document.operations.iter().map(|one| Caller { document }.calls(one)).collect();
    let left = calls.iter().filter(|calls| calls.is_empty()).count();
    let statements = document.operations.iter().zip(&calls).flat_map(|(operation, calls)| {
        let key = format!("{} {}", operation.method, operation.path);
        calls.iter().map(move |call| quote!(wire.call(#key, async { #call.await.map(drop) });))
    });
    let (builder, statements): (_, Vec<TokenStream>) = (builder(document), statements.collect());
    let main = quote! {
        #[allow(deprecated)]
        fn main() {
            let wire = harness::Wire::new();
            let client = #builder.transport(wire.clone()).build().expect("the client is right");
            let api = client.api();
            let _ = &api;
            #(#statements)*
        }
    };
    let harness = HARNESS.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") });
    let harness = format!("mod harness {{\n{}}}", harness.collect::<String>());
    let fragments = [Fragment::Text(format!("use {service} as service;\n\n{harness}")), Fragment::Item(main)];
    let docs = "Calls each operation once and prints what goes on the wire.";
    let content = format::file(&header(&document.file), docs, &fragments)?;
    Ok((Emitted { path: "examples/wire.rs".to_owned(), content }, left))
}

/// What the manifest of the crate says beside its own, so that the program can run.
pub(crate) const MANIFEST: &str = "\n[dev-dependencies]\ntokio = { version = \"1\", default-features = false, features = [\"rt\", \"net\", \"time\"] }\n";

/// The program around the calls.
const HARNESS: &str = include_str!("wire/harness.txt");

fn builder(document: &Document) -> TokenStream {
    let url = format!("{ORIGIN}{}", document.path);
    let names = client::setter_names(document);
    let (of_schemes, of_servers) = names.split_at(document.schemes.len());
    let schemes = document.schemes.iter().zip(of_schemes).map(|(scheme, name)| {
        let (name, word) = (ident(name), word(&scheme.name));
        match scheme.kind {
            SchemeKind::Basic(_) => quote!(.#name(#word, #word)),
            _ => quote!(.#name(#word)),
        }
    });
    let servers = document.own_servers.iter().zip(of_servers).map(|(server, name)| {
        let name = ident(name);
        let origin = server.address.origin.as_deref().unwrap_or(ORIGIN);
        let url = format!("{origin}{}", server.address.path);
        quote!(.#name(wire.url(#url)))
    });
    quote!(service::Client::builder(wire.url(#url)) #(#schemes)* #(#servers)*)
}

struct Caller<'d> {
    document: &'d Document,
}

impl Caller<'_> {
    /// A call with each body that the operation can have; none where a value that it must have cannot be made.
    fn calls(&self, operation: &Operation) -> Vec<TokenStream> {
        let CallShape::Plain { parameters, query, body, answer } = &operation.call else { return Vec::new() };
        let values = Values::new(self.document, operation);
        let path = parameters.iter().map(|parameter| match (&parameter.ty, &parameter.style) {
            (Type::Integer, None) => Some(quote!(7)),
            (_, None) | (Type::Text, _) => Some(quote!("text")),
            (ty, _) => values.value(ty),
        });
        let query = query.iter().map(|query| values.request(query));
        let Some(arguments) = path.chain(query).collect::<Option<Vec<_>>>() else { return Vec::new() };
        let bodies = body.as_ref().map_or_else(|| vec![quote!()], |body| self.bodies(operation, body));
        let method = ident(&operation.rust);
        let call = |body: &TokenStream| {
            let call = quote!(api.#method(#(#arguments,)* #body));
            if matches!(answer, Answer::Events(..)) { quote!(#call.events()) } else { call }
        };
        let events = operation.events.as_ref().map(|events| ident(&events.rust));
        let as_events =
            |body: &TokenStream| events.as_ref().map(|name| quote!(api.#name(#(#arguments,)* #body).events()));
        bodies.iter().flat_map(|body| std::iter::once(call(body)).chain(as_events(body))).collect()
    }

    fn bodies(&self, operation: &Operation, taken: &BodyArgument) -> Vec<TokenStream> {
        let values = Values::new(self.document, operation);
        match taken {
            BodyArgument::Members(name) => values.request(name).into_iter().collect(),
            BodyArgument::Value(ty) | BodyArgument::Confidential(ty) | BodyArgument::Map(ty) => {
                values.value(ty).into_iter().collect()
            }
            BodyArgument::Content => vec![content()],
            BodyArgument::ContentOf => {
                let body = operation.body.as_ref();
                let listed = body.map(|body| body.media_type.split(',')).into_iter().flatten();
                let one = |media_type: &str| {
                    let (media_type, content) = (of_range(media_type.trim()), content());
                    quote!(#media_type, #content)
                };
                listed.map(one).collect()
            }
            BodyArgument::OneOf(name) => {
                let Some(Shape::Bodies(variants)) = values.shape(name) else { return Vec::new() };
                let choices = variants.iter().filter_map(|variant| {
                    let (of, choice) = (ident(name), ident(&variant.name));
                    let value = variant.ty.as_ref().map_or_else(|| Some(content()), |ty| values.value(ty))?;
                    Some(quote!(service::#of::#choice(#value)))
                });
                choices.collect()
            }
        }
    }
}
