//! One case for each type.

mod failures;
#[cfg(all(feature = "blocking", feature = "testing", feature = "tower"))]
mod kit;
mod sets;
mod stores;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use zeyos::legacy_auth::LoginRequest;
use zeyos::oauth2::raw::issuers::OAUTH;
use zeyos::oauth2::raw::{AuthorizeQuery, ResponseType};
use zeyos::oauth2::{Browser, Callback, CodeVerifier, LoopbackReceiver};
use zeyos::rest::{Entity, Link, NewTicket, Priority, Ticket, TicketPatch, link, ticket};
use zeyos::store::{
    Asked, Commit, FileFacts, FileKind, FileSystem as _, Lineage, MemoryTokenStore, Pending, StoreContents,
    SystemFiles, TokenRecord,
};
use zeyos::{
    BaseUrl, BoxFuture, ByteStream, Call, CallOptions, CheckSubject, Client, ClientEvent, Composite, Conditional,
    Content, Count, Decoding, Dispatch, Drift, DryRun, Encoding, Error, ExchangeId, Fields, FilePart, FileTokenStore,
    FurtherLogin, HttpSettings, HttpTransport, Id, Identity, JsonMap, JsonRow, ListCursor, Login, Operation, Platform,
    RefreshLimits, Refusal, RequestBody, RequestId, ResponseBody, RetryAfter, RetryPolicy, RetryRules, Secret,
    ServiceDescription, SessionLoss, StoreError, Style, Timestamp, TokenError, TokenIssuer, TokenSet, TransportBody,
    TransportError, TransportRequest, Unusable, kind,
};
use zeyos_core::call::{Body, Parameter, Request, Sent};
use zeyos_core::decode::{Sign, Tag};
use zeyos_core::emitted::RawCall;
use zeyos_core::validate::{self, Bounds, Member, Number, Rule, ValidationError, Within};
use zeyos_core::{Base64, Confidential, Date, DateTime, Decimal, PageInput, Paging, PagingKind, Uuid};

use super::{Stage, login, members, mute_members, url};
use crate::auth::support::{Wire, answering, empty};
use crate::promises::leaks::{SECRETS, armed, c, tokens};
use crate::support::folder::Folder;
use crate::support::transcript::Transcript;

/// A stream that no one reads.
struct Typed;

impl Stream for Typed {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(Bytes::from_static(c::TYPED.as_bytes()))))
    }
}

/// What a case prints.
pub(super) type Case = fn(&Stage, &Transcript);

pub(super) fn all() -> BTreeMap<&'static str, Case> {
    let cases = calls()
        .into_iter()
        .chain(answers())
        .chain(values())
        .chain(failures::all())
        .chain(sets::all())
        .chain(stores::all())
        .chain(clients());
    #[cfg(all(feature = "blocking", feature = "testing", feature = "tower"))]
    let cases = cases.chain(kit::all());
    let all: Vec<(&'static str, Case)> = cases.collect();
    let count = all.len();
    let all: BTreeMap<_, _> = all.into_iter().collect();
    assert_eq!(all.len(), count, "a case stands twice");
    all
}

fn map(value: Value) -> JsonMap {
    match value {
        Value::Object(members) => members,
        other => panic!("no object: {other}"),
    }
}

const KEY: HeaderName = HeaderName::from_static("x-key");

fn key() -> HeaderValue {
    HeaderValue::from_static(c::LEGACY)
}

/// A request with canaries in query, body and headers.
fn request(stage: &Stage) -> Request {
    let mut request = Request::new(stage.client.api().create_ticket(NewTicket::new("x")).request().operation);
    request.path = format!("/tickets/{}", c::TYPED);
    request.query = vec![("token".into(), c::ACCESS.into()), ("q".into(), c::TYPED.into())];
    request.body = Body::Fields(map(mute_members()).into());
    request.headers.insert(KEY, key());
    request.options.headers.insert(KEY, key());
    request
}

/// Calls and what they are made of.
fn calls() -> Vec<(&'static str, Case)> {
    vec![
        ("core/src/call.rs Call", |stage, transcript| {
            let api = stage.client.api();
            let filter = ticket::NAME.eq(c::TYPED);
            transcript.print(&api.list_tickets(Ticket::query().filter(filter)).header(KEY, key()));
            transcript.print(&(api.create_ticket(NewTicket::new(c::TYPED)), NewTicket::new(c::TYPED)));
            transcript.print(&api.update_ticket(Id::new(7), TicketPatch::new().name(c::TYPED)));
            transcript.print(&stage.client.legacy_auth().raw().login(LoginRequest::new(
                "mara",
                c::LOGIN_PASSWORD,
                c::TYPED,
            )));
            let query = AuthorizeQuery::new("app", url(), ResponseType::Code).state(c::STATE);
            transcript.print(&(stage.client.oauth2().raw().authorize(query.clone()), query));
        }),
        ("core/src/call/request.rs Cookie", |_, transcript| {
            transcript.print(&zeyos_core::call::Cookie { name: "lang", value: c::TYPED.into(), is_secret: false });
        }),
        ("core/src/call/request.rs Request", |stage, transcript| transcript.print(&request(stage))),
        ("core/src/call/body.rs Body", |_, transcript| {
            let bytes = Bytes::from(mute_members().to_string());
            transcript.print(&Body::Content(HeaderValue::from_static("application/json"), bytes.into()));
            transcript.print(&(Body::Empty, Body::Fields(map(mute_members()).into())));
        }),
        ("core/src/call/content.rs Content", |_, transcript| {
            transcript.print(&(Content::from(c::TYPED), Content::stream(Typed).with_length(7), Content::stream(Typed)));
        }),
        ("core/src/call/content.rs Opened", |_, transcript| {
            transcript.print(&(Content::from(c::TYPED).open(), Content::stream(Typed).open()));
        }),
        ("core/src/call/file.rs FilePart", |_, transcript| {
            transcript.print(&FilePart::new(c::TYPED, c::LEGACY).media_type(c::TYPED));
        }),
        ("core/src/call/stream.rs ByteStream", |_, transcript| {
            transcript.print(&ByteStream::<Error>::from(Bytes::from_static(c::TYPED.as_bytes())));
        }),
        ("core/src/call/events.rs ServerSentEvent", |_, transcript| {
            transcript.print(&SECRETS.map(|secret| zeyos_core::ServerSentEvent::new(Secret::from(secret), "pen", "7")));
        }),
        ("core/src/call/events.rs EventStream", events),
        ("core/src/call/listing.rs PageStream", lists),
        ("core/src/call/listing.rs RowStream", lists),
        ("core/src/call/listing/cursor.rs ListCursor", lists),
        ("core/src/call/listing/cursor.rs ParseCursorError", |_, transcript| {
            transcript.print(&SECRETS.map(|secret| secret.parse::<ListCursor>().map_err(|error| error.to_string())));
        }),
        ("core/src/call/pages.rs ItemStream", pages),
        ("core/src/model/enums.rs ParseEnumError", |_, transcript| {
            let errors = SECRETS.map(|secret| secret.parse::<Entity>().unwrap_err());
            transcript.print(&errors);
            transcript.write(format_args!("{}", errors[0]));
        }),
        ("core/src/model/enums.rs UnknownCode", |_, transcript| transcript.print(&Priority::from_code(77))),
        ("core/src/model/enums.rs UnknownText", |_, transcript| transcript.print(&Entity::from_text("planets"))),
        ("core/src/model/custom.rs Custom", |_, transcript| transcript.print(&zeyos::Custom::from(Decimal::from(7)))),
        #[cfg(feature = "rust_decimal")]
        ("core/src/model/number/decimal.rs NoDecimal", |_, transcript| {
            transcript.error(&zeyos::to_decimal(f64::NAN).unwrap_err())
        }),
        ("core/src/model/formats.rs Decimal", |_, transcript| transcript.print(&Decimal::from(7))),
        ("core/src/model/formats.rs FormatError", |_, transcript| {
            let errors = SECRETS.map(|secret| secret.parse::<Uuid>().unwrap_err());
            transcript.print(&errors);
            transcript.write(format_args!("{}", errors[0]));
        }),
        ("core/src/model/formats/base64.rs Base64", |_, transcript| transcript.print(&Base64::encode(b"pen"))),
        ("core/src/model/formats/time.rs Date", |_, transcript| transcript.print(&Date::new(2026, 1, 2))),
        ("core/src/model/formats/time.rs DateTime", |_, transcript| transcript.print(&DateTime::from_unix(0))),
        ("core/src/model/formats/uuid.rs Uuid", |_, transcript| transcript.print(&Uuid::from_bytes([7; 16]))),
        ("core/src/operation/paging.rs PageInput", |_, transcript| transcript.print(&PageInput::Query("page"))),
        ("core/src/operation/paging.rs Paging", |_, transcript| transcript.print(&Paging::new(PagingKind::Cursor))),
        ("core/src/call/options.rs CallOptions", |_, transcript| {
            let mut options = CallOptions::default();
            options.headers.insert(KEY, key());
            transcript.print(&options);
        }),
        ("core/src/call/sent.rs Sent", |_, transcript| transcript.print(&Sent::new(SECRETS.map(Secret::from)))),
        ("core/src/confidential.rs Confidential", |_, transcript| {
            transcript.print(&Confidential::new(SECRETS.map(Secret::from).to_vec()));
            transcript.print(&Confidential::new(mute_members()));
        }),
        ("core/src/fields.rs Fields", |_, transcript| {
            let mut fields = Fields::from(map(mute_members()));
            fields.set_secret("x", c::TYPED.into());
            fields.set_hidden("y", mute_members());
            fields.set_confidential("z", SECRETS.map(Secret::from).to_vec());
            transcript.print(&fields);
            let mut fields = Fields::from(map(members()));
            fields.set_hidden("y", mute_members());
            transcript.write(format_args!("{}", Value::Object(fields.redacted())));
        }),
        ("core/src/query/request.rs Query", |_, transcript| {
            transcript.print(&Ticket::query().filter(ticket::NAME.eq(c::TYPED)).search(c::LEGACY));
        }),
        ("core/src/query/filter.rs Filter", |_, transcript| {
            transcript.print(&(ticket::NAME.eq(c::TYPED) & !ticket::NAME.one_of([c::LEGACY, c::CODE])));
            transcript.print(&link::PASSWORD.eq(Secret::from(c::PASSWORD)));
        }),
        ("core/src/query/column.rs Column", |_, transcript| transcript.print(&link::PASSWORD)),
        ("core/src/query/column.rs Sort", |_, transcript| transcript.print(&ticket::NAME.desc())),
        ("src/client/untyped.rs Untyped", |stage, transcript| {
            for operation in ["createTicket", "login", "getToken", "introspectToken", "listTickets"] {
                let untyped = stage.client.operation(operation);
                transcript.print(&untyped.json(mute_members()).query("token", c::ACCESS).query("q", c::TYPED));
                transcript.print(&stage.client.operation(operation).json(json!([mute_members(), c::TYPED])));
                transcript.print(&stage.client.operation("getTicket").path_parameter("ID", c::TYPED));
                transcript.print(&stage.client.operation(c::TYPED.split('/').next().unwrap()).json(mute_members()));
            }
            transcript.print(&stage.client.request(Method::PUT, "/gadgets").json(mute_members()));
        }),
        ("core/src/call/dispatch.rs DryRun", dry_runs),
    ]
}

/// A server that says one thing, as an event.
struct Says;

impl Dispatch for Says {
    fn send(self: Arc<Self>, _: Request) -> BoxFuture<Result<http::Response<Bytes>, Error>> {
        Box::pin(std::future::pending())
    }

    fn send_streamed(self: Arc<Self>, _: Request) -> BoxFuture<Result<http::Response<ByteStream>, Error>> {
        let body = Bytes::from(format!("id: {}\ndata: {}\n\ndata: {}", c::LEGACY, c::TYPED, c::CODE));
        Box::pin(std::future::ready(Ok(http::Response::new(body.into()))))
    }

    fn dry_run(&self, _: Request) -> Result<DryRun, Error> {
        Err(Error::request("nothing is shown"))
    }
}

fn pages(stage: &Stage, transcript: &Transcript) {
    let dispatch: Arc<dyn Dispatch> = Arc::new(Says);
    let call: Call<i64, kind::Paged<i64>> = RawCall::new(&dispatch, &PENS).typed();
    let mut items = call.with_query("token", c::ACCESS).stream();
    transcript.print(&items);
    drop(stage.runtime.block_on(async { tokio::time::timeout(std::time::Duration::ZERO, items.next()).await }));
    transcript.print(&items);
}

/// Whose query looks for secrets, and whose cursor is shown.
fn lists(stage: &Stage, transcript: &Transcript) {
    let rows = |_: &_| answering(200, "application/json", json!([{"ID": 7, "name": c::TYPED}]).to_string());
    let client = armed(Wire::answering(rows).client()).token_set(tokens()).build().unwrap();
    let query = Ticket::query().filter(ticket::NAME.eq(c::ACCESS)).search(c::CODE).select_paths(["name"]);
    let call = client.api().list_tickets(query);
    let (mut rows, mut pages) = (call.clone().stream(), call.pages());
    transcript.print(&rows);
    transcript.print(&pages);
    stage.runtime.block_on(async {
        rows.next().await.unwrap().unwrap();
        pages.next().await.unwrap().unwrap();
        // The same row again is an error.
        transcript.print(&rows.next().await.unwrap().err());
        transcript.print(&pages.next().await.unwrap().err());
    });
    transcript.print(&rows);
    transcript.print(&pages);
    transcript.print(&(rows.cursor(), pages.cursor()));
}

static SERVICE: ServiceDescription = ServiceDescription::new("pens", "/pens");
static PENS: Operation = Operation::new(&SERVICE, "pens", Method::GET, "/pens");

fn events(stage: &Stage, transcript: &Transcript) {
    let dispatch: Arc<dyn Dispatch> = Arc::new(Says);
    let call: Call<i64, kind::Events> = RawCall::new(&dispatch, &PENS).typed();
    let mut events = stage.runtime.block_on(call.events()).unwrap().into_inner();
    transcript.print(&events);
    transcript.print(&stage.runtime.block_on(events.next()).unwrap().err().map(|error| error.to_string().len()));
    transcript.print(&events);
}

fn dry_runs(stage: &Stage, transcript: &Transcript) {
    let mut dry = DryRun::new(Method::GET, url());
    transcript.write(format_args!("{}", dry.url));
    dry.url = url();
    dry.headers = vec![("x-api-key".into(), c::LEGACY.into()), ("Authorization".into(), c::ACCESS.into())];
    dry.body = Some(map(members()));
    transcript.print(&dry);
    transcript.write(format_args!("{dry} {dry:#}"));
    let mut header = key();
    header.set_sensitive(true);
    for untyped in [
        stage.client.operation("createLink").json(members()).query("token", c::ACCESS),
        stage.client.operation("login").json(mute_members()),
        stage.client.operation("getToken").json(mute_members()),
        stage.client.operation("introspectToken").json(mute_members()),
    ] {
        let dry = untyped.call().header(KEY, header.clone()).dry_run().unwrap();
        transcript.print(&dry);
        transcript.write(format_args!("{dry} {} {:?} {:?}", dry.url, dry.headers, dry.body));
    }
    let links = Link::query().filter(link::PASSWORD.eq(Secret::from(c::PASSWORD)));
    transcript.write(format_args!("{}", stage.client.api().list_links(links).dry_run().unwrap()));
    let query = AuthorizeQuery::new("app", "https://app.example.com/cb", ResponseType::Code).state(c::STATE);
    transcript.write(format_args!("{}", stage.client.oauth2().raw().authorize(query).dry_run().unwrap()));
}

/// What came back.
fn answers() -> Vec<(&'static str, Case)> {
    vec![
        ("core/src/call/answer.rs Redirect", |stage, transcript| {
            let wire = Wire::answering(|_| {
                let mut answer = empty(303);
                answer
                    .headers_mut()
                    .insert("location", HeaderValue::from_bytes(url().replace('\u{f6}', "").as_bytes()).unwrap());
                answer
            });
            let client = armed(wire.client()).build().unwrap();
            let query = AuthorizeQuery::new("app", "https://app.example.com/cb", ResponseType::Code);
            let answer = stage.runtime.block_on(client.oauth2().raw().authorize(query).into_future()).unwrap();
            transcript.print(&answer.into_inner());
        }),
        ("core/src/call/answer.rs WithBody", |stage, transcript| {
            let wire = Wire::answering(|_| {
                answering(200, "application/json", json!([{"ID": 7, "password": c::PASSWORD}]).to_string())
            });
            let client = armed(wire.client()).token_set(tokens()).decoding(Decoding::Tolerant).build().unwrap();
            let links = client.api().list_links(Link::query()).with_body();
            transcript.print(&stage.runtime.block_on(links.into_future()).unwrap().into_inner());
        }),
        ("core/src/call/answer.rs Conditional", |_, transcript| {
            transcript.print(&(Conditional::Modified(Secret::from(c::PASSWORD)), Conditional::<Secret>::NotModified));
        }),
        ("core/src/call/answer.rs Count", |_, transcript| transcript.print(&Count::from(7))),
        ("core/src/query/projection.rs JsonRow", |_, transcript| transcript.print(&JsonRow(map(members())))),
        ("core/src/model/composite.rs Composite", |_, transcript| {
            let composite: Composite<Secret, Id<Ticket>> = Composite::Plain(Secret::from(c::PASSWORD));
            transcript.print(&composite);
        }),
        ("core/src/decode/drift.rs Drift", |stage, transcript| {
            let row = json!([{"ID": 7, "token": c::ACCESS, (c::ACCESS): 1, "status": 99}]).to_string();
            let wire = Wire::answering(move |_| answering(200, "application/json", row.clone()));
            let told = Arc::new(Mutex::new(Vec::new()));
            let heard = Arc::clone(&told);
            let client = armed(wire.client()).token_set(tokens()).decoding(Decoding::Tolerant);
            let client = client.on_event(move |event| heard.lock().unwrap().push(event.clone())).build().unwrap();
            stage.runtime.block_on(client.api().list_tickets(Ticket::query()).into_future()).unwrap();
            let told = told.lock().unwrap();
            assert!(
                told.iter().any(|event| matches!(event, ClientEvent::Drift { drift: Drift::UnknownMember { .. }, .. }))
            );
            told.iter().for_each(|event| transcript.print(event));
        }),
        ("core/src/request_id.rs RequestId", |_, transcript| transcript.print(&RequestId::new(1, 26))),
        ("core/src/decode.rs FilledDefault", |_, transcript| {
            let body = json!({"ID": 7, "token": c::ACCESS}).to_string();
            let (_, defaulted) = zeyos_core::decode::json::<Ticket>(body.as_bytes(), Decoding::Tolerant).unwrap();
            assert!(!defaulted.is_empty());
            transcript.print(&defaulted);
        }),
    ]
}

/// Small values, and what describes a service.
fn values() -> Vec<(&'static str, Case)> {
    vec![
        // What documents say of parameters and unions, and no value of a call.
        ("core/src/call/parameter.rs Parameter", |_, transcript| {
            transcript.print(&Parameter::query("token", Style::Form, true));
        }),
        ("core/src/decode/sign.rs Sign", |_, transcript| transcript.print(&Sign::Is("kind", &[Tag::Text("token")]))),
        ("core/src/decode/sign.rs Tag", |_, transcript| transcript.print(&Tag::Text("token"))),
        ("core/src/secret.rs Secret", |_, transcript| transcript.print(&SECRETS.map(Secret::from))),
        ("core/src/model/id.rs Id", |_, transcript| {
            transcript.print(&Id::<Ticket>::new(7));
            transcript.write(format_args!("id {}", Id::<Ticket>::new(7)));
        }),
        #[cfg(any(feature = "chrono", feature = "jiff"))]
        ("core/src/model/timestamp/convert.rs OutOfRange", |_, transcript| {
            let far = Timestamp::from_unix(i64::MAX);
            transcript.print(&zeyos_core::model::OutOfRange::of(far));
        }),
        ("core/src/model/timestamp.rs Timestamp", |_, transcript| {
            transcript.print(&Timestamp::from_unix(1));
            transcript.write(format_args!("{}", Timestamp::from_unix(1)));
        }),
        ("core/src/retry_after.rs RetryAfter", |_, transcript| transcript.print(&RetryAfter::parse("7"))),
        ("core/src/operation.rs ServiceDescription", |_, transcript| transcript.print(&zeyos::rest::SERVICE)),
        ("core/src/operation/body.rs RequestBody", |_, transcript| transcript.print(&RequestBody::MULTIPART)),
        ("core/src/operation/body.rs ResponseBody", |_, transcript| transcript.print(&ResponseBody::RECORD)),
        ("core/src/operation/body.rs Encoding", |_, transcript| {
            transcript.print(&Encoding::new("photo").media_type("image/png"))
        }),
        ("core/src/operation.rs Operation", |stage, transcript| transcript.print(request(stage).operation)),
        ("core/src/retry.rs RetryPolicy", |_, transcript| {
            transcript.print(&RetryPolicy::Custom(RetryRules::patient()));
            transcript.print(&RetryPolicy::Standard);
        }),
        ("core/src/retry.rs RetryRules", |_, transcript| transcript.print(&RetryRules::patient().retry_creates())),
        ("runtime/src/auth/limits.rs RefreshLimits", |_, transcript| transcript.print(&RefreshLimits::default())),
        ("runtime/src/token_set.rs TokenSet", |_, transcript| {
            let members =
                json!({"access_token": c::ACCESS, "refresh_token": c::REFRESH, "token_type": "Bearer", "x": c::TYPED});
            transcript.print(&(tokens(), TokenSet::normalize(&members)));
        }),
        ("runtime/src/oauth2/pkce.rs CodeVerifier", |_, transcript| transcript.print(&CodeVerifier::new(c::VERIFIER))),
        ("runtime/src/oauth2/pkce.rs CodeChallenge", |_, transcript| {
            transcript.print(&CodeVerifier::new(c::VERIFIER).challenge())
        }),
    ]
}

/// The client that ours stands on, with secrets.
fn foundation() -> zeyos_runtime::Client {
    let login = Login::new(OAUTH.credential).service(&zeyos::oauth2::raw::SERVICE, [], &[&OAUTH]);
    let builder = zeyos_runtime::ClientBuilder::<zeyos_runtime::Client>::new("https://erp.example.com/demo", login);
    builder.token_set(tokens()).client_credentials("app", c::CLIENT_SECRET).build().unwrap()
}

fn clients() -> Vec<(&'static str, Case)> {
    vec![
        ("src/client.rs Client", |stage, transcript| transcript.print(&stage.client)),
        ("src/client/check.rs Check", |stage, transcript| transcript.print(&stage.client.check())),
        ("src/client/check.rs CheckReport", |stage, transcript| {
            transcript.print(&stage.runtime.block_on(stage.client.check().into_future()));
        }),
        ("src/client/check.rs Finding", |stage, transcript| {
            let report = stage.runtime.block_on(stage.client.check().into_future());
            report.findings().iter().for_each(|finding| transcript.print(finding));
        }),
        ("src/client/check.rs CheckSubject", |_, transcript| transcript.print(&CheckSubject::Clock)),
        ("runtime/src/client.rs Client", |_, transcript| transcript.print(&foundation())),
        ("runtime/src/oauth2.rs OAuth2", |_, transcript| transcript.print(&foundation().oauth2(&OAUTH))),
        ("runtime/src/auth/handle.rs Handle", |_, transcript| transcript.print(&foundation().handle())),
        ("runtime/src/auth/identity.rs Identity", |_, transcript| {
            transcript.print(&Identity::from(tokens()).session_cookie(c::COOKIE).basic_user("mara", c::PASSWORD));
        }),
        ("runtime/src/auth/login.rs Login", |_, transcript| transcript.print(&Login::new(OAUTH.credential))),
        ("runtime/src/token_set/issuer.rs TokenIssuer", |_, transcript| transcript.print(&TokenIssuer::from(&OAUTH))),
        ("core/src/operation/issuer.rs Issuer", |_, transcript| transcript.print(&OAUTH)),
        ("core/src/operation/issuer.rs Revocation", |_, transcript| transcript.print(&OAUTH.revocation)),
        ("runtime/src/client/further.rs FurtherLogin", |_, transcript| {
            let identity = Identity::from(tokens()).session_cookie(c::COOKIE).basic_user("mara", c::PASSWORD);
            let login = Login::new(OAUTH.credential);
            let login = FurtherLogin::new(login).identity(identity);
            transcript.print(&login.client_credentials("app", c::CLIENT_SECRET));
        }),
        ("runtime/src/transport/reqwest.rs HttpTransport", |_, transcript| {
            transcript.print(&HttpTransport::new().unwrap());
        }),
        ("core/src/call/upload.rs Upload", |_, transcript| {
            let folder = Folder::new("shown");
            let path = folder.path().join("drawing.bin");
            std::fs::write(&path, c::ACCESS).unwrap();
            transcript.print(&zeyos::rest::BinFileContent::from_path(path).unwrap());
        }),
        ("runtime/src/transport/reqwest/settings.rs HttpSettings", |_, transcript| {
            let settings = HttpSettings::new().proxy(format!("http://m:{}@proxy.example", c::PASSWORD));
            #[cfg(any(feature = "rustls", feature = "native-tls"))]
            let settings = settings.root_certificates(c::TYPED).client_certificate(c::TYPED, c::CLIENT_SECRET);
            transcript.print(&settings);
        }),
        #[cfg(feature = "testing")]
        ("src/testing.rs Mock", |stage, transcript| {
            let mock = zeyos::testing::Mock::new().answer(json!({"ID": 7, "name": c::TYPED}));
            let client = mock.client().unwrap();
            stage.runtime.block_on(client.api().create_ticket(NewTicket::new(c::TYPED)).into_future()).unwrap();
            transcript.print(&mock);
        }),
        #[cfg(feature = "testing")]
        ("src/testing.rs SentRequest", |stage, transcript| {
            let mock = zeyos::testing::Mock::new().answer(json!([]));
            let query = Ticket::query().filter(ticket::NAME.eq(c::TYPED));
            let client = mock.client().unwrap();
            stage.runtime.block_on(client.api().list_tickets(query).into_future()).unwrap();
            assert!(mock.sent()[0].body.as_ref().unwrap().to_string().contains(c::TYPED));
            transcript.print(&mock.sent());
        }),
        ("runtime/src/client/builder.rs ClientBuilder", |stage, transcript| {
            let builder = armed(Client::builder(url())).token_set(tokens()).user_agent(c::TYPED);
            transcript.print(&builder.service_url(&zeyos::rest::SERVICE, url()));
            let _ = stage;
        }),
        ("runtime/src/client/base_url.rs BaseUrl", |_, transcript| {
            transcript.print(&(BaseUrl::from(url()), Platform::origin(url()).instance("demo")));
            transcript.print(&BaseUrl::from(format!("https:m:{}", c::IN_URL)));
        }),
        ("runtime/src/client/server.rs Server", |_, transcript| {
            const TENANT: &[zeyos_runtime::ServerVariable] =
                &[zeyos_runtime::ServerVariable::new("tenant", "demo", &[])];
            let server = zeyos_runtime::Server::new("/{tenant}", TENANT).variable("tenant", c::IN_URL).below(&url());
            transcript.print(&server);
            transcript.print(&BaseUrl::from(server.variable("tenant", format!("/{}", c::IN_URL))));
        }),
        ("runtime/src/client/server.rs ServerVariable", |_, transcript| {
            transcript.print(&zeyos_runtime::ServerVariable::new("tenant", "demo", &["demo"]));
        }),
        ("core/src/operation.rs ServiceRoot", |_, transcript| {
            transcript.print(&zeyos_core::ServiceRoot::At("https://erp.example.com"));
        }),
        ("src/client/platform.rs Platform", |_, transcript| {
            transcript
                .print(&(Platform::origin(url()), Platform::origin(format!("https://m:{}@a.example", c::IN_URL))));
        }),
        ("runtime/src/auth.rs Auth", |stage, transcript| transcript.print(&stage.client.auth())),
        ("runtime/src/auth/manager/status.rs AuthStatus", |stage, transcript| {
            transcript.print(&stage.client.auth().status())
        }),
        ("src/legacy_auth.rs LegacyAuth", |stage, transcript| transcript.print(&stage.client.legacy_auth())),
        ("src/oauth2.rs OAuth2", |stage, transcript| transcript.print(&stage.client.oauth2())),
        ("runtime/src/oauth2/authorization.rs AuthorizationRequest", |stage, transcript| {
            transcript.print(&login(&stage.client).state(c::STATE))
        }),
        ("runtime/src/oauth2/authorization_url.rs AuthorizationUrl", |_, transcript| {
            let redirect = format!("https://app.example.com/cb?key={}", c::IN_URL);
            transcript.print(&zeyos_runtime::oauth2::AuthorizationUrl::new(
                "https://login.example.com",
                "app",
                redirect,
            ));
        }),
        ("runtime/src/client/discovery.rs Discovered", |_, transcript| {
            static METADATA: Operation = Operation::new(&zeyos::rest::SERVICE, "metadata", Method::GET, "/metadata")
                .discovery(&[("userinfo_endpoint", "/me")]);
            let answer = json!({"issuer": "https://erp.example.com/demo", "userinfo_endpoint": "https://erp.example.com/demo/who"});
            transcript.print(&foundation().discovered(&METADATA, &answer).unwrap());
        }),
        ("runtime/src/oauth2/pending.rs PendingLogin", |stage, transcript| {
            transcript.print(&login(&stage.client).state(c::STATE).begin().unwrap());
        }),
        ("runtime/src/oauth2/loopback.rs LoopbackReceiver", |stage, transcript| {
            transcript.print(&stage.runtime.block_on(LoopbackReceiver::bind()).unwrap());
        }),
        ("runtime/src/oauth2/callback.rs Callback", |_, transcript| {
            let parts = [c::CODE, c::STATE, c::CLIENT_SECRET, c::TYPED, c::IN_URL, c::ACCESS];
            let names = ["code", "state", "error", "error_description", "error_uri", "iss"];
            transcript.print(&Callback::from_pairs(names.into_iter().zip(parts)).unwrap());
            transcript.print(&Callback::from_pairs([("error", "access_denied")]).unwrap());
        }),
        ("runtime/src/oauth2/browser.rs Browser", |_, transcript| {
            transcript.print(&Browser::program("firefox").argument(format!("--token={}", c::TYPED)));
        }),
        #[cfg(feature = "password-grant")]
        ("runtime/src/oauth2/password.rs PasswordGrant", |stage, transcript| {
            transcript.print(&stage.client.oauth2().password_grant("mara", c::LOGIN_PASSWORD).otp(c::OTP));
        }),
        ("runtime/src/transport/body.rs TransportBody", |_, transcript| {
            transcript.print(&TransportBody::from(Bytes::from_static(c::ACCESS.as_bytes())));
            let pieces = ByteStream::from(Bytes::from_static(c::ACCESS.as_bytes()));
            transcript.print(&TransportBody::Pieces { pieces, length: Some(7) });
        }),
        ("runtime/src/transport.rs TransportRequest", |_, transcript| {
            let mut request = http::Request::new(Bytes::from(mute_members().to_string()));
            *request.uri_mut() = format!("https://a.example/x?token={}", c::COOKIE).parse().unwrap();
            request.headers_mut().insert("authorization", HeaderValue::from_static(c::ACCESS));
            transcript.print(&TransportRequest::new(request, 7));
        }),
    ]
}
