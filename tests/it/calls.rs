//! Every typed method once through the real middleware: what goes out is what the documents say.

use std::collections::BTreeMap;

use zeyos::{AuthMode, Client, ClientAuthMethod, TokenSet, Validation};

use crate::document::{Configured, Document, Extent, Operation, security};
use crate::emitted::{Log, Noted, documents};
use crate::wire::{INSTANCE, Recorder};

const EVERYTHING: Configured =
    Configured { token: true, session: true, client: true, user: true, pair_in_body: false, bare: false };

/// Answers every request by the document of its operation.
fn server(extent: Extent) -> Recorder {
    Recorder::new(move |request| {
        let uri = request.uri().to_string();
        let path = uri.strip_prefix(INSTANCE).unwrap().split('?').next().unwrap();
        let mut operations = Document::all().iter().flat_map(Document::operations);
        let operation = operations.find(|operation| operation.is(request.method().as_str(), path));
        operation.unwrap_or_else(|| panic!("no document has {} {path}", request.method())).answer(extent)
    })
}

fn client(server: &Recorder, configured: Configured) -> Client {
    let mut builder = server.builder();
    if configured.token {
        builder = builder.token_set(TokenSet::bearer(security::TOKEN));
    }
    if configured.session {
        builder = builder.session_cookie(security::COOKIE);
    }
    if configured.client {
        builder = builder.client_credentials(security::CLIENT.0, security::CLIENT.1);
    }
    if configured.user {
        builder = builder.basic_user(security::USER.0, security::USER.1);
    }
    let method = if configured.pair_in_body { ClientAuthMethod::Body } else { ClientAuthMethod::Basic };
    let mode = if configured.bare { AuthMode::None } else { AuthMode::Auto };
    // The values are of the types that the documents name, and keep no rule of a table.
    builder.client_auth_method(method).auth_mode(mode).validation(Validation::Off).build().unwrap()
}

/// Makes every call and compares it with its operation. Returns how many were refused for lack of a credential.
async fn every_call(configured: Configured, extent: Extent) -> usize {
    let server = server(extent);
    let mut log = Log::new(server.clone());
    documents::calls(&client(&server, configured), &mut log).await;

    let operations: Vec<Operation<'_>> = Document::all().iter().flat_map(Document::operations).collect();
    let mut known: BTreeMap<String, &Operation<'_>> =
        operations.iter().map(|operation| (operation.full_id(), operation)).collect();
    assert_eq!((operations.len(), log.calls.len()), (360, 360));
    let mut refused = 0;
    for noted in log.calls {
        let operation =
            known.remove(noted.id).unwrap_or_else(|| panic!("{} is not an operation, or came twice", noted.id));
        refused += usize::from(!compared(noted, operation, configured));
    }
    assert_eq!(known.into_keys().collect::<Vec<_>>(), Vec::<String>::new(), "operations without a call");
    refused
}

/// Whether the call was sent, and as the document says.
fn compared(noted: Noted, operation: &Operation<'_>, configured: Configured) -> bool {
    let Some(expected) = operation.request(configured) else {
        let error = noted.outcome.expect_err(noted.id);
        assert!(error.refusal().is_some() || error.token_error().is_some(), "{}: {error:?}", noted.id);
        assert_eq!(noted.sent, [], "{}", noted.id);
        return false;
    };
    noted.outcome.unwrap_or_else(|error| panic!("{}: {error:?}", noted.id));
    assert_eq!(noted.sent, [expected], "{}", noted.id);
    true
}

#[tokio::test]
async fn every_method_sends_what_the_documents_say() {
    assert_eq!(every_call(EVERYTHING, Extent::Least).await, 0);
}

#[tokio::test]
async fn full_answers_can_be_read_too() {
    assert_eq!(every_call(EVERYTHING, Extent::Plain).await, 0);
    assert_eq!(every_call(EVERYTHING, Extent::Expanded).await, 0);
}

#[tokio::test]
async fn without_a_token_the_cookie_goes_where_it_may_and_the_rest_is_refused() {
    let refused = every_call(Configured { token: false, ..EVERYTHING }, Extent::Least).await;
    assert_eq!(refused, 1, "the legacy logout takes a token only");
}

#[tokio::test]
async fn without_any_credential_only_what_asks_for_none_is_sent() {
    let nothing =
        Configured { token: false, session: false, client: false, user: false, pair_in_body: false, bare: false };
    assert_eq!(every_call(nothing, Extent::Least).await, 358);
}

#[tokio::test]
async fn the_pair_of_the_client_stands_in_the_body_or_in_the_header_never_in_both() {
    assert_eq!(every_call(Configured { pair_in_body: true, ..EVERYTHING }, Extent::Least).await, 0);
}

#[tokio::test]
async fn the_mode_none_sends_every_call_bare() {
    assert_eq!(every_call(Configured { bare: true, ..EVERYTHING }, Extent::Least).await, 0);
}
