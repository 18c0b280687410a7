//! The issuers of tokens of a document as statics.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Draft, docs, ident, servers};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Address, BodyFormat, Document, Flow, Grant, Issuer, Operation, Refreshing};

/// The file of the issuers of a document, if it has any.
pub(super) fn draft(document: &Document, module: &str) -> Option<Draft> {
    if document.issuers.is_empty() && document.flows.is_empty() {
        return None;
    }
    let imports = Fragment::Text(imports(document).to_owned());
    let statics = document
        .issuers
        .iter()
        .map(one)
        .chain(document.flows.iter().flat_map(|flow| of_flow(document, flow)))
        .map(Fragment::Item);
    let fragments: Vec<Fragment> =
        [imports].into_iter().chain(statics).chain([Fragment::Item(all(document))]).collect();
    let docs = format!("Which operations of `{}` bring, check and end tokens.", document.stem);
    Some(Draft::new(format!("{module}/issuers.rs"), &docs, fragments))
}

fn imports(document: &Document) -> &'static str {
    if document.flows.is_empty() {
        return "use zeyos_core::{Issuer, IssuerGrant};";
    }
    "use zeyos_core::{\n    Credential, Holder, Issuer, IssuerGrant, Refreshing, RequestBody, ResponseBody, SchemeKind, \
     SecurityScheme, ServiceDescription, ServiceRoot,\n};"
}

fn one(issuer: &Issuer) -> TokenStream {
    let (name, constant) = (&issuer.name, ident(&issuer.constant));
    let comment = docs::comment(&[format!("The tokens of `{}`, which `{}` sends.", issuer.name, issuer.scheme.name)]);
    let scheme = ident(&issuer.scheme.constant);
    let grant = ident(match issuer.grant {
        Grant::OAuth2 => "OAuth2",
        Grant::Once => "Once",
        Grant::Again => "Again",
        Grant::Key => "Key",
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
fn of_flow(document: &Document, flow: &Flow) -> Vec<TokenStream> {
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
    let asked = |address: &Address| {
        let format = format_at(document, address);
        quote! {
            .security(&[&[Requirement::of(&#client)]])
            .safety(Safety::TokenExchange)
            .body(RequestBody::#format)
            .answer(ResponseBody::VALUE)
        }
    };
    let asks = |address: &Address| {
        let format = format_at(document, address);
        quote! {
            .security(&[&[Requirement::of(&#client)]])
            .safety(Safety::Read)
            .body(RequestBody::#format)
            .answer(ResponseBody::VALUE)
        }
    };
    let ends = |address: &Address| {
        let format = format_at(document, address);
        quote! {
            .security(&[&[Requirement::of(&#client)]])
            .safety(Safety::Delete)
            .body(RequestBody::#format)
        }
    };
    let opens = |_: &Address| quote!(.safety(Safety::Read).answer(ResponseBody::REDIRECT));
    type Parts<'a> = &'a dyn Fn(&Address) -> TokenStream;
    let rows: [(_, _, _, _, Parts<'_>, _); 5] = [
        ("TOKEN", "tokens", Some(&flow.token), "POST", &asked, None),
        ("REFRESH", "renewed tokens", flow.refresh.as_ref(), "POST", &asked, Some(quote!(refresh))),
        ("AUTHORIZATION", "logins", flow.authorization.as_ref(), "GET", &opens, Some(quote!(authorization))),
        ("INTROSPECTION", "questions", flow.introspection.as_ref(), "POST", &asks, Some(quote!(introspection))),
        ("REVOCATION", "revocation", flow.revocation.as_ref(), "POST", &ends, None),
    ];
    let mut steps = Vec::new();
    for (end, what, address, method, parts, step) in rows {
        let Some(address) = address else { continue };
        let operation = named(end);
        items.extend(operation_at(flow, (end, what), address, method, &parts(address)));
        steps.extend(step.map(|step| quote!(.#step(&#operation))));
        steps.extend((end == "REVOCATION").then(|| quote!(.revocation(&#operation, Some("token")))));
    }
    let refreshing = ident(match flow.refreshing {
        Refreshing::Rotating => "Rotating",
        Refreshing::Static => "Static",
        Refreshing::Unknown => "Unknown",
    });
    if !flow.errors.is_empty() {
        let errors = flow.errors.iter().map(|(words, code)| quote!((#words, #code)));
        steps.push(quote!(.errors(&[#(#errors),*])));
    }
    steps.extend((!flow.tells_lifetime).then(|| quote!(.without_lifetimes())));
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

/// How the body of a request to an address is written: as a form (RFC 6749, section 4.1.3), unless the document has an operation there
/// that takes JSON.
fn format_at(document: &Document, address: &Address) -> proc_macro2::Ident {
    let is_there = |operation: &&Operation| {
        address.origin.is_none() && operation.method == "POST" && operation.path == address.path
    };
    let body = document.operations.iter().find(is_there).and_then(|operation| operation.body.as_ref());
    ident(if body.is_some_and(|body| body.format == BodyFormat::Json) { "JSON" } else { "FORM" })
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
        quote!(#comment pub static #service: ServiceDescription = ServiceDescription::new(#label, "").root(#root);),
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
