//! Where requests go and where they never go.

use http::{HeaderName, HeaderValue, Method};
use zeyos::legacy_auth::LoginRequest;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{AuthMode, Client, Error, Secret, TokenSet, legacy_auth, oauth2, rest};
use zeyos_emulator::{Emulator, FaultServer, WireFault};

use crate::auth::support::{URL, Wire, emulator, json, tokens};

const HOSTS: [(&str, bool); 20] = [
    ("http://127.0.0.1/demo", true),
    ("http://127.0.0.1:8080/demo", true),
    ("http://127.255.255.254/demo", true),
    ("http://[::1]:8080/demo", true),
    ("http://localhost/demo", true),
    ("https://erp.example.com/demo", true),
    ("http://erp.example.com/demo", false),
    ("http://localhost.example.com/demo", false),
    ("http://127.0.0.1.example.com/demo", false),
    ("http://example.com.localhost/demo", false),
    ("http://0.0.0.0/demo", false),
    ("http://10.0.0.1/demo", false),
    ("http://192.168.1.1/demo", false),
    ("http://169.254.169.254/demo", false),
    ("http://[::]/demo", false),
    ("http://[::ffff:10.0.0.1]/demo", false),
    ("http://[fe80::1]/demo", false),
    ("ws://127.0.0.1/demo", false),
    ("ftp://localhost/demo", false),
    ("file:///demo", false),
];

#[test]
fn b4_plain_http_goes_to_this_machine_alone() {
    for (url, is_taken) in HOSTS {
        let wire = Wire::agreeable();
        let built = Client::builder(url).transport(wire.clone()).token_set(TokenSet::bearer("hunter2")).build();
        assert_eq!(built.is_ok(), is_taken, "{url}");
        for service in [&rest::SERVICE, &oauth2::raw::SERVICE, &legacy_auth::raw::SERVICE] {
            let built = wire.client().service_url(service, url).build();
            assert_eq!(built.is_ok(), is_taken, "{url} for {}", service.name);
        }
        // Without a client no one has a socket to open.
        assert!(wire.sent().is_empty());
    }
}

const PLAIN: &str = "ZEYOS_TEST_PLAIN_URL";
const PLAIN_TOKEN: &str = "ZEYOS_TEST_PLAIN_TOKEN";

/// The variables of the environment are those of the process, so the request is made in one of its own.
#[tokio::test]
async fn a_proxy_of_the_environment_never_sees_plain_http() {
    if let (Ok(url), Ok(token)) = (std::env::var(PLAIN), std::env::var(PLAIN_TOKEN)) {
        let client = Client::builder(url).token_set(TokenSet::bearer(token)).build().unwrap();
        client.api().list_tickets(Ticket::query()).await.unwrap();
        return;
    }
    let zeyos = emulator().await;
    let trap = FaultServer::before(&zeyos).await.unwrap();
    let proxy = trap.url().trim_end_matches("/demo").to_owned();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "promises::places::a_proxy_of_the_environment_never_sees_plain_http"]);
    child.env(PLAIN, zeyos.url()).env(PLAIN_TOKEN, &zeyos.credentials().access_token);
    child.env("http_proxy", &proxy).env("HTTP_PROXY", &proxy).env("ALL_PROXY", &proxy).env("all_proxy", &proxy);
    child.env_remove("no_proxy").env_remove("NO_PROXY");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((zeyos.requests().len(), trap.counts().connections), (1, 0));
}

const CODES: [u16; 5] = [301, 302, 303, 307, 308];

/// Other host, other port, other scheme, other path, no scheme, below.
pub(crate) fn targets(here: &FaultServer, elsewhere: &FaultServer) -> [String; 6] {
    let (here, there) = (here.url().to_owned(), elsewhere.url().to_owned());
    [
        there.replace("127.0.0.1", "127.0.0.2") + "/trap?code=hunter2",
        there.clone() + "/trap?code=hunter2",
        there.replace("http:", "https:") + "/trap",
        here + "/trap?code=hunter2",
        there.replace("http:", "") + "/trap",
        "trap".to_owned(),
    ]
}

/// The call of an endpoint; 8 of them.
pub(crate) async fn call(client: &Client, endpoint: usize) -> Error {
    let (api, oauth2, legacy) = (client.api(), client.oauth2(), client.legacy_auth());
    match endpoint {
        0 => api.list_tickets(Ticket::query()).await.map(drop),
        1 => api.create_ticket(NewTicket::new("x")).await.map(drop),
        2 => oauth2.introspect("t").await.map(drop),
        3 => oauth2.revoke("t").await.map(drop),
        4 => oauth2.user_info().await.map(drop),
        5 => legacy.login(LoginRequest::new("mara", "pa55", "test")).await.map(drop),
        6 => legacy.verify().await.map(drop),
        _ => oauth2.refresh().await.map(drop),
    }
    .unwrap_err()
}

pub(crate) fn client_of(zeyos: &Emulator, url: &str) -> Client {
    let credentials = zeyos.credentials();
    Client::builder(url)
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .token_set(tokens(zeyos))
        .build()
        .unwrap()
}

#[tokio::test]
async fn b5_no_redirect_is_followed() {
    let zeyos = emulator().await;
    let (here, elsewhere) = (FaultServer::before(&zeyos).await.unwrap(), FaultServer::before(&zeyos).await.unwrap());
    let mut cases = 0;
    for code in CODES {
        for target in targets(&here, &elsewhere) {
            for endpoint in 0..8 {
                here.inject(WireFault::redirect(code, &target).always());
                let error = call(&client_of(&zeyos, here.url()), endpoint).await;
                assert!(!error.to_string().contains("hunter2"), "{error}");
                here.clear_faults();
                cases += 1;
            }
        }
    }
    assert_eq!((cases, elsewhere.counts().connections), (240, 0));
    assert!(here.exchanges().len() >= 240 && here.exchanges().iter().all(|seen| !seen.path.contains("trap")));
}

#[tokio::test]
async fn b6_no_input_moves_an_endpoint() {
    let wire = Wire::agreeable();
    let client =
        wire.client_with_everything().service_url(&rest::SERVICE, "https://api.example.com/v1").build().unwrap();
    let hostile = serde_json::json!({
        "baseUrl": "https://evil.example", "base_url": "https://evil.example", "url": "https://evil.example",
        "host": "evil.example", "token_endpoint": "https://evil.example/token", "issuer": "https://evil.example",
        "headers": {"Host": "evil.example"}, "origin": "https://evil.example",
    });
    for operation in ["listTickets", "introspectToken", "revokeToken", "getToken"] {
        // Whatever comes of it, it comes from the place that was set.
        let _ = client.operation(operation).json(hostile.clone()).call().await;
    }
    client.oauth2().refresh().await.unwrap();
    client.oauth2().introspect("https://evil.example").await.unwrap();
    for path in ["https://evil.example/x", "/../x", "/x/../../y", "/%2e%2e/x", "/x\\..\\y", "@evil.example"] {
        client.request(Method::GET, path).call().await.unwrap_err();
    }
    let host = HeaderName::from_static("host");
    client
        .api()
        .list_tickets(Ticket::query())
        .header(host, HeaderValue::from_static("evil.example"))
        .await
        .unwrap_err();
    assert!(wire.sent().len() >= 4);
    for sent in wire.sent() {
        let is_api = sent.url.starts_with("https://api.example.com/v1/");
        assert!(is_api || sent.url.starts_with(&format!("{URL}/oauth2/v1/")), "{}", sent.url);
        assert!(!(is_api && sent.url.contains("token")), "{}", sent.url);
        let host = url::Url::parse(&sent.url).unwrap().host_str().unwrap().to_owned();
        assert!(!host.contains("evil") && !sent.headers.contains_key("host"));
    }
}

#[tokio::test]
async fn d3_the_cookie_goes_to_its_own_place_alone_and_no_other_is_kept() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let client = Client::builder(server.url()).session_cookie(zeyos.credentials().session.as_str()).build().unwrap();
    let reply = WireFault::reply(200, "application/json", "[]")
        .header("Set-Cookie", "ZEYOSID=evil; Path=/")
        .header("Set-Cookie", "more=1");
    server.inject(reply);
    client.api().list_tickets(Ticket::query()).await.unwrap();
    // The emulator knows the true cookie and no other: a kept one would be refused.
    client.api().list_tickets(Ticket::query()).await.unwrap();

    let wire = Wire::answering(|_| {
        let mut answer = json(200, &serde_json::json!([]));
        answer.headers_mut().append("set-cookie", HeaderValue::from_static("ZEYOSID=evil"));
        answer
    });
    let client = wire
        .client()
        .session_cookie("c00kie")
        .service_url(&oauth2::raw::SERVICE, "https://login.example.com")
        .build()
        .unwrap();
    for path in ["/tickets", "https://evil.example/", "/../../other/", "/%2e%2e/%2e%2e/x", "\\\\evil.example"] {
        let _ = client.request(Method::GET, path).call().auth_mode(AuthMode::Session).await;
    }
    client.api().list_tickets(Ticket::query()).await.unwrap();
    for sent in wire.sent() {
        let is_ours = sent.url.starts_with(&format!("{URL}/api/v1/"));
        assert!(is_ours && sent.header("cookie") == Some("ZEYOSID=c00kie"), "{} {:?}", sent.url, sent.header("cookie"));
    }
    assert_eq!(wire.sent().len(), 2, "every other path is refused");
}

/// The error of building and everything that it shows.
fn refusal(built: Result<Client, zeyos::BuildError>) -> String {
    let error = built.unwrap_err();
    format!("{error} {error:?}")
}

#[tokio::test]
async fn d4_what_no_header_may_hold_is_refused_when_it_is_given() {
    let wire = Wire::agreeable();
    for odd in ["hunter2\r", "hunter2\n", "hunter2\0", "hunter2ü", "hunter2\r\nX: y", "\u{7f}hunter2"] {
        for shown in [
            refusal(wire.client().token_set(TokenSet::bearer(odd)).build()),
            refusal(wire.client().session_cookie(odd).build()),
            refusal(wire.client().user_agent(odd).build()),
        ] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        if !odd.contains('ü') {
            let shown = [
                refusal(wire.client().basic_user("mara", odd).build()),
                refusal(wire.client().basic_user(odd, "x").build()),
            ];
            assert!(shown.iter().all(|shown| !shown.contains("hunter2")), "{shown:?}");
        }
        let client = wire.client_with_everything().build().unwrap();
        let value = HeaderValue::from_bytes(odd.as_bytes());
        assert_eq!(value.is_ok(), odd == "hunter2ü", "the type of the argument refuses the others");
        if let Ok(value) = value {
            let call = client.api().list_tickets(Ticket::query()).header(HeaderName::from_static("x-trace"), value);
            let error = call.await.unwrap_err();
            assert!(error.is_request() && !format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let provided = move || std::future::ready(Some(Secret::from(odd)));
        let client = wire.client().session_provider(provided).build().unwrap();
        let error = client.api().list_tickets(Ticket::query()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    refusal(wire.client().basic_user("ma:ra", "x").build());
    assert!(wire.sent().is_empty());
}
