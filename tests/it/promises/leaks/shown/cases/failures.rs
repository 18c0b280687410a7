//! Failures, and what they are told by.

use std::marker::PhantomData;

use super::*;
use zeyos::rest::Invoice;
use zeyos::{Model as _, Query, Row};
use zeyos_core::{NewOf, PatchOf};

static MEMBERS: [Member; 1] = [Member("secret", "secret", Bounds(&[Rule::MaxLength(1)], Within::Secret))];
static BOUNDS: Bounds = Bounds(&[], Within::Members(&MEMBERS, Some(&Bounds(&[Rule::Pattern("^$")], Within::Nothing))));

/// Values with secrets in them that violate rules.
fn violated() -> ValidationError {
    let mut fields = Fields::new();
    fields.set_secret("secret", SECRETS[0].into());
    SECRETS.iter().enumerate().for_each(|(index, secret)| fields.set(format!("member{index}"), Value::from(*secret)));
    validate::fields(&fields, &BOUNDS).unwrap_err()
}

/// Made by a server that echoes.
pub(super) fn all() -> Vec<(&'static str, Case)> {
    vec![
        ("core/src/write/rules.rs Literal", broken),
        ("core/src/write/rules.rs Rule", broken),
        ("core/src/write/rules.rs Rules", broken),
        ("core/src/write/rules.rs Test", broken),
        ("core/src/write/violation.rs Violation", broken),
        ("core/src/write/violation.rs Violations", broken),
        ("core/src/error/contradiction.rs Contradiction", contradicted),
        ("core/src/query/verify/condition.rs Condition", contradicted),
        ("core/src/query/verify/condition.rs Unjudged", contradicted),
        ("core/src/query/columns.rs Columns", |_, transcript| transcript.print(&Ticket::COLUMNS)),
        ("core/src/query/stored.rs QueryError", stored),
        ("core/src/query/stored.rs Selected", |_, transcript| transcript.print(&<Ticket as Row<Ticket>>::selected())),
        ("core/src/view.rs Decides", |_, transcript| transcript.print(&zeyos_core::view::number(3))),
        ("core/src/view.rs NewOf", |_, transcript| transcript.print(&NewOf::<Invoice>(PhantomData))),
        ("core/src/view.rs PatchOf", |_, transcript| transcript.print(&PatchOf::<Invoice>(PhantomData))),
        ("core/src/value_class.rs ValueClass", broken),
        ("core/src/error.rs Error", |stage, transcript| {
            stage.errors.iter().for_each(|error| transcript.error(error));
            transcript.print(&stage.errors);
        }),
        ("core/src/error/decode.rs DecodeError", |stage, transcript| found(stage, transcript, Error::decode_error)),
        ("runtime/src/client/discovery.rs DiscoveryError", |_, transcript| {
            transcript.error(&zeyos_runtime::DiscoveryError::Endpoint("token_endpoint"));
        }),
        ("core/src/validate/violation.rs ValidationError", |_, transcript| transcript.error(&violated())),
        ("core/src/validate/violation.rs Violation", |_, transcript| transcript.print(&violated().violations()[0])),
        ("core/src/validate/violation.rs Rule", |_, transcript| transcript.print(&violated().violations()[0].rule())),
        ("core/src/validate/number.rs Number", |_, transcript| transcript.print(&Number::Integer(7))),
        // What documents say of members, and no value of a call.
        ("core/src/validate.rs Bounds", |_, transcript| transcript.print(&BOUNDS)),
        ("core/src/validate.rs Within", |_, transcript| transcript.print(&BOUNDS.1)),
        ("core/src/validate.rs Member", |_, transcript| transcript.print(&MEMBERS)),
        ("core/src/error/token.rs TokenError", |stage, transcript| {
            found(stage, transcript, Error::token_error);
            let status = StatusCode::BAD_REQUEST;
            transcript.error(&TokenError::Malformed { reason: "it holds no token".into(), status });
        }),
        ("core/src/error/token.rs SessionLoss", |_, transcript| {
            transcript.print(&SessionLoss::Revoked);
            transcript.write(format_args!("{}", SessionLoss::Revoked));
        }),
        ("core/src/error/token.rs ExchangeId", |stage, transcript| {
            let exchanges: Vec<&ExchangeId> = stage.errors.iter().filter_map(Error::exchange_id).collect();
            assert!(!exchanges.is_empty());
            transcript.print(&exchanges);
        }),
        ("core/src/error/throttled.rs Throttled", |stage, transcript| {
            let wire = Wire::answering(|_| {
                let mut answer = answering(429, "text/plain", c::ACCESS.to_owned());
                answer.headers_mut().insert("retry-after", HeaderValue::from_static("99"));
                answer
            });
            let client = armed(wire.client()).token_set(tokens()).build().unwrap();
            let list = || stage.runtime.block_on(client.api().list_tickets(Ticket::query()).into_future());
            transcript.error(&list().unwrap_err());
            transcript.error(list().unwrap_err().throttled_error().unwrap());
        }),
        ("core/src/error/refusal.rs Refusal", |_, transcript| {
            let unusable =
                vec![Unusable { scheme: &zeyos::rest::schemes::OAUTH, reason: "it is missing", remedy: "sign in" }];
            transcript.error(&Refusal { unusable });
        }),
        ("core/src/operation/scheme.rs Credential", |_, transcript| {
            transcript.print(zeyos::rest::schemes::OAUTH.credential)
        }),
        ("core/src/operation/scheme.rs SchemeKind", |_, transcript| {
            transcript.print(&zeyos::rest::schemes::SESSION.kind)
        }),
        ("core/src/operation/scheme.rs SecurityScheme", |_, transcript| {
            transcript.print(&zeyos::rest::schemes::SESSION)
        }),
        ("core/src/operation/scheme.rs Requirement", |_, transcript| {
            transcript.print(&zeyos::Requirement::of(&zeyos::rest::schemes::OAUTH));
        }),
        ("runtime/src/auth/credentials.rs CredentialValue", |_, transcript| {
            transcript.print(&[zeyos::CredentialValue::from(c::ACCESS), ("mara", c::PASSWORD).into()]);
        }),
        ("core/src/error/refusal.rs Unusable", |_, transcript| {
            transcript.print(&Unusable {
                scheme: &zeyos::rest::schemes::OAUTH,
                reason: "it is missing",
                remedy: "sign in",
            });
        }),
        ("runtime/src/oauth2/error.rs LoginError", |stage, transcript| {
            stage.logins.iter().for_each(|error| transcript.error(error));
            transcript.print(&stage.logins);
        }),
        ("runtime/src/event.rs ClientEvent", |stage, transcript| {
            let events: Vec<ClientEvent> = stage.recorded.events();
            assert!(events.iter().any(|event| matches!(event, ClientEvent::RefreshFailed { .. })), "{events:?}");
            transcript.print(&events);
        }),
        ("runtime/src/build_error.rs BuildError", |_, transcript| {
            let builds = [
                Client::builder(url()).build(),
                Client::builder("https://a.example/demo").service_url(&zeyos::rest::SERVICE, url()).build(),
                Client::builder("https://a.example/demo").basic_user("mara", format!("{}\n", c::PASSWORD)).build(),
                Client::builder("https://a.example/demo").session_cookie(format!("ZEYOSID={}", c::COOKIE)).build(),
                Client::builder("https://a.example/demo")
                    .token_set(TokenSet::bearer(format!("{}\n", c::ACCESS)))
                    .build(),
                Client::builder("https://a.example/demo").user_agent(format!("{}\n", c::TYPED)).build(),
            ];
            builds.into_iter().for_each(|built| transcript.error(&built.unwrap_err()));
        }),
        ("runtime/src/transport.rs TransportError", |_, transcript| {
            let error = TransportError::other("reset").with_partial(c::RENEWED_REFRESH);
            transcript.error(&error);
        }),
        ("runtime/src/store.rs StoreError", |_, transcript| {
            let folder = Folder::new("shown");
            std::fs::write(folder.tokens(), format!("{{\"tokens\": \"{}\"", c::REFRESH)).unwrap();
            transcript
                .error(&FileTokenStore::open(folder.tokens()).err().unwrap_or_else(|| StoreError::message("taken")));
        }),
    ]
}

/// The causes of one kind.
fn found<T: std::error::Error + 'static>(stage: &Stage, transcript: &Transcript, cause: impl Fn(&Error) -> Option<&T>) {
    let causes: Vec<&T> = stage.errors.iter().filter_map(cause).collect();
    assert!(causes.len() > 3);
    causes.iter().for_each(|cause| transcript.error(*cause));
}

fn broken(stage: &Stage, transcript: &Transcript) {
    let client = armed(Wire::answering(|_| answering(200, "application/json", String::new())).client());
    let client = client.token_set(tokens()).build().unwrap();
    let new = NewTicket::new(format!("{} ", c::TYPED)).description(format!("{}\n", c::ACCESS));
    let error = stage.runtime.block_on(async { client.api().create_ticket(new).await.unwrap_err() });
    transcript.print(error.violations().unwrap());
    transcript.print(&error.violations().unwrap().all());
    transcript.print(NewTicket::RULES);
    transcript.print(&error);
}

/// Stored queries with secrets as values, each with something that is not known.
fn stored(_: &Stage, transcript: &Transcript) {
    let requests = [
        json!({"filters": {"colour": c::TYPED}}),
        json!({"filters": {"name": {"near": c::TYPED}}}),
        json!({"filters": {"status": {"IN": c::TYPED}}}),
        json!({"limit": c::TYPED}),
        json!({"query": [c::TYPED]}),
    ];
    for request in requests {
        let kept = json!({"resource": "tickets", "request": request});
        let error = Query::<Ticket>::from_json(&kept).map(|_| ()).unwrap_err();
        transcript.error(&error);
        transcript.print(&error);
    }
}

fn contradicted(stage: &Stage, transcript: &Transcript) {
    let rows = |_: &_| answering(200, "application/json", json!([{"ID": 7, "name": c::TYPED}]).to_string());
    let client = armed(Wire::answering(rows).client()).token_set(tokens()).build().unwrap();
    let query = Ticket::query().filter(ticket::NAME.eq(c::ACCESS)).search(c::CODE).select_paths(["name"]).verified();
    let conditions = query.conditions();
    let error = stage.runtime.block_on(async { client.api().list_tickets(query).await.unwrap_err() });
    transcript.print(error.contradiction().unwrap());
    transcript.print(&(conditions[0].unjudged, conditions[1].unjudged));
    transcript.print(&conditions);
    transcript.print(&error);
}
