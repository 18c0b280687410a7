//! The authorization endpoint, the consent page and the token endpoint.

use std::time::Duration;

use serde_json::json;
use sha1::{Digest, Sha1};
use zeyos_emulator::switches::{ClientAuth, RedirectCheck};

use crate::client::{Answer, Server, demo, empty, parameter, switched};

const REDIRECT: &str = "http%3A%2F%2F127.0.0.1%3A5000%2Fcb%3Fa%3D1";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Follows `authorize` to the page and answers what the page answers.
fn authorized(server: &Server, query: &str) -> Answer {
    let first = server.bare("GET", &format!("/oauth2/v1/authorize?{query}")).send();
    assert_eq!(first.status, 303);
    let location = first.header("location").unwrap();
    let page = location.strip_prefix(server.zeyos.url()).unwrap();
    assert!(page.starts_with("/?umi=auth&page=oauth"), "{location}");
    server.bare("GET", page).send()
}

fn usual(extra: &str) -> String {
    format!("client_id=demo-app&redirect_uri={REDIRECT}&response_type=code&state=s%20%261{extra}")
}

fn code(server: &Server, extra: &str) -> String {
    let answer = authorized(server, &usual(extra));
    parameter(answer.header("location").unwrap(), "code").unwrap()
}

fn error_of(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert!(!body["error_description"].as_str().unwrap().is_empty());
    (answer.status, body["error"].as_str().unwrap().to_owned())
}

fn refused(answer: &Answer) {
    assert_eq!(error_of(answer), (403, "invalid_grant".to_owned()));
}

#[test]
fn fact_9_27_consent_sends_code_and_state_back_and_sets_the_cookie() {
    let server = empty();
    let answer = authorized(&server, &usual(""));
    assert_eq!(answer.status, 303);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with("http://127.0.0.1:5000/cb?a=1&code="), "{location}");
    assert_eq!(parameter(location, "state").as_deref(), Some("s+%261"));
    let cookie = answer.header("set-cookie").unwrap();
    let id = cookie.strip_prefix("ZEYOSID=").unwrap().split(';').next().unwrap();
    assert!(cookie.contains("HttpOnly"));
    assert_eq!(server.bare("GET", "/oauth2/v1/userinfo").session(id).send().json()["preferred_username"], "demo");
}

#[test]
fn fact_9_24_a_code_with_its_verifier_gives_a_pair_once() {
    let server = empty();
    let code = code(&server, &format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"));
    let grant = |verifier: &str| {
        server.grant(&format!(
            "grant_type=authorization_code&code={code}&code_verifier={verifier}&redirect_uri={REDIRECT}"
        ))
    };
    refused(&grant("wrong"));
    refused(&server.grant(&format!("grant_type=authorization_code&code={code}")));
    let answer = grant(VERIFIER);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!((&body["expires_in"], &body["refresh_token_expires_in"]), (&json!(3600), &json!(8_640_000)));
    for name in ["access_token", "refresh_token"] {
        let token = body[name].as_str().unwrap();
        assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    }
    assert_eq!(server.status_with(body["access_token"].as_str().unwrap()), 200);
    refused(&grant(VERIFIER));
}

#[test]
fn fact_9_24_a_code_lives_a_minute_and_belongs_to_its_client_and_redirect_uri() {
    let server = demo();
    let late = code(&server, "");
    server.zeyos.advance_clock(Duration::from_secs(60));
    refused(&server.grant(&format!("grant_type=authorization_code&code={late}")));
    let elsewhere = code(&server, "");
    refused(
        &server.grant(&format!("grant_type=authorization_code&code={elsewhere}&redirect_uri=https%3A%2F%2Fx.example")),
    );
    assert_eq!(server.grant(&format!("grant_type=authorization_code&code={elsewhere}")).status, 200);
    refused(&server.grant("grant_type=authorization_code&code=0000"));
}

#[test]
fn form_post_is_a_page_that_posts() {
    let server = empty();
    let answer = authorized(&server, &usual("&response_mode=form_post"));
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    let html = answer.text();
    assert!(html.contains("method=\"post\" action=\"http://127.0.0.1:5000/cb?a=1\""), "{html}");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'sha256-") && policy.contains("form-action 'self' http://127.0.0.1:5000;"));
    assert!(html.contains("<button") && answer.header("cache-control") == Some("no-store"));
    assert!(html.contains("name=\"code\"") && html.contains("name=\"state\" value=\"s &amp;1\""), "{html}");
}

#[test]
fn fact_9_24_a_wrong_client_or_redirect_uri_is_never_redirected_to() {
    let server = demo();
    for query in [
        format!("client_id=stranger&redirect_uri={REDIRECT}&response_type=code"),
        "client_id=demo-app&redirect_uri=http%3A%2F%2Fevil.example&response_type=code".to_owned(),
        "client_id=demo-app&response_type=code".to_owned(),
        "client_id=webshop&redirect_uri=https%3A%2F%2Fother.example%2Fcallback&response_type=code".to_owned(),
        usual("&client_id=demo-app"),
        usual("&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2F"),
        String::new(),
    ] {
        assert_eq!(authorized(&server, &query).error(), 400, "{query}");
        let page = server.bare("GET", &format!("/?umi=auth&page=oauth&{query}"));
        let html = page.header("Accept", "text/html,*/*;q=0.8").send();
        assert_eq!((html.status, html.header("location")), (400, None), "{query}");
        assert!(html.text().contains("role=\"alert\"") && html.header("content-security-policy").is_some());
    }
    let listed = "client_id=webshop&redirect_uri=https%3A%2F%2Fshop.bergfjord.example%2Fcallback&response_type=code";
    assert_eq!(authorized(&server, listed).status, 303);
}

#[test]
fn other_mistakes_are_told_to_the_client() {
    let server = empty();
    for (query, error) in [
        (format!("client_id=demo-app&redirect_uri={REDIRECT}&response_type=token"), "unsupported_response_type"),
        (usual("&code_challenge=x"), "invalid_request"),
        (usual("&code_challenge=x&code_challenge_method=plain"), "invalid_request"),
        (usual("&code_challenge=x&code_challenge_method=S256"), "invalid_request"),
        (usual("&code_challenge_method=S256"), "invalid_request"),
        (usual("&response_mode=fragment"), "invalid_request"),
        (usual("&state=twice"), "invalid_request"),
        (format!("client_id=demo-app&redirect_uri={REDIRECT}"), "invalid_request"),
    ] {
        let answer = authorized(&server, &query);
        let location = answer.header("location").unwrap();
        assert_eq!(parameter(location, "error").as_deref(), Some(error), "{query}");
        assert!(parameter(location, "error_description").is_some());
        assert_eq!(parameter(location, "code"), None);
    }
}

#[test]
fn a_refresh_token_works_once_and_ends_the_pair_before() {
    let server = empty();
    let first = server.credentials().clone();
    let refresh = |token: &str| server.grant(&format!("grant_type=refresh_token&refresh_token={token}"));
    let second = refresh(&first.refresh_token).json();
    assert_eq!(server.status_with(&first.access_token), 401);
    assert_eq!(server.status_with(second["access_token"].as_str().unwrap()), 200);
    refused(&refresh(&first.refresh_token));
    refused(&refresh(second["access_token"].as_str().unwrap()));
    assert_eq!(refresh(second["refresh_token"].as_str().unwrap()).status, 200);
}

#[test]
fn tokens_end_after_an_hour_and_after_a_hundred_days() {
    let server = empty();
    let credentials = server.credentials().clone();
    server.zeyos.advance_clock(Duration::from_secs(3590));
    assert_eq!(server.status_with(&credentials.access_token), 200);
    server.zeyos.advance_clock(Duration::from_secs(20));
    assert_eq!(server.status_with(&credentials.access_token), 401);
    server.zeyos.advance_clock(Duration::from_secs(8_640_000));
    refused(&server.grant(&format!("grant_type=refresh_token&refresh_token={}", credentials.refresh_token)));
}

#[test]
fn a_password_gives_a_pair_for_a_name_or_an_address() {
    let server = demo();
    assert_eq!(server.grant("grant_type=password&username=MARA&password=demo").status, 200);
    assert_eq!(server.grant("grant_type=password&username=mara%40bergfjord.example&password=demo").status, 200);
    refused(&server.grant("grant_type=password&username=mara&password=wrong"));
    refused(&server.grant("grant_type=password&username=stranger&password=demo"));
}

#[test]
fn fact_9_23_a_new_grant_ends_earlier_tokens_of_the_same_user_and_application_alone() {
    let server = demo();
    let (mara, jonas) = (server.token_of("mara"), server.token_of("jonas"));
    assert_eq!(server.status_with(&mara), 200);
    let again = server.token_of("mara");
    assert_eq!([&mara, &jonas, &again].map(|token| server.status_with(token)), [401, 200, 200]);
}

#[test]
fn a_user_with_a_second_factor_needs_it() {
    let server = demo();
    refused(&server.grant("grant_type=password&username=otto&password=demo"));
    refused(&server.grant("grant_type=password&username=otto&password=demo&otp=000000x"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let code = totp(b"bergfjord-otto-totp!", now / 30);
    assert_eq!(server.grant(&format!("grant_type=password&username=otto&password=demo&otp={code}")).status, 200);
}

/// RFC 6238 once more, by another way than the emulator's.
pub(crate) fn totp(key: &[u8], step: u64) -> String {
    let pad = |byte: u8| (0..64).map(|index| key.get(index).copied().unwrap_or(0) ^ byte).collect::<Vec<u8>>();
    let inner = Sha1::digest([pad(0x36), step.to_be_bytes().to_vec()].concat());
    let outer = Sha1::digest([pad(0x5c), inner.to_vec()].concat());
    let start = (outer[19] & 15) as usize;
    let word = u32::from_be_bytes(outer[start..start + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

#[test]
fn fact_9_26_the_client_may_stand_in_the_header_or_in_the_body_or_in_both() {
    let server = empty();
    let (id, secret) = (&server.credentials().client_id, &server.credentials().client_secret);
    let grant = "grant_type=password&username=demo&password=demo";
    let pair = format!("{grant}&client_id={id}&client_secret={secret}");
    let ask = || server.bare("POST", "/oauth2/v1/token/");
    assert_eq!(ask().form(&pair).send().status, 200);
    assert_eq!(ask().basic(id, secret).form(&pair).send().status, 200);
    assert_eq!(ask().basic("demo%2Dapp", secret).form(grant).send().status, 200);
    let body = json!({ "grant_type": "password", "username": "demo", "password": "demo", "client_id": id, "client_secret": secret });
    assert_eq!(ask().json(&body).send().status, 200);
    for wrong in [
        ask().form(grant),
        ask().basic(id, "wrong").form(grant),
        ask().basic(id, "wrong").form(&pair),
        ask().form(&format!("{grant}&client_id={id}&client_secret=")),
        ask().basic("stranger", secret).form(grant),
    ] {
        let answer = wrong.send();
        assert_eq!(error_of(&answer), (401, "invalid_client".to_owned()));
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"demo\""));
    }
}

#[test]
fn fact_9_26_the_place_of_the_client_is_a_switch() {
    for (switch, by_header, by_body) in [(ClientAuth::Basic, 200, 401), (ClientAuth::Body, 401, 200)] {
        let server = switched(|switches| switches.client_auth = switch);
        let grant = "grant_type=password&username=demo&password=demo";
        assert_eq!(server.grant(grant).status, by_header);
        let (id, secret) = (&server.credentials().client_id, &server.credentials().client_secret);
        let body = format!("{grant}&client_id={id}&client_secret={secret}");
        assert_eq!(server.bare("POST", "/oauth2/v1/token").form(&body).send().status, by_body);
    }
}

#[test]
fn token_requests_that_do_not_fit_have_json_errors() {
    let server = empty();
    assert_eq!(error_of(&server.grant("grant_type=magic")), (400, "unsupported_grant_type".to_owned()));
    assert_eq!(error_of(&server.grant("username=demo")), (400, "invalid_request".to_owned()));
    assert_eq!(error_of(&server.grant("grant_type=refresh_token")), (400, "invalid_request".to_owned()));
    let answer = server.bare("POST", "/oauth2/v1/token").body("text/plain", b"x").send();
    assert_eq!(error_of(&answer), (415, "invalid_request".to_owned()));
}

#[test]
fn fact_9_23_codes_and_old_tokens_follow_their_switches() {
    let server = switched(|switches| {
        switches.one_token_per_app = false;
        switches.code_ttl = Duration::from_secs(600);
        switches.redirect_check = RedirectCheck::Off;
    });
    let code = code(&server, "");
    server.zeyos.advance_clock(Duration::from_secs(300));
    let grant = format!("grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fx.example");
    let first = server.grant(&grant).json()["access_token"].as_str().unwrap().to_owned();
    let second = server.token_of("demo");
    assert_eq!([&first, &second, &server.credentials().access_token].map(|token| server.status_with(token)), [200; 3]);
    let refreshed =
        server.grant(&format!("grant_type=refresh_token&refresh_token={}", server.credentials().refresh_token));
    assert_eq!(refreshed.status, 200);
    assert_eq!(server.status_with(&server.credentials().access_token), 401);
    assert_eq!(server.status_with(&first), 200);
}

#[test]
fn access_tokens_live_as_long_as_their_switch_says_and_requests_are_taken_once() {
    let server = switched(|switches| switches.access_token_ttl = Duration::from_secs(5));
    let answer = server.grant("grant_type=password&username=demo&password=demo").json();
    assert_eq!(answer["expires_in"], 5);
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(server.status_with(token), 200);
    server.zeyos.advance_clock(Duration::from_secs(6));
    assert_eq!(server.status_with(token), 401);
    assert_eq!(server.zeyos.take_requests().len(), 3);
    assert!(server.zeyos.take_requests().is_empty());
}

/// An exchange of a code with a verifier.
fn exchanged(server: &Server, code: &str, verifier: &str) -> Answer {
    server.grant(&format!("grant_type=authorization_code&code={code}&code_verifier={verifier}"))
}

fn challenged(server: &Server) -> String {
    code(server, &format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"))
}

#[test]
fn a_used_code_that_comes_again_may_end_the_tokens_that_it_gave() {
    for ends in [false, true] {
        let server = switched(|switches| switches.replay_ends_tokens = ends);
        let used = code(&server, "");
        let pair = server.grant(&format!("grant_type=authorization_code&code={used}")).json();
        let refresh = format!("grant_type=refresh_token&refresh_token={}", pair["refresh_token"].as_str().unwrap());
        let renewed = server.grant(&refresh).json()["access_token"].as_str().unwrap().to_owned();
        refused(&server.grant(&format!("grant_type=authorization_code&code={used}")));
        assert_eq!(
            server.status_with(&renewed),
            if ends { 401 } else { 200 },
            "those of a refresh are given by it too"
        );
    }
}

#[test]
fn a_wrong_verifier_may_use_the_code_up() {
    for burns in [false, true] {
        let server = switched(|switches| switches.wrong_verifier_burns_code = burns);
        let code = challenged(&server);
        refused(&exchanged(&server, &code, "wrong"));
        assert_eq!(exchanged(&server, &code, VERIFIER).status, if burns { 403 } else { 200 });
    }
}

#[test]
fn a_new_code_may_end_the_unused_one_before_it() {
    for ends in [false, true] {
        let server = switched(|switches| {
            switches.one_code_per_app = ends;
            switches.one_token_per_app = false;
        });
        let (first, second) = (challenged(&server), challenged(&server));
        assert_eq!(exchanged(&server, &first, VERIFIER).status, if ends { 403 } else { 200 });
        assert_eq!(exchanged(&server, &second, VERIFIER).status, 200);
    }
}

#[test]
fn too_many_wrong_passwords_in_a_row_may_lock_a_user_out_for_a_quarter_of_an_hour() {
    let server = switched(|switches| switches.lockout = 3);
    let ask = |password: &str| server.grant(&format!("grant_type=password&username=demo&password={password}")).status;
    assert_eq!([ask("a"), ask("b"), ask("demo")], [403, 403, 200], "two are not three");
    assert_eq!([ask("a"), ask("b"), ask("c"), ask("demo")], [403; 4]);
    let basic = server.bare("POST", "/auth/v1/token").basic("demo", "demo").send();
    let login = server.bare("POST", "/auth/v1/login").form("name=demo&password=demo&identifier=x").send();
    assert_eq!((basic.status, login.status), (401, 401), "wherever the password is given");
    server.zeyos.advance_clock(Duration::from_secs(901));
    assert_eq!(ask("demo"), 200);
    let wrong = |name: &str| server.bare("POST", "/auth/v1/token").basic(name, "wrong").send().status;
    assert_eq!([wrong("demo"), wrong("DEMO"), wrong("demo@bergfjord.example")], [401; 3]);
    assert_eq!(ask("demo"), 403, "counted by the user, whichever name was given");
}

#[test]
fn introspection_may_call_living_refresh_tokens_inactive() {
    let server = switched(|switches| switches.introspect_lies = true);
    let credentials = server.credentials();
    let active = |token: &str| {
        let ask = server.bare("POST", "/oauth2/v1/introspect");
        let answer =
            ask.basic(&credentials.client_id, &credentials.client_secret).form(&format!("token={token}")).send();
        answer.json()["active"] == true
    };
    assert!(active(&credentials.access_token) && !active(&credentials.refresh_token));
    assert_eq!(
        server.grant(&format!("grant_type=refresh_token&refresh_token={}", credentials.refresh_token)).status,
        200
    );
}
