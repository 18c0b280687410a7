//! Consent at a Cozy, with and without a page.

use serde_json::{Value, json};

use super::cozy::metadata;
use super::{CHALLENGE, Cozy, form, parameter, seen, text};
use crate::client::Answer;

const REDIRECT: &str = "https://app.example/back?keep=1";

/// The query of a login.
fn query<'a>(client: &'a Value, more: &[(&'a str, &'a str)]) -> String {
    let id = client["client_id"].as_str().unwrap();
    let mut fields = vec![
        ("client_id", id),
        ("redirect_uri", REDIRECT),
        ("state", "s t"),
        ("response_type", "code"),
        ("scope", "files/images:read io.cozy.contacts"),
    ];
    for (name, value) in more {
        fields.retain(|(known, _)| known != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    form(&fields)
}

impl Cozy {
    fn authorized(&self, query: &str) -> Answer {
        self.ask("GET", &format!("/auth/authorize?{query}")).send()
    }

    /// A code for a client, asked for with these parameters besides.
    pub(super) fn code(&self, client: &Value, more: &[(&str, &str)]) -> String {
        let answer = self.authorized(&query(client, more));
        assert_eq!(answer.status, 302, "{}", answer.text());
        parameter(answer.header("location").unwrap(), "code").unwrap()
    }
}

#[test]
fn the_answer_carries_the_code_twice_keeps_parameters_and_ends_in_a_bare_fragment() {
    let site = Cozy::start();
    let client = site.registered(&metadata("Shed"));
    let answer = site.authorized(&query(&client, &[]));
    let location = answer.header("location").unwrap();
    assert_eq!(answer.status, 302);
    let of = |name| parameter(location, name);
    assert_eq!(of("code"), of("access_code"));
    assert!(of("code").is_some() && location.ends_with('#'));
    assert_eq!((of("state").as_deref(), of("keep").as_deref()), (Some("s t"), Some("1")));
    assert!(location.starts_with("https://app.example/back?") && of("fallback").is_none());
}

#[test]
fn every_fault_is_a_page_with_400_and_no_redirect() {
    let site = Cozy::start();
    let client = site.registered(&metadata("Shed"));
    for more in [
        [("client_id", ""), ("x", "")],
        [("client_id", "unknown"), ("x", "")],
        [("redirect_uri", "https://app.example/back"), ("x", "")],
        [("redirect_uri", ""), ("x", "")],
        [("state", ""), ("x", "")],
        [("response_type", "token"), ("x", "")],
        [("scope", ""), ("x", "")],
        [("scope", "login"), ("x", "")],
        [("scope", "*"), ("x", "")],
        [("scope", "io.cozy.*"), ("x", "")],
        [("code_challenge", CHALLENGE), ("x", "")],
        [("code_challenge_method", "S256"), ("x", "")],
        [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")],
    ] {
        let answer = site.authorized(&query(&client, &more));
        assert_eq!((answer.status, answer.header("location")), (400, None), "{more:?}");
        assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{more:?}");
    }
}

#[test]
fn a_linked_application_gets_the_scope_of_its_manifest_and_a_fallback() {
    let site = Cozy::start();
    let mut linked = metadata("Drive");
    linked["software_id"] = json!("registry://drive");
    let client = site.registered(&linked);
    let answer = site.authorized(&query(&client, &[("scope", "")]));
    let location = answer.header("location").unwrap().to_owned();
    assert!(parameter(&location, "fallback").is_some());
    let tokens = site.exchanged(&client, &parameter(&location, "code").unwrap(), &[]);
    assert_eq!(tokens["scope"], "@io.cozy.apps/drive");
}

#[test]
fn with_a_page_the_user_signs_in_and_agrees_by_a_form_that_no_other_page_can_send() {
    let site = Cozy::switched(&[("authorize", "form")]);
    let client = site.registered(&metadata("Shed"));
    let query = query(&client, &[]);
    let sent_away = site.authorized(&query);
    let login = sent_away.header("location").unwrap();
    assert_eq!(sent_away.status, 303);
    assert!(login.starts_with("/auth/login?redirect="), "{login}");
    assert_eq!(site.ask("POST", "/auth/authorize").form(&query).send().status, 401);

    let back = parameter(login, "redirect").unwrap();
    let sign_in = |passphrase: &str| {
        site.ask("POST", "/auth/login").form(&form(&[("passphrase", passphrase), ("redirect", &back)])).send()
    };
    assert_eq!(sign_in("wrong").status, 401);
    let signed_in = sign_in(site.credential("passphrase"));
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some(&*back)));
    let session = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();

    let page = site.ask("GET", &back).header("Cookie", &session).send();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("error=access_denied"), "the way to cancel");
    let csrf = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let post = |body: &str, cookies: &str| site.ask("POST", "/auth/authorize").header("Cookie", cookies).form(body);
    let refused = post(&query, &session).send();
    assert_eq!((refused.status, refused.header("content-type")), (403, Some("text/plain; charset=utf-8")));

    let agreed = format!("{query}&csrf_token={}", csrf.split_once('=').unwrap().1);
    let cookies = format!("{session}; {csrf}");
    let answer = post(&agreed, &cookies).send();
    assert_eq!(answer.status, 302);
    assert!(parameter(answer.header("location").unwrap(), "code").is_some());
    let (status, deeplink) = seen(&post(&agreed, &cookies).header("Accept", "application/json").send());
    assert_eq!(status, 200);
    assert!(text(&deeplink, "deeplink").ends_with('#'));
    assert_eq!(post(&agreed, &cookies).header("Accept", "application/json, */*").send().status, 302);
}

#[test]
fn nobody_is_led_to_another_host_after_signing_in() {
    let site = Cozy::start();
    for redirect in ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "/\nx"] {
        let fields = form(&[("passphrase", site.credential("passphrase")), ("redirect", redirect)]);
        let answer = site.ask("POST", "/auth/login").form(&fields).send();
        assert_eq!(answer.header("location"), Some("/"), "{redirect}");
    }
}
