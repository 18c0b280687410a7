//! What the page of an instance and the page of another origin may send, and what each mode does send.

use serde_json::json;
use zeyos_emulator::switches::CorsOrigin;

use super::recorder::{Head, Recorder};
use super::{Stage, emulator, open, sign_in, with};

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_page_of_the_instance_goes_by_the_cookie_of_whoever_has_signed_in() {
    let stage = Stage::new(|_| ());
    stage.open(&json!({ "session": true }));
    let error = stage.call("user()").unwrap_err();
    assert!(error.contains("401"), "{error}");
    stage.sign_in();
    stage.open(&json!({ "session": true }));
    assert_eq!(stage.call("user()").unwrap(), "demo");
    assert_eq!(stage.call("count()").unwrap(), 3);
    let script = "return document.cookie";
    assert_eq!(stage.chrome.script(script), "", "no script can read it");
    // A change of a record by its entity tag, which only a page of the same origin surely reads.
    assert_eq!(stage.call("rename('Seal')").unwrap(), "Seal");
    let update = stage.recorder.take().into_iter().rfind(|head| head.method == "PATCH").unwrap();
    assert!(update.header("if-match").is_some_and(|tag| tag.starts_with('"')), "{update:?}");
}

/// What was sent last, by method and credentials.
fn last(heads: &[Head]) -> (Option<&str>, bool) {
    heads.last().unwrap().credentials()
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn each_mode_sends_its_own_credentials_and_no_others() {
    let stage = Stage::new(|_| ());
    stage.sign_in();
    let both = with(stage.pair(), &json!({ "session": true }));
    for (mode, wanted) in [
        ("auto", (Some("Bearer"), false)),
        ("oauth", (Some("Bearer"), false)),
        ("session", (None, true)),
        ("none", (None, false)),
    ] {
        stage.open(&with(both.clone(), &json!({ "mode": mode })));
        stage.recorder.take();
        let answer = stage.call("count()");
        assert_eq!(answer.is_ok(), mode != "none", "{mode}: {answer:?}");
        let heads = stage.recorder.take();
        assert_eq!((heads.len(), last(&heads)), (1, wanted), "{mode}");
    }
    // The chain of the documentation: bearer, refresh where there is a client secret, then the session of the page.
    let secret = stage.zeyos.credentials().clone();
    let client = json!({ "id": secret.client_id.as_str(), "secret": secret.client_secret.as_str() });
    stage.open(&with(both.clone(), &client));
    stage.expire();
    stage.recorder.take();
    assert_eq!(stage.call("count()").unwrap(), 3);
    let heads = stage.recorder.take();
    let token = heads.iter().find(|head| head.path.ends_with("/token")).unwrap();
    assert_eq!(token.credentials(), (Some("Basic"), false), "a token request carries no cookie");
    assert!(
        token.header("cache-control").is_some_and(|value| value.contains("no-cache") || value.contains("no-store"))
    );
    assert_eq!(last(&heads), (Some("Bearer"), false));
    // A refresh token that is spent: what is left is the session.
    stage.open(&with(both, &client));
    stage.recorder.take();
    assert_eq!(stage.call("count()").unwrap(), 3);
    assert_eq!(last(&stage.recorder.take()), (None, true));
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_browser_keeps_the_cookie_of_an_exchange_only_where_the_call_asks_for_it() {
    let stage = Stage::new(|switches| switches.cookie_on_token = true);
    for (keeps, has_cookie) in [(false, false), (true, false), (false, true), (true, true)] {
        stage.open(&json!({ "user": "demo", "password": "demo" }));
        stage.recorder.take();
        stage.call(&format!("issue_token({keeps})")).unwrap();
        let heads = stage.recorder.take();
        assert_eq!((heads.len(), last(&heads)), (1, (Some("Basic"), keeps && has_cookie)), "{keeps} {has_cookie}");
        stage.open(&json!({ "session": true }));
        let answer = stage.call("user()");
        if keeps || has_cookie {
            assert_eq!(answer.unwrap(), "demo");
        } else {
            assert!(answer.unwrap_err().contains("401"), "nothing was kept");
        }
    }
}

/// A page of one emulator's origin, a client of the other one's instance.
fn across(credentials: bool, only: bool) -> (Stage, zeyos_emulator::Emulator) {
    let here = Stage::new(|_| ());
    let origin = here.recorder.origin();
    let there = emulator(|switches| {
        switches.cors_credentials = credentials;
        if only {
            switches.cors_origin = CorsOrigin::only(&origin).unwrap();
        }
    });
    (here, there)
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn the_session_goes_to_another_origin_where_that_allows_it_and_the_error_is_clear_where_not() {
    for is_allowed in [true, false] {
        let (here, there) = across(is_allowed, true);
        sign_in(&here.chrome, there.url());
        open(&here.chrome, &here.recorder.origin(), there.url(), &json!({ "session": true }));
        let answer = here.call("user()");
        if is_allowed {
            assert_eq!(answer.unwrap(), "demo");
            continue;
        }
        let error = answer.unwrap_err();
        assert!(error.contains("CORS"), "{error}");
    }
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_bearer_token_goes_to_another_origin_without_any_cookie() {
    let (here, there) = across(false, false);
    let recorder = Recorder::before(there.address());
    let url = format!("{}/demo", recorder.origin());
    // A cookie that could go along.
    sign_in(&here.chrome, &url);
    recorder.take();
    let token = there.credentials().access_token.as_str();
    open(&here.chrome, &here.recorder.origin(), &url, &json!({ "access": token, "session": true }));
    assert_eq!(here.call("count()").unwrap(), 3);
    let heads = recorder.take();
    assert_eq!((heads.len(), last(&heads)), (1, (Some("Bearer"), false)));
    assert_eq!(heads[0].header("origin"), Some(here.recorder.origin().as_str()));
}
