//! The client of an emitted crate: its service at a server, with a setter for each of its security schemes.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Emitted, docs, header, ident};
use crate::codegen::format::{self, Fragment};
use crate::codegen::lower;
use crate::codegen::model::{Document, Flow, Grant, Holder, KeyPlace, Scheme, SchemeKind};
use crate::codegen::reserved::OF_BUILDER;

/// Which schemes of the document a login consists of; all others are sent as they were configured.
struct Login<'d> {
    tokens: Option<&'d Scheme>,
    session: Option<&'d Scheme>,
    user: Option<&'d Scheme>,
    /// Path to the scheme of the client application.
    client: Option<TokenStream>,
    /// Path to the issuer that renews the tokens.
    issuer: Option<TokenStream>,
    /// Flows whose tokens are those of another login, one for each.
    further: Vec<&'d Flow>,
}

impl<'d> Login<'d> {
    /// Tokens are those of the first scheme that says where they come from, else of the first that sends any.
    fn of(document: &'d Document) -> Self {
        let is_used = |scheme: &&Scheme| {
            let mut needed = document.all_operations().flat_map(|operation| operation.security.iter().flatten());
            needed.any(|needed| needed.scheme.shares_with(scheme))
        };
        let schemes = || document.schemes.iter().filter(is_used);
        let flow = document.flows.iter().find(|flow| is_used(&&flow.scheme));
        let renewed = document.issuers.iter().find(|issuer| issuer.grant == Grant::OAuth2 && is_used(&&issuer.scheme));
        let (tokens, issuer) = match (renewed, flow) {
            (Some(issuer), _) => (Some(&issuer.scheme), Some(ident(&issuer.constant))),
            (None, Some(flow)) => (Some(&flow.scheme), Some(ident(&flow.scheme.constant))),
            (None, None) => (schemes().find(|scheme| scheme.kind == SchemeKind::Bearer), None),
        };
        let first = |kind: fn(&SchemeKind) -> bool| document.schemes.iter().find(|scheme| kind(&scheme.kind));
        let client = match (renewed, flow) {
            (None, Some(flow)) => {
                let client = ident(&format!("{}_CLIENT", flow.scheme.constant));
                Some(quote!(issuers::#client))
            }
            _ => first(|kind| matches!(kind, SchemeKind::Basic(Holder::Client))).map(path),
        };
        let mut further: Vec<&Flow> = Vec::new();
        for flow in document.flows.iter().filter(|flow| is_used(&&flow.scheme)) {
            let known = tokens.into_iter().chain(further.iter().map(|known| &known.scheme));
            if !known.into_iter().any(|known| known.shares_with(&flow.scheme)) {
                further.push(flow);
            }
        }
        let is_cookie = |kind: &SchemeKind| matches!(kind, SchemeKind::ApiKey { place: KeyPlace::Cookie, .. });
        Login {
            tokens,
            session: schemes().find(|scheme| is_cookie(&scheme.kind)),
            user: schemes().find(|scheme| scheme.kind == SchemeKind::Basic(Holder::User)),
            client,
            issuer: issuer.map(|issuer| quote!(issuers::#issuer)),
            further,
        }
    }

    /// What a further login is called in the client: its scheme.
    fn word(flow: &Flow) -> String {
        lower::snake(&flow.scheme.constant.to_lowercase())
    }

    /// The credentials of the further logins.
    fn of_further(&self) -> Vec<TokenStream> {
        let one = |flow: &&Flow| {
            let (tokens, function) = (path(&flow.scheme), ident(&format!("login_of_{}", Self::word(flow))));
            let client = ident(&format!("{}_CLIENT", flow.scheme.constant));
            let comment = docs::comment(&[format!("The credentials of the login by `{}`.", flow.scheme.name)]);
            quote! {
                #comment
                fn #function() -> Login {
                    Login::new(#tokens.credential)
                        .client(issuers::#client.credential)
                        .service(&SERVICE, operations(), issuers::ISSUERS)
                }
            }
        };
        self.further.iter().map(one).collect()
    }

    /// The methods of the client for them.
    fn methods_of_further(&self) -> Vec<TokenStream> {
        let one = |flow: &&Flow| {
            let (word, issuer, tokens) = (Self::word(flow), ident(&flow.scheme.constant), path(&flow.scheme));
            let (oauth2, auth) = (ident(&format!("oauth2_{word}")), ident(&format!("auth_{word}")));
            let signing = docs::comment(&[format!("Signing in with OAuth 2.0 for `{}`.", flow.scheme.name)]);
            let using = docs::comment(&[format!("The tokens in use for `{}`.", flow.scheme.name)]);
            [
                quote! {
                    #signing
                    pub fn #oauth2(&self) -> zeyos_runtime::oauth2::OAuth2 {
                        self.0.oauth2(&issuers::#issuer)
                    }
                },
                quote! {
                    #using
                    pub fn #auth(&self) -> Option<zeyos_runtime::Auth> {
                        self.0.auth_of(#tokens.credential)
                    }
                },
            ]
        };
        self.further.iter().flat_map(one).collect()
    }

    fn tokens(&self) -> TokenStream {
        let has_issuers = self.issuer.is_some();
        let new = match self.tokens.map(path) {
            Some(tokens) => quote!(Login::new(#tokens.credential)),
            None => quote!(Login::without_tokens()),
        };
        let session = self.session.map(path).map(|session| quote!(.session(#session.credential)));
        let user = self.user.map(path).map(|user| quote!(.user(#user.credential)));
        let client = self.client.as_ref().map(|client| quote!(.client(#client.credential)));
        let issuers = if has_issuers { quote!(issuers::ISSUERS) } else { quote!(&[]) };
        quote! {
            /// The credentials that the client keeps by itself.
            fn login() -> Login {
                #new #session #user #client .service(&SERVICE, operations(), #issuers)
            }
        }
    }
}

fn path(scheme: &Scheme) -> TokenStream {
    let constant = ident(&scheme.constant);
    quote!(schemes::#constant)
}

/// The file of the client.
pub(super) fn file(document: &Document) -> anyhow::Result<Emitted> {
    let login = Login::of(document);
    let service = ident(&document.service);
    let further = login.further.iter().map(|flow| ident(&format!("login_of_{}", Login::word(flow))));
    let mut fragments = vec![Fragment::Text(imports(document, &login)), Fragment::Text(CLIENT.to_owned())];
    let mut members = vec![
        quote! {
            /// Starts a client for the service at this server, or at this URL.
            pub fn builder(server: impl Into<BaseUrl>) -> ClientBuilder {
                let url = server.into();
                ClientBuilder(
                    zeyos_runtime::ClientBuilder::new(url.clone(), login()) #(.further_login(FurtherLogin::new(#further())))*
                        .service_url(&SERVICE, url),
                )
            }
        },
        quote! {
            /// The operations of the service.
            pub fn api(&self) -> #service {
                #service::on(self)
            }
        },
    ];
    if let Some(issuer) = &login.issuer {
        let comment = docs::comment(&["Signing in with OAuth 2.0."]);
        members.push(quote! {
            #comment
            pub fn oauth2(&self) -> zeyos_runtime::oauth2::OAuth2 {
                self.0.oauth2(&#issuer)
            }
        });
    }
    members.extend(login.methods_of_further());
    fragments.push(Fragment::Block { header: quote!(impl Client), members });
    fragments.extend(default_server(document));
    let setters = setters(document, &login);
    if !setters.is_empty() {
        fragments.push(Fragment::Block { header: quote!(impl ClientBuilder), members: setters });
    }
    let general = [(login.tokens.is_some(), "token_setters"), (login.issuer.is_some(), "oauth_setters")];
    for (_, name) in general.iter().filter(|(is_there, _)| *is_there) {
        fragments.push(Fragment::Text(format!("impl ClientBuilder {{\n    zeyos_runtime::{name}!();\n}}")));
    }
    fragments.push(Fragment::Item(login.tokens()));
    fragments.extend(login.of_further().into_iter().map(Fragment::Item));
    let content = format::file(
        &header(&document.file),
        "The client: the service at a server, with its credentials.",
        &fragments,
    )?;
    Ok(Emitted { path: "src/client.rs".to_owned(), content })
}

const CLIENT: &str = "zeyos_runtime::client! {
    /// A client for the service. Cloning is cheap and shares connections, tokens and settings.
    Client,
    /// Sets up a [`Client`]. Nothing is sent before the first call.
    ClientBuilder
}";

fn imports(document: &Document, login: &Login<'_>) -> String {
    let mut own = vec![document.service.as_str(), "SERVICE"];
    own.extend((login.issuer.is_some() || uses_issuers(login) || !login.further.is_empty()).then_some("issuers"));
    own.push("operations");
    own.extend((!document.schemes.is_empty()).then_some("schemes"));
    own.extend((default_server(document).is_some() || !document.own_servers.is_empty()).then_some("servers"));
    let mut runtime = vec!["BaseUrl"];
    runtime.extend((!login.further.is_empty()).then_some("FurtherLogin"));
    runtime.push("Login");
    runtime.extend((!document.schemes.is_empty()).then_some("Secret"));
    runtime.extend(login.tokens.is_some().then_some("TokenSet"));
    format!("use zeyos_runtime::{{{}}};\n\nuse crate::api::{{{}}};", runtime.join(", "), own.join(", "))
}

fn uses_issuers(login: &Login<'_>) -> bool {
    login.client.as_ref().is_some_and(|client| client.to_string().starts_with("issuers"))
}

/// The document's first server, where it names an origin.
fn default_server(document: &Document) -> Option<Fragment> {
    let first = document.servers.first().filter(|server| server.url.contains("://"))?;
    let constant = ident(&first.constant);
    let comment = docs::comment(&[format!("For the document's first server, `{}`.", first.url)]);
    Some(Fragment::Item(quote! {
        impl Default for ClientBuilder {
            #comment
            fn default() -> Self {
                Client::builder(servers::#constant)
            }
        }
    }))
}

/// The names of the setters: for the schemes in their order, where those that share a credential have one name, then for the servers that
/// some operations have of their own.
pub(super) fn setter_names(document: &Document) -> Vec<String> {
    let mut taken: Vec<String> = OF_BUILDER.map(str::to_owned).to_vec();
    let mut free = |wish: &str| {
        let wish = if OF_BUILDER.contains(&wish) { format!("{wish}_") } else { wish.to_owned() };
        let name = lower::free(&wish, |name| taken.iter().any(|known| known == name));
        taken.push(name.clone());
        name
    };
    let mut names: Vec<String> = Vec::new();
    for (index, scheme) in document.schemes.iter().enumerate() {
        let name = match first_of(document, index) {
            earlier if earlier < index => names[earlier].clone(),
            _ => {
                let shared = scheme.credential.as_deref().and_then(|name| name.split_once('/'));
                free(&lower::snake(&shared.map_or_else(|| scheme.constant.to_lowercase(), |(_, name)| name.to_owned())))
            }
        };
        names.push(name);
    }
    names.extend(document.own_servers.iter().map(|server| free(&server.setter)));
    names
}

/// The index of the first scheme that sends the same credential.
fn first_of(document: &Document, index: usize) -> usize {
    let scheme = &document.schemes[index];
    document.schemes.iter().position(|other| other.shares_with(scheme)).unwrap_or(index)
}

/// A setter for each credential, and one for each server that some operations have of their own.
fn setters(document: &Document, login: &Login<'_>) -> Vec<TokenStream> {
    let names = setter_names(document);
    let (of_schemes, of_servers) = names.split_at(document.schemes.len());
    let (mut taken, mut schemes) = (names.clone(), Vec::new());
    for (index, (scheme, name)) in document.schemes.iter().zip(of_schemes).enumerate() {
        // One that schemes share is set once.
        if first_of(document, index) < index {
            continue;
        }
        let sharing: Vec<&Scheme> = document.schemes.iter().filter(|other| other.shares_with(scheme)).collect();
        schemes.push(setter(&sharing, login, &ident(name)));
        if login.further.iter().any(|flow| flow.scheme.shares_with(scheme)) {
            let is_taken = |name: &str| OF_BUILDER.contains(&name) || taken.iter().any(|known| known == name);
            let of_login = lower::free(&format!("{}_login", name.trim_end_matches('_')), is_taken);
            schemes.push(login_setter(scheme, &ident(&of_login)));
            taken.push(of_login);
        }
    }
    let servers = document.own_servers.iter().zip(of_servers).map(|(server, name)| {
        let (name, constant) = (ident(name), ident(&server.constant));
        let comment = docs::comment(&[format!(
            "The URL for the operations that the document has at `{}`. It is named explicitly then, so credentials go there too.",
            server.url
        )]);
        quote! {
            #comment
            pub fn #name(self, url: impl Into<BaseUrl>) -> Self {
                self.service_url(&servers::#constant, url)
            }
        }
    });
    schemes.into_iter().chain(servers).collect()
}

/// The setter of a login beside the first one: its store, its client application.
fn login_setter(scheme: &Scheme, name: &proc_macro2::Ident) -> TokenStream {
    let path = path(scheme);
    let words = format!(
        "The login by `{}`, which has tokens, a store and a client application of its own: \
         `|login| login.token_store(store).client_credentials(id, secret)`.",
        scheme.name
    );
    let comment = docs::comment(&[words]);
    quote! {
        #comment
        pub fn #name(self, set: impl FnOnce(FurtherLogin) -> FurtherLogin) -> Self {
            Self(self.0.set_further_login(#path.credential, set))
        }
    }
}

/// The setter of a credential, for all schemes that send it.
fn setter(sharing: &[&Scheme], login: &Login<'_>, name: &proc_macro2::Ident) -> TokenStream {
    let scheme = sharing[0];
    let is = |role: Option<&Scheme>| role.is_some_and(|known| known.shares_with(scheme));
    let path = path(scheme);
    let words = sharing
        .iter()
        .flat_map(|scheme| [format!("`{}`: {}.", scheme.name, scheme.phrase()), scheme.description.clone()]);
    let comment = docs::comment(&words.collect::<Vec<_>>());
    let (arguments, body) = match &scheme.kind {
        SchemeKind::Basic(_) => {
            let arguments = quote!(name: impl Into<String>, password: impl Into<Secret>);
            let body = if is(login.user) {
                quote!(Self(self.0.basic_user(name, password)))
            } else {
                quote! {
                    let pair: (String, Secret) = (name.into(), password.into());
                    self.credential(&SERVICE, &#path, pair)
                }
            };
            (arguments, body)
        }
        SchemeKind::Bearer if is(login.tokens) => {
            (quote!(token: impl Into<Secret>), quote!(self.token_set(TokenSet::bearer(token))))
        }
        SchemeKind::Bearer if login.further.iter().any(|flow| flow.scheme.shares_with(scheme)) => (
            quote!(token: impl Into<Secret>),
            quote! {
                let tokens = TokenSet::bearer(token);
                Self(self.0.set_further_login(#path.credential, |login| login.token_set(tokens)))
            },
        ),
        SchemeKind::ApiKey { .. } if is(login.session) => {
            (quote!(value: impl Into<Secret>), quote!(Self(self.0.session_cookie(value))))
        }
        _ => (quote!(value: impl Into<Secret>), quote!(self.credential(&SERVICE, &#path, value.into()))),
    };
    quote! {
        #comment
        pub fn #name(self, #arguments) -> Self {
            #body
        }
    }
}
