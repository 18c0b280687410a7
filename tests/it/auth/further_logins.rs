//! A client with several logins: each has a token manager of its own, and nothing goes where it was not configured to go.

use http::Method;
use zeyos::rest::Ticket;
use zeyos::{Call, Client, ClientBuilder, Credential, Dispatcher, FurtherLogin, Holder, Identity, KeyPlace};
use zeyos::{Login, Operation, Requirement, Safety, SchemeKind, SecurityScheme, ServiceDescription, TokenSet, kind};
use zeyos_core::call::RawCall;
use zeyos_core::{Issuer, IssuerGrant};

use super::support::{Sent, URL, Wire, empty, issued, json};

/// A document with every kind of scheme. Its names are those of other documents too, which must not matter.
struct Document {
    service: &'static ServiceDescription,
    tokens: &'static Credential,
    client: &'static Credential,
    issuer: &'static Issuer,
    operations: &'static [&'static Operation],
    key: &'static SecurityScheme,
}

macro_rules! document {
    ($name:ident, $module:ident, $path:literal) => {
        mod $module {
            use super::*;

            static SERVICE: ServiceDescription = ServiceDescription::new("zeyos-rest", $path);
            static TOKENS: Credential = Credential::new("zeyos/token");
            static SESSION: Credential = Credential::new("zeyos/session");
            static CLIENT: Credential = Credential::new("zeyos/client");
            static USER: Credential = Credential::new("zeyos/user");
            static KEY: Credential = Credential::new("zeyos/key");

            static BEARER: SecurityScheme = SecurityScheme::new("oauth", SchemeKind::Bearer, &TOKENS);
            static COOKIE: SecurityScheme = SecurityScheme::new(
                "session",
                SchemeKind::ApiKey { place: KeyPlace::Cookie, name: "ZEYOSID" },
                &SESSION,
            );
            static APPLICATION: SecurityScheme =
                SecurityScheme::new("client", SchemeKind::Basic(Holder::Client), &CLIENT);
            static PERSON: SecurityScheme = SecurityScheme::new("user", SchemeKind::Basic(Holder::User), &USER);
            static API_KEY: SecurityScheme =
                SecurityScheme::new("key", SchemeKind::ApiKey { place: KeyPlace::Header, name: "x-api-key" }, &KEY);

            static BY_BEARER: Operation =
                Operation::new(&SERVICE, "bearer", Method::GET, "/bearer").security(&[&[Requirement::of(&BEARER)]]);
            static BY_COOKIE: Operation =
                Operation::new(&SERVICE, "cookie", Method::GET, "/cookie").security(&[&[Requirement::of(&COOKIE)]]);
            static BY_CLIENT: Operation = Operation::new(&SERVICE, "client", Method::GET, "/client")
                .security(&[&[Requirement::of(&APPLICATION)]]);
            static BY_USER: Operation =
                Operation::new(&SERVICE, "user", Method::GET, "/user").security(&[&[Requirement::of(&PERSON)]]);
            static BY_KEY: Operation =
                Operation::new(&SERVICE, "key", Method::GET, "/key").security(&[&[Requirement::of(&API_KEY)]]);
            static TOKEN: Operation = Operation::new(&SERVICE, "token", Method::POST, "/token")
                .security(&[&[Requirement::of(&APPLICATION)]])
                .safety(Safety::TokenExchange)
                .body(zeyos::RequestBody::FORM);

            static ISSUER: Issuer = Issuer::new("oauth", &TOKENS, IssuerGrant::OAuth2, &TOKEN);

            pub(super) static $name: Document = Document {
                service: &SERVICE,
                tokens: &TOKENS,
                client: &CLIENT,
                issuer: &ISSUER,
                operations: &[&BY_BEARER, &BY_COOKIE, &BY_CLIENT, &BY_USER, &BY_KEY],
                key: &API_KEY,
            };

            pub(super) fn login() -> Login {
                let operations = [&BY_BEARER, &BY_COOKIE, &BY_CLIENT, &BY_USER, &BY_KEY, &TOKEN];
                Login::new(&TOKENS).session(&SESSION).client(&CLIENT).user(&USER).service(
                    &SERVICE,
                    operations,
                    &[&ISSUER],
                )
            }
        }
    };
}

document!(PENS, pens, "/pens");
document!(INKS, inks, "/inks");

use inks::INKS;
use pens::PENS;

fn call(client: &impl Dispatcher, operation: &'static Operation) -> Call<(), kind::Empty> {
    RawCall::new(&client.dispatch(), operation).typed()
}

/// A login of which everything is configured, each secret with this word in it.
fn whole(login: Login, word: &str) -> FurtherLogin {
    FurtherLogin::new(login)
        .identity(
            Identity::from(TokenSet::bearer(format!("{word}-access")).with_refresh_token(format!("{word}-refresh")))
                .session_cookie(format!("{word}-cookie"))
                .basic_user(format!("{word}-user"), "pa55"),
        )
        .client_credentials(format!("{word}-app"), "s3cret")
}

const PENS_URL: &str = "https://pens.example.org/v2";
const INKS_URL: &str = "https://inks.example.net";

/// Three logins of three documents at three origins, and a key for each of two.
fn client(wire: &Wire) -> ClientBuilder {
    wire.client_with_everything()
        .service_url(PENS.service, PENS_URL)
        .service_url(INKS.service, INKS_URL)
        .further_login(whole(pens::login(), "pens"))
        .further_login(whole(inks::login(), "inks"))
        .credential(PENS.service, PENS.key, "pens-key")
        .credential(INKS.service, INKS.key, "inks-key")
}

/// Everything in a request that may be a credential, with what is in base64 readable.
fn shown(sent: &Sent) -> String {
    use base64::Engine as _;
    let header = |name: &str| sent.header(name).unwrap_or_default().to_owned();
    let authorization = header("authorization");
    let pair = authorization
        .strip_prefix("Basic ")
        .map(|pair| String::from_utf8(base64::engine::general_purpose::STANDARD.decode(pair).unwrap()).unwrap());
    let authorization = pair.unwrap_or(authorization);
    format!("{authorization} {} {} {}", header("cookie"), header("x-api-key"), sent.body)
}

#[tokio::test]
async fn b6_of_every_pair_of_scheme_and_document_the_credential_goes_to_its_own_origin_alone() {
    let wants = |word: &str| {
        [
            format!("Bearer {word}-access"),
            format!("ZEYOSID={word}-cookie"),
            format!("{word}-app:s3cret"),
            format!("{word}-user:pa55"),
            format!("{word}-key"),
        ]
    };
    for (document, word, other, url) in [(&PENS, "pens", "inks", PENS_URL), (&INKS, "inks", "pens", INKS_URL)] {
        for (operation, want) in document.operations.iter().zip(wants(word)) {
            let wire = Wire::agreeable();
            let client = client(&wire).build().unwrap();
            let _ = call(&client, operation).await;
            let sent = wire.only();
            assert!(sent.url.starts_with(url), "{}", sent.url);
            let shown = shown(&sent);
            assert!(shown.contains(&want), "{}: {shown}", operation.id);
            let foreign = [other, "a0", "r0", "c00kie", "mara"];
            assert!(foreign.iter().all(|foreign| !shown.contains(foreign)), "{}: {shown}", operation.id);
        }
    }
    let wire = Wire::agreeable();
    client(&wire).build().unwrap().api().list_tickets(Ticket::query()).await.unwrap();
    let (sent, shown) = (wire.only(), shown(&wire.only()));
    assert!(sent.url.starts_with(URL) && shown.contains("Bearer a0"));
    assert!(!shown.contains("pens") && !shown.contains("inks"), "{shown}");
}

/// Without its own login nothing is sent, whatever the others have.
#[tokio::test]
async fn b6_what_is_not_configured_for_a_document_is_not_taken_from_another() {
    for operation in PENS.operations {
        for bare in [false, true] {
            let wire = Wire::agreeable();
            let builder = wire
                .client_with_everything()
                .service_url(PENS.service, PENS_URL)
                .service_url(INKS.service, INKS_URL)
                .further_login(whole(inks::login(), "inks"))
                .credential(INKS.service, INKS.key, "inks-key");
            let builder = if bare { builder.further_login(FurtherLogin::new(pens::login())) } else { builder };
            let error = call(&builder.build().unwrap(), operation).await.unwrap_err();
            assert!(error.refusal().is_some() && wire.sent().is_empty(), "{}: {error}", operation.id);
        }
    }
}

#[tokio::test]
async fn each_login_renews_its_own_tokens_at_its_own_issuer() {
    let wire = Wire::answering(|sent| match sent.url.as_str() {
        "https://pens.example.org/v2/token" => json(200, &issued("pens-new", "pens-next")),
        _ if sent.header("authorization") == Some("Bearer pens-access") => empty(401),
        url if url.ends_with("/introspect") => json(200, &serde_json::json!({"active": false})),
        _ => empty(200),
    });
    let client = client(&wire).build().unwrap();
    call(&client, PENS.operations[0]).await.unwrap();
    let urls: Vec<String> = wire.sent().iter().map(|sent| sent.url.clone()).collect();
    assert_eq!(urls, ["bearer", "token", "bearer"].map(|path| format!("{PENS_URL}/{path}")));
    let renewal = &wire.sent()[1];
    assert!(renewal.body.contains("pens-refresh") && shown(renewal).contains("pens-app:s3cret"));
    let access = async |auth: zeyos::Auth| auth.token_set().await.unwrap().unwrap().access_token.unwrap();
    assert_eq!(access(client.auth_of(PENS.tokens).unwrap()).await, "pens-new".into());
    assert_eq!(access(client.auth_of(INKS.tokens).unwrap()).await, "inks-access".into());
    assert_eq!(access(client.auth()).await, "a0".into());
    assert!(client.auth_of(PENS.client).is_none(), "it is not a login");
    assert_eq!(PENS.issuer.credential, PENS.tokens);
}

#[tokio::test]
async fn another_user_has_of_a_further_login_what_was_given_for_it_and_nothing_else() {
    let wire = Wire::agreeable();
    let client = client(&wire).build().unwrap();
    let nobody = client.for_user(TokenSet::bearer("a7")).unwrap();
    let error = call(&nobody, PENS.operations[0]).await.unwrap_err();
    assert!(error.refusal().is_some() && wire.sent().is_empty(), "{error}");
    let mara = Identity::from(TokenSet::bearer("a7")).further(PENS.tokens, TokenSet::bearer("pens-of-mara"));
    let mara = client.for_user(mara).unwrap();
    let _ = call(&mara, PENS.operations[0]).await;
    assert_eq!(wire.only().header("authorization"), Some("Bearer pens-of-mara"));
    let unknown = Identity::new().further(PENS.client, TokenSet::bearer("x"));
    assert!(client.for_user(unknown).unwrap_err().to_string().contains("no further login"));
}

#[test]
fn a_credential_belongs_to_one_login() {
    let twice = |login: fn() -> Login| {
        let builder = Client::builder(URL).further_login(FurtherLogin::new(login()));
        builder.further_login(FurtherLogin::new(login())).build().unwrap_err().to_string()
    };
    assert!(twice(pens::login).contains("two logins"), "{}", twice(pens::login));
    let odd = FurtherLogin::new(pens::login()).identity(TokenSet::bearer("s3 cret"));
    let error = Client::builder(URL).further_login(odd).build().unwrap_err().to_string();
    assert!(error.contains("access token") && !error.contains("s3 cret"), "{error}");
    let keyed = Client::builder(URL).further_login(FurtherLogin::new(pens::login()));
    let error = keyed.credential(PENS.service, PENS.operations[0].schemes().next().unwrap(), "x").build().unwrap_err();
    assert!(error.to_string().contains("is configured by"), "{error}");
}
