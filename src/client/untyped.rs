//! Calls without a typed method: by operation id, or by method and path. The same security rules hold.

use std::sync::Arc;

use http::{HeaderValue, Method};
use zeyos_core::call::{Body, RawCall, kind};
use zeyos_core::{
    Call, Content, Dispatch, Fields, Json, JsonMap, Operation, RequestBody, Requirement, ResponseBody, ResponseFormat,
    Safety, SchemeKind, Security, ServiceDescription,
};
use zeyos_generated::zeyos::{auth, oauth2, rest};

use zeyos_runtime::is_plain_path;

/// A call without a typed method, filled in step by step; [`call`](Untyped::call) makes it a [`Call`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use zeyos::{Client, TokenSet};
/// # let zeyos = zeyos_emulator::Emulator::start().await?;
/// # let token = zeyos.credentials().access_token.clone();
/// # let client = Client::builder(zeyos.url()).token_set(TokenSet::bearer(token)).build()?;
/// let body = serde_json::json!({"filters": {"visibility": 0}, "limit": 2});
/// let rows = client.operation("listTickets").json(body).call().await?;
/// assert_eq!(rows.as_array().map(Vec::len), Some(2));
///
/// let error = client.operation("listTicket").call().await.unwrap_err();
/// assert!(error.to_string().contains("did you mean listTickets?"));
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
#[derive(Debug)]
pub struct Untyped {
    call: Call<Json, kind::Any>,
}

/// Paths of the REST service that no document knows.
static UNLISTED: Unlisted = unlisted(&rest::SERVICE, OF_REST);

/// What every operation of the REST service takes.
const OF_REST: Security = &[&[Requirement::of(&rest::schemes::OAUTH)], &[Requirement::of(&rest::schemes::SESSION)]];

/// Any path of a service, by the method.
pub(crate) type Unlisted = [(Method, Operation); 6];

/// Paths of a service that no document knows, with the credentials that they take.
pub(crate) const fn unlisted(service: &'static ServiceDescription, security: Security) -> Unlisted {
    const fn of(service: &'static ServiceDescription, security: Security, method: Method, safety: Safety) -> Operation {
        Operation::new(service, "request", method, "")
            .security(security)
            .safety(safety)
            .success(&[200, 201, 202, 204, 304])
            .body(RequestBody::JSON.optional())
            .answer(ResponseBody::new(ResponseFormat::Any, "application/json"))
    }
    [
        (Method::GET, of(service, security, Method::GET, Safety::Read)),
        (Method::HEAD, of(service, security, Method::HEAD, Safety::Read)),
        (Method::POST, of(service, security, Method::POST, Safety::Create)),
        (Method::PUT, of(service, security, Method::PUT, Safety::Create)),
        (Method::PATCH, of(service, security, Method::PATCH, Safety::Update)),
        (Method::DELETE, of(service, security, Method::DELETE, Safety::Delete)),
    ]
}

fn operations() -> impl Iterator<Item = &'static Operation> {
    rest::operations().chain(oauth2::operations()).chain(auth::operations())
}

impl Untyped {
    pub(super) fn by_id(dispatch: Arc<dyn Dispatch>, id: &str) -> Self {
        let (service, bare) = id.split_once('/').map_or((None, id), |(service, bare)| (Some(service), bare));
        let found: Vec<_> = operations()
            .filter(|operation| operation.id == bare && service.is_none_or(|service| operation.service.name == service))
            .collect();
        match found.as_slice() {
            [operation] => Untyped::new(dispatch, operation),
            [] => Untyped::invalid(dispatch, format!("there is no operation {id:?}; did you mean {}?", nearest(bare))),
            several => {
                let names: Vec<_> =
                    several.iter().map(|operation| format!("{}/{bare}", operation.service.name)).collect();
                Untyped::invalid(dispatch, format!("several services have {id:?}; name one of {}", names.join(", ")))
            }
        }
    }

    pub(super) fn by_path(dispatch: Arc<dyn Dispatch>, method: Method, path: &str) -> Self {
        let services = [&rest::SERVICE, &oauth2::SERVICE, &auth::SERVICE];
        let service = services.into_iter().find(|service| path.starts_with(&format!("{}/", service.path)));
        let inner = service.map_or(path, |service| &path[service.path.len()..]);
        let service = service.unwrap_or(&rest::SERVICE);
        if !is_plain_path(inner) {
            return Untyped::invalid(dispatch, no_path(path));
        }
        let listed = operations().find(|operation| {
            operation.service == service && operation.method == method && fits(operation.path, inner)
        });
        let unlisted = || UNLISTED.iter().find(|(known, _)| *known == method).map(|(_, operation)| operation);
        let operation = match listed {
            Some(operation) => Some(operation),
            None if service == &rest::SERVICE => unlisted(),
            None => None,
        };
        match operation {
            Some(operation) => Untyped { call: Untyped::new(dispatch, operation).call.with_path(inner) },
            None => Untyped::invalid(
                dispatch,
                format!("no document knows {method} {path}, so its credentials are not known either"),
            ),
        }
    }

    /// A call of a path that no document knows.
    #[cfg(feature = "cozy")]
    pub(crate) fn unlisted(
        dispatch: Arc<dyn Dispatch>,
        operations: &'static Unlisted,
        method: &Method,
        path: &str,
    ) -> Self {
        let operation = operations.iter().find(|(known, _)| known == method).map(|(_, operation)| operation);
        match operation {
            Some(operation) if is_plain_path(path) => {
                Untyped { call: Untyped::new(dispatch, operation).call.with_path(path) }
            }
            Some(_) => Untyped::invalid(dispatch, no_path(path)),
            None => Untyped::invalid(dispatch, format!("{method} is not a method of these paths")),
        }
    }

    fn new(dispatch: Arc<dyn Dispatch>, operation: &'static Operation) -> Self {
        Untyped { call: RawCall::new(&dispatch, operation).typed() }
    }

    /// A call that fails when it is awaited, so that the error comes out where the others do.
    fn invalid(dispatch: Arc<dyn Dispatch>, reason: String) -> Self {
        let [(_, operation), ..] = &UNLISTED;
        Untyped { call: Untyped::new(dispatch, operation).call.invalid(reason) }
    }

    /// Fills a path parameter of the operation.
    pub fn path_parameter(self, name: &str, value: impl ToString) -> Self {
        Untyped { call: self.call.with_segment(name, &value.to_string()) }
    }

    /// Adds a query parameter.
    pub fn query(self, name: &str, value: impl ToString) -> Self {
        Untyped { call: self.call.with_query(name, &value.to_string()) }
    }

    /// Sets the members of the body; the service decides how they are written. Anything but an object is sent as JSON. What a call
    /// holds that signs in, or that names a token, is kept out of dry runs, and so are values under names such as `password`, at
    /// any depth. `Debug` shows no text at all.
    pub fn json(self, body: Json) -> Self {
        let body = match body {
            Json::Object(members) if names_secrets(self.call.request().operation) => Body::Fields(secret(members)),
            Json::Object(members) => Body::Fields(Fields::from(members)),
            other => Body::Content(HeaderValue::from_static("application/json"), other.to_string().into()),
        };
        Untyped { call: self.call.with_raw_body(body) }
    }

    /// Sets the body to these bytes, of this media type.
    pub fn content(self, media_type: HeaderValue, content: impl Into<Content>) -> Self {
        Untyped { call: self.call.with_raw_body(Body::Content(media_type, content.into())) }
    }

    /// The call. Its answer is JSON; text becomes a JSON text, an empty answer null.
    pub fn call(self) -> Call<Json, kind::Any> {
        self.call
    }
}

fn no_path(path: &str) -> String {
    format!(
        "{path:?} is not a path: it starts with a slash, has no `..`, query or fragment, and anything else is encoded"
    )
}

/// Whether the body may hold passwords, codes or tokens.
fn names_secrets(operation: &Operation) -> bool {
    operation.safety == Safety::TokenExchange
        || operation.schemes().any(|scheme| matches!(scheme.kind, SchemeKind::Basic(_)))
}

/// Members whose values are secrets, at any depth.
fn secret(members: JsonMap) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in members {
        match value {
            Json::String(text) => fields.set_secret(name, text.into()),
            Json::Null => fields.set(name, Json::Null),
            other => fields.set_hidden(name, other),
        }
    }
    fields
}

/// Whether a path fits a template: the same segments, a parameter for any one.
fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(want, have)| want == have || want.starts_with('{') && !have.is_empty())
}

/// The known id that takes the fewest changes to reach.
fn nearest(id: &str) -> &'static str {
    operations().map(|operation| operation.id).min_by_key(|known| distance(id, known)).unwrap_or_default()
}

/// Changes of one character that turn one text into the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let changed = diagonal + usize::from(!from.eq_ignore_ascii_case(to));
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_names_the_operation() {
        assert_eq!(nearest("listTicket"), "listTickets");
        assert_eq!(nearest("GETTICKET"), "getTicket");
        assert_eq!(nearest("listCategories"), "listCategorys");
    }

    #[test]
    fn templates_fit_whole_paths() {
        assert!(fits("/tickets/{ID}", "/tickets/7") && fits("/", "/") && fits("/token/revoke", "/token/revoke"));
        assert!(
            !fits("/tickets/{ID}", "/tickets/")
                && !fits("/tickets/{ID}", "/tickets/7/x")
                && !fits("/tickets", "/ticket")
        );
    }
}
