//! What someone does on the pages, with mouse and with keyboard, and what the browser holds afterwards.

use std::time::Duration;

use serde_json::json;
use zeyos::Client;
use zeyos::rest::Ticket;
use zeyos_emulator::Emulator;

use super::chrome::{Chrome, ENTER, TAB};
use super::{Application, authorize, emulator, one_time_password};

fn stage() -> (Emulator, Application, Chrome) {
    (emulator(), Application::start(), Chrome::start())
}

fn sign_in(chrome: &Chrome, name: &str, password: &str) {
    chrome.until_heading("Sign in");
    chrome.write("#username", name);
    chrome.write("#password", password);
    chrome.act("login");
}

/// Who the token is for that a code is exchanged for.
fn user_of_code(zeyos: &Emulator, application: &Application) -> String {
    let credentials = zeyos.credentials();
    let client = Client::builder(zeyos.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .build()
        .unwrap();
    let call = application.call();
    let (code, back) = (call.parameter("code").unwrap(), application.callback());
    let done = async {
        client.oauth2().exchange_authorization_code(code, None, Some(&back)).await.unwrap();
        client.oauth2().user_info().await.unwrap().preferred_username.clone()
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(done)
}

#[test]
fn a_user_signs_in_sees_who_asks_and_agrees() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    assert!(chrome.url().starts_with(&format!("{}/?umi=auth&page=oauth&", zeyos.url())), "{}", chrome.url());
    assert_eq!(chrome.title(), "Sign in · demo");
    sign_in(&chrome, "mara", "demo");
    chrome.until_heading("Allow access?");
    let page = chrome.text("main");
    for shown in ["Demo application", "Bergfjord Pumpen", "Mara Lindholm (mara)"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!application.was_called());
    chrome.act("agree");
    chrome.until_heading("Back at the application");
    let call = application.call();
    assert_eq!((call.method.as_str(), call.parameter("state")), ("GET", Some("s&t")));
    assert_eq!((call.parameter("code").unwrap().len(), call.parameter("error")), (40, None));
    assert_eq!(user_of_code(&zeyos, &application), "mara");
}

#[test]
fn a_refusal_tells_the_application_and_gives_no_code() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    sign_in(&chrome, "mara", "demo");
    chrome.until_heading("Allow access?");
    chrome.act("refuse");
    chrome.until_heading("Back at the application");
    let call = application.call();
    assert_eq!((call.parameter("error"), call.parameter("state")), (Some("access_denied"), Some("s&t")));
    assert_eq!(call.parameter("code"), None);
}

#[test]
fn who_does_not_want_to_sign_in_refuses_as_well() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    chrome.until_heading("Sign in");
    chrome.act("refuse");
    chrome.until_heading("Back at the application");
    assert_eq!(application.call().parameter("error"), Some("access_denied"));
}

#[test]
fn a_wrong_password_keeps_the_name_and_does_not_tell_what_is_wrong() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    let mut told = Vec::new();
    for (name, password) in [("mara", "wrong"), ("nobody", "demo")] {
        chrome.goto(&authorize(&zeyos, &application, ""));
        sign_in(&chrome, name, password);
        chrome.until("an alert", || chrome.has("[role=alert]"));
        assert_eq!((chrome.value("#username"), chrome.value("#password")), (name.to_owned(), String::new()));
        assert_eq!((chrome.title().as_str(), chrome.focus().as_str()), ("Error: sign in · demo", "password"));
        assert!(chrome.has("#password[aria-invalid=true][aria-describedby=problem]") && chrome.has("#problem a"));
        told.push(chrome.text("[role=alert]"));
    }
    assert_eq!(told[0], told[1]);
    chrome.click("#problem a");
    chrome.until("the field of the problem has the focus", || chrome.focus() == "password");
    assert!(!application.was_called() && chrome.cookie("ZEYOSID").is_none());
}

#[test]
fn a_user_with_a_second_factor_is_asked_for_it() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    sign_in(&chrome, "otto", "demo");
    chrome.until("the second step", || chrome.has("#otp"));
    assert!(!chrome.has("#password") && chrome.cookie("ZEYOSID").is_none());
    chrome.write("#otp", "000000x");
    chrome.act("code");
    chrome.until("an alert", || chrome.has("[role=alert]"));
    chrome.write("#otp", &one_time_password());
    chrome.act("code");
    chrome.until_heading("Allow access?");
    assert!(chrome.text("dl").contains("Otto Wiesner (otto)"));
    chrome.act("agree");
    chrome.until_heading("Back at the application");
    assert_eq!(user_of_code(&zeyos, &application), "otto");
}

#[test]
fn the_keyboard_alone_is_enough() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    chrome.until_heading("Sign in");
    assert_eq!(chrome.focus(), "username", "the first field has the focus");
    chrome.press("ida");
    chrome.press(TAB);
    assert_eq!(chrome.focus(), "password");
    chrome.press(&format!("demo{ENTER}"));
    chrome.until_heading("Allow access?");
    let mut order = Vec::new();
    for _ in 0..3 {
        chrome.press(TAB);
        let outline = chrome.script("return getComputedStyle(document.activeElement).outlineWidth");
        assert_eq!(outline, "3px", "the focus is seen");
        order.push(chrome.focus());
    }
    assert_eq!(order, ["agree", "refuse", "leave"]);
    chrome.goto(&authorize(&zeyos, &application, ""));
    chrome.press(TAB);
    chrome.press(ENTER);
    chrome.until_heading("Back at the application");
    assert_eq!(user_of_code(&zeyos, &application), "ida");
}

#[test]
fn the_session_of_the_browser_works_in_session_mode_until_it_signs_out() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    sign_in(&chrome, "jonas", "demo");
    chrome.until_heading("Allow access?");
    let cookie = chrome.cookie("ZEYOSID").unwrap();
    assert_eq!(
        (&cookie["httpOnly"], &cookie["sameSite"], &cookie["path"]),
        (&json!(true), &json!("Lax"), &json!("/demo"))
    );
    assert_eq!(chrome.cookie("ZEYOSLOGIN"), None);

    chrome.goto(&format!("{}/oauth2/v1/userinfo", zeyos.url()));
    assert!(chrome.text("body").contains("\"preferred_username\":\"jonas\""));
    let client = Client::builder(zeyos.url()).session_cookie(cookie["value"].as_str().unwrap()).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tickets = || runtime.block_on(async { client.api().list_tickets(Ticket::query().limit(3)).await });
    assert_eq!(tickets().unwrap().len(), 3);

    chrome.goto(zeyos.url());
    chrome.until_heading("You are signed in");
    assert!(chrome.text("dl").contains("Jonas Petersen (jonas)"));
    chrome.act("leave");
    chrome.until_heading("Sign in");
    assert_eq!(chrome.cookie("ZEYOSID"), None);
    assert!(tickets().unwrap_err().is_auth());
}

#[test]
fn a_browser_that_is_signed_in_is_only_asked_and_may_change_who_it_is() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(zeyos.url());
    sign_in(&chrome, "mara", "demo");
    chrome.until_heading("You are signed in");
    chrome.goto(&authorize(&zeyos, &application, ""));
    chrome.until_heading("Allow access?");
    assert!(chrome.text("dl").contains("(mara)"));
    chrome.act("leave");
    sign_in(&chrome, "jonas", "demo");
    chrome.until_heading("Allow access?");
    chrome.act("agree");
    chrome.until_heading("Back at the application");
    assert_eq!(user_of_code(&zeyos, &application), "jonas");
}

#[test]
fn a_page_that_has_grown_old_agrees_to_nothing() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, ""));
    sign_in(&chrome, "mara", "demo");
    chrome.until_heading("Allow access?");
    // In another tab someone else signs in.
    let other = zeyos.credentials().session.clone();
    let cookie = json!({ "name": "ZEYOSID", "value": other, "url": zeyos.url(), "path": "/demo", "httpOnly": true });
    chrome.devtools("Network.setCookie", &cookie);
    chrome.act("agree");
    chrome.until("an alert", || chrome.has("[role=alert]"));
    assert!(chrome.text("dl").contains("(demo)") && !application.was_called());
    // And a session that ends leads back to the first page.
    zeyos.advance_clock(Duration::from_secs(100_000));
    chrome.act("agree");
    chrome.until_heading("Sign in");
    assert!(!application.was_called());
}

#[test]
fn the_answer_may_come_by_a_form_that_posts_itself() {
    let (zeyos, application, chrome) = stage();
    chrome.goto(&authorize(&zeyos, &application, "&response_mode=form_post"));
    sign_in(&chrome, "mara", "demo");
    chrome.until_heading("Allow access?");
    chrome.act("agree");
    chrome.until_heading("Back at the application");
    let call = application.call();
    assert_eq!((call.method.as_str(), call.parameter("state")), ("POST", Some("s&t")));
    assert_eq!(user_of_code(&zeyos, &application), "mara");
}

#[test]
fn a_wrong_redirect_uri_ends_on_a_page_that_says_so() {
    let (zeyos, application, chrome) = stage();
    // The list of this application has another path; the port of this machine would not matter.
    let url = authorize(&zeyos, &application, "").replace("client_id=demo-app", "client_id=webshop");
    chrome.goto(&url.replace("callback", "elsewhere"));
    chrome.until_heading("This cannot go on");
    assert!(chrome.text("[role=alert]").contains("redirect URI"), "{}", chrome.text("main"));
    assert!(!application.was_called());
}
