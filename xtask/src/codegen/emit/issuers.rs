//! The issuers of tokens of a document as statics.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitted, docs, ident, servers, written};
use crate::codegen::format::Piece;
use crate::codegen::model::{Address, Document, Flow, Grant, Issuer, Refreshing};

/// The file of the issuers of a document, if it has any.
pub(super) fn file(document: &Document, module: &str) -> anyhow::Result<Option<Emitted>> {
    if document.issuers.is_empty() && document.flows.is_empty() {
        return Ok(None);
    }
    let imports = Piece::Text(imports(document).to_owned());
    let statics = document.issuers.iter().map(one).chain(document.flows.iter().flat_map(of_flow)).map(Piece::Item);
    let pieces: Vec<Piece> = [imports].into_iter().chain(statics).chain([Piece::Item(all(document))]).collect();
    let docs = format!("Which operations of `{}` bring, check and end tokens.", document.stem);
    written(document, format!("{module}/issuers.rs"), &docs, &pieces).map(Some)
}

fn imports(document: &Document) -> &'static str {
    if document.flows.is_empty() {
        return "use zeyos_core::{Issuer, IssuerGrant};";
    }
    "use zeyos_core::emitted::*;\n\
     use zeyos_core::{\n    Credential, Holder, Issuer, IssuerGrant, Refreshing, RequestBody, ResponseBody, SchemeKind, \
     SecurityScheme, Service, ServiceRoot,\n};"
}

fn one(issuer: &Issuer) -> TokenStream {
    let (name, constant) = (&issuer.name, ident(&issuer.constant));
    let comment = docs::comment(&[format!("The tokens of `{}`, which `{}` sends.", issuer.name, issuer.scheme.name)]);
    let scheme = ident(&issuer.scheme.constant);
    let grant = ident(match issuer.grant {
        Grant::OAuth2 => "OAuth2",
        Grant::Once => "Once",
        Grant::Again => "Again",
    });
    let token = ident(&issuer.token);
    let authorization = issuer.authorization.as_ref().map(|operation| {
        let operation = ident(operation);
        quote!(.authorization(&super::#operation))
    });
    let introspection = issuer.introspection.as_ref().map(|operation| {
        let operation = ident(operation);
        quote!(.introspection(&super::#operation))
    });
    let revocation = issuer.revocation.as_ref().map(|revocation| {
        let operation = ident(&revocation.constant);
        let member = match &revocation.member {
            Some(member) => quote!(Some(#member)),
            None => quote!(None),
        };
        quote!(.revocation(&super::#operation, #member))
    });
    quote! {
        #comment
        pub static #constant: Issuer = Issuer::new(#name, super::schemes::#scheme.credential, IssuerGrant::#grant, &super::#token)
            #authorization #introspection #revocation;
    }
}

/// The issuer of a scheme whose document names addresses instead of operations.
fn of_flow(flow: &Flow) -> Vec<TokenStream> {
    let (name, constant) = (&flow.scheme.name, &flow.scheme.constant);
    let named = |end: &str| ident(&format!("{constant}_{end}"));
    let (issuer, client, credential) = (ident(constant), named("CLIENT"), named("CLIENT_CREDENTIAL"));
    let label = format!("{name} client");
    let comment = docs::comment(&[format!(
        "Identifier and secret of the client application, which go to the addresses of `{name}` alone."
    )]);
    let mut items = vec![
        quote!(static #credential: Credential = Credential::new(#label);),
        quote! {
            #comment
            pub static #client: SecurityScheme =
                SecurityScheme::new(#label, SchemeKind::Basic(Holder::Client), &#credential);
        },
    ];
    let asked = quote! {
        .security(&[&[Requirement::of(&#client)]])
        .safety(Safety::TokenExchange)
        .body(RequestBody::FORM)
        .answer(ResponseBody::VALUE)
    };
    let asks = quote! {
        .security(&[&[Requirement::of(&#client)]])
        .safety(Safety::Read)
        .body(RequestBody::FORM)
        .answer(ResponseBody::VALUE)
    };
    let ends = quote! {
        .security(&[&[Requirement::of(&#client)]])
        .safety(Safety::Delete)
        .body(RequestBody::FORM)
    };
    let opens = quote!(.safety(Safety::Read).answer(ResponseBody::REDIRECT));
    let rows = [
        ("TOKEN", "tokens", Some(&flow.token), "POST", asked.clone(), None),
        ("REFRESH", "renewed tokens", flow.refresh.as_ref(), "POST", asked, Some(quote!(refresh))),
        ("AUTHORIZATION", "logins", flow.authorization.as_ref(), "GET", opens, Some(quote!(authorization))),
        ("INTROSPECTION", "questions", flow.introspection.as_ref(), "POST", asks, Some(quote!(introspection))),
        ("REVOCATION", "revocation", flow.revocation.as_ref(), "POST", ends, None),
    ];
    let mut steps = Vec::new();
    for (end, what, address, method, parts, step) in rows {
        let Some(address) = address else { continue };
        let operation = named(end);
        items.extend(operation_at(flow, (end, what), address, method, &parts));
        steps.extend(step.map(|step| quote!(.#step(&#operation))));
        steps.extend((end == "REVOCATION").then(|| quote!(.revocation(&#operation, Some("token")))));
    }
    let refreshing = ident(match flow.refreshing {
        Refreshing::Rotating => "Rotating",
        Refreshing::Static => "Static",
        Refreshing::Unknown => "Unknown",
    });
    let token = named("TOKEN");
    let comment = docs::comment(&[format!("The tokens of `{name}`.")]);
    items.push(quote! {
        #comment
        pub static #issuer: Issuer =
            Issuer::new(#name, super::schemes::#issuer.credential, IssuerGrant::OAuth2, &#token)
                .refreshing(Refreshing::#refreshing) #(#steps)*;
    });
    items
}

/// The service at an address, and the operation that it stands for.
fn operation_at(
    flow: &Flow,
    (end, what): (&str, &str),
    address: &Address,
    method: &str,
    parts: &TokenStream,
) -> [TokenStream; 2] {
    let (name, constant, path) = (&flow.scheme.name, &flow.scheme.constant, &address.path);
    let (operation, service) = (ident(&format!("{constant}_{end}")), ident(&format!("{constant}_{end}_SERVICE")));
    let (method, root, label) = (ident(method), servers::root(address), format!("{name} {}", end.to_lowercase()));
    let comment = docs::comment(&[format!("Where the {what} of `{name}` are asked for. `service_url` moves it.")]);
    [
        quote!(#comment pub static #service: Service = Service::new(#label, "").root(#root);),
        quote! {
            static #operation: Operation = Operation::new(&#service, #label, Method::#method, #path)
                #parts;
        },
    ]
}

fn all(document: &Document) -> TokenStream {
    let flows = document.flows.iter().map(|flow| &flow.scheme.constant);
    let names = document.issuers.iter().map(|issuer| &issuer.constant).chain(flows).map(|name| ident(name));
    let comment = docs::comment(&["All of them."]);
    quote!(#comment pub static ISSUERS: &[&Issuer] = &[#(&#names),*];)
}
