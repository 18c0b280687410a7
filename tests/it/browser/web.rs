//! The web example: one login per browser session, driven by real browsers against the pages of the emulator.

mod program;
#[cfg(feature = "redis")]
mod restarts;

use serde_json::{Value, json};
use zeyos_emulator::Emulator;

use super::chrome::Chrome;
use super::emulator;
use program::Program;

const COOKIE: &str = "zeyos_web_session";

/// Asks to sign in; answers the id that waits for the answer.
fn begin(chrome: &Chrome, web: &Program) -> String {
    chrome.goto(web.url());
    chrome.until_heading("Not signed in");
    chrome.click("form[action='/sign-in'] button");
    chrome.until_heading("Sign in");
    session_cookie(chrome)
}

/// What a person does on the pages of ZeyOS.
fn agree(chrome: &Chrome, name: &str) {
    chrome.until_heading("Sign in");
    chrome.write("#username", name);
    chrome.write("#password", "demo");
    chrome.act("login");
    chrome.until_heading("Allow access?");
    chrome.act("agree");
}

/// The id in the browser's cookie, which scripts cannot read and other sites cannot send along with a form.
fn session_cookie(chrome: &Chrome) -> String {
    let cookie = chrome.cookie(COOKIE).unwrap();
    let attributes = [&cookie["httpOnly"], &cookie["sameSite"], &cookie["path"], &cookie["secure"]];
    assert_eq!(attributes, [&json!(true), &json!("Lax"), &json!("/"), &json!(false)]);
    assert_eq!(cookie.get("expiry"), None, "it ends with the browser");
    let id = cookie["value"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 22, "128 bits in base64url");
    id
}

/// Gives the browser a cookie that it had before.
fn plant(chrome: &Chrome, web: &Program, id: &str) {
    let cookie = json!({ "name": COOKIE, "value": id, "url": web.url(), "path": "/", "httpOnly": true });
    assert_eq!(chrome.devtools("Network.setCookie", &cookie)["success"], true);
}

/// The status of the page at hand.
fn status(chrome: &Chrome) -> Value {
    chrome.script("return performance.getEntriesByType('navigation')[0].responseStatus")
}

/// How many requests to this path the server has confirmed.
fn confirmed(zeyos: &Emulator, path: &str) -> usize {
    let seen = zeyos.requests();
    seen.iter().filter(|seen| seen.path.ends_with(path) && seen.status.is_some_and(|status| status < 300)).count()
}

#[test]
fn a_visitor_signs_in_sees_tickets_and_signs_out_for_good() {
    let (zeyos, chrome) = (emulator(), Chrome::start());
    let web = Program::start(&zeyos, &[]);
    let before = begin(&chrome, &web);
    agree(&chrome, "demo");
    chrome.until_heading("Signed in as Dagny Morgen");
    let after = session_cookie(&chrome);
    assert_ne!(before, after, "a new id after the sign-in");
    assert_eq!(chrome.url(), format!("{}/", web.url()), "the code is no longer in the address");
    assert_eq!(chrome.script("return document.querySelectorAll('tbody tr').length"), 5);
    assert!(chrome.has("html[lang=en]") && chrome.has("table caption"), "it can be read aloud");
    chrome.picture("web-signed-in");

    // The id from before the sign-in is worth nothing.
    plant(&chrome, &web, &before);
    chrome.goto(web.url());
    chrome.until_heading("Not signed in");
    plant(&chrome, &web, &after);
    chrome.goto(web.url());
    chrome.until_heading("Signed in as Dagny Morgen");

    assert_eq!(confirmed(&zeyos, "/revoke"), 0);
    chrome.click("form[action='/sign-out'] button");
    chrome.until_heading("Not signed in");
    assert_eq!(chrome.cookie(COOKIE), None);
    assert_eq!(confirmed(&zeyos, "/revoke"), 1, "the tokens are ended at ZeyOS too");
    plant(&chrome, &web, &after);
    chrome.goto(web.url());
    chrome.until_heading("Not signed in");
}

#[test]
fn each_browser_has_a_session_and_a_user_of_its_own() {
    let (zeyos, first, second) = (emulator(), Chrome::start(), Chrome::start());
    let web = Program::start(&zeyos, &[]);
    begin(&first, &web);
    agree(&first, "jonas");
    first.until_heading("Signed in as Jonas Petersen");
    begin(&second, &web);
    agree(&second, "mara");
    second.until_heading("Signed in as Mara Lindholm");
    assert_ne!(session_cookie(&first), session_cookie(&second));

    second.click("form[action='/sign-out'] button");
    second.until_heading("Not signed in");
    first.goto(web.url());
    first.until_heading("Signed in as Jonas Petersen");
}

#[test]
fn the_answer_to_a_login_is_refused_in_another_browser_and_taken_in_its_own() {
    let (zeyos, own, other) = (emulator(), Chrome::start(), Chrome::start());
    let web = Program::start(&zeyos, &[]);
    begin(&own, &web);
    // Without a cookie, then with the cookie of a login of its own.
    other.goto(&own.url());
    agree(&other, "jonas");
    other.until_heading("This did not work");
    assert!(other.url().starts_with(&format!("{}/callback?", web.url())), "{}", other.url());
    assert_eq!((status(&other), other.cookie(COOKIE)), (json!(400), None));
    assert!(other.text("[role=alert]").contains("waits in this browser"), "{}", other.text("body"));

    other.goto(web.url());
    other.click("form[action='/sign-in'] button");
    other.until_heading("Allow access?");
    let (waiting, page) = (session_cookie(&other), other.url());
    other.goto(&own.url());
    other.until_heading("Allow access?");
    other.act("agree");
    other.until_heading("This did not work");
    assert_eq!((status(&other), session_cookie(&other)), (json!(400), waiting));
    assert_eq!(confirmed(&zeyos, "/token"), 0, "no code was sent");

    // Both logins still wait, each in its browser.
    other.goto(&page);
    other.until_heading("Allow access?");
    other.act("agree");
    other.until_heading("Signed in as Jonas Petersen");
    agree(&own, "mara");
    own.until_heading("Signed in as Mara Lindholm");
    assert_eq!(confirmed(&zeyos, "/token"), 2);
}

#[test]
fn an_answer_is_taken_once_and_a_refusal_signs_nobody_in() {
    let (zeyos, chrome) = (emulator(), Chrome::start());
    let web = Program::start(&zeyos, &[]);
    begin(&chrome, &web);
    chrome.write("#username", "mara");
    chrome.write("#password", "demo");
    chrome.act("login");
    chrome.until_heading("Allow access?");
    chrome.act("refuse");
    chrome.until_heading("This did not work");
    assert_eq!(status(&chrome), 400);
    assert!(chrome.text("[role=alert]").contains("access_denied"), "{}", chrome.text("body"));
    let answer = chrome.url();
    chrome.goto(&answer);
    chrome.until_heading("This did not work");
    assert!(chrome.text("[role=alert]").contains("waits in this browser"), "{}", chrome.text("body"));
    chrome.goto(web.url());
    chrome.until_heading("Not signed in");
}

#[test]
fn a_second_sign_in_of_a_browser_ends_its_former_session() {
    let (zeyos, chrome) = (emulator(), Chrome::start());
    let web = Program::start(&zeyos, &[]);
    begin(&chrome, &web);
    // A second tab begins a login too; the page of the first one is still there.
    agree(&chrome, "mara");
    chrome.until_heading("Signed in as Mara Lindholm");
    let former = session_cookie(&chrome);
    let form = "const form = document.createElement('form'); form.method = 'post'; form.action = '/sign-in';
        document.body.append(form); form.submit()";
    chrome.script(form);
    chrome.until_heading("Allow access?");
    assert_eq!(session_cookie(&chrome), former, "the user stays signed in meanwhile");
    chrome.act("leave");
    agree(&chrome, "jonas");
    chrome.until_heading("Signed in as Jonas Petersen");
    assert_ne!(session_cookie(&chrome), former);
    assert_eq!(confirmed(&zeyos, "/revoke"), 1, "the tokens of the former session are ended");
    plant(&chrome, &web, &former);
    chrome.goto(web.url());
    chrome.until_heading("Not signed in");
}

#[test]
fn a_login_that_zeyos_has_ended_ends_the_session() {
    let (zeyos, chrome) = (emulator(), Chrome::start());
    let web = Program::start(&zeyos, &[]);
    begin(&chrome, &web);
    agree(&chrome, "mara");
    chrome.until_heading("Signed in as Mara Lindholm");
    // Every token is gone at the server.
    zeyos.reset().unwrap();
    chrome.goto(web.url());
    chrome.until_heading("Signed out");
    assert_eq!((status(&chrome), chrome.cookie(COOKIE)), (json!(401), None));
    chrome.click("a[href='/']");
    chrome.until_heading("Not signed in");
}

#[test]
fn what_comes_from_elsewhere_is_escaped() {
    let (zeyos, chrome) = (emulator(), Chrome::start());
    let name = "<script>document.title = 'taken over'</script><img src=x>\"'&amp;";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let token = zeyos::TokenSet::bearer(zeyos.credentials().access_token.as_str());
    let client = zeyos::Client::builder(zeyos.url()).token_set(token).build().unwrap();
    let ticket = zeyos::rest::NewTicket::new(name);
    runtime.block_on(async { client.api().create_ticket(ticket).await }).unwrap();

    let web = Program::start(&zeyos, &[]);
    begin(&chrome, &web);
    agree(&chrome, "demo");
    chrome.until_heading("Signed in as Dagny Morgen");
    assert_eq!(chrome.text("tbody tr:first-child th"), name);
    assert!(!chrome.has("script") && !chrome.has("img"));
    chrome.goto(&format!("{}/callback?error=%3Cimg%20src%3Dx%3E&state=a&state=b", web.url()));
    chrome.until_heading("This did not work");
    assert!(!chrome.has("img") && status(&chrome) == 400);
}

#[test]
fn forms_of_other_sites_sign_nobody_in_or_out() {
    let zeyos = emulator();
    let web = Program::start(&zeyos, &[]);
    for path in ["/sign-in", "/sign-out"] {
        for origin in ["", "Origin: null\r\n", "Origin: http://127.0.0.1:9\r\n", "Origin: https://evil.example\r\n"] {
            let answer = web.ask("POST", path, origin);
            assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("set-cookie"), "{origin}: {answer}");
        }
        let answer = web.ask("GET", path, "");
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    }
}

#[test]
fn behind_https_the_cookie_is_secure_and_the_callback_too() {
    let zeyos = emulator();
    let web = Program::start(&zeyos, &[("ZEYOS_WEB_URL", "https://tickets.example.com")]);
    assert_eq!(web.url(), "https://tickets.example.com");
    let answer = web.ask("POST", "/sign-in", "Origin: https://tickets.example.com\r\n");
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    assert!(answer.contains("redirect_uri=https%3A%2F%2Ftickets.example.com%2Fcallback&"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: __Host-zeyos_web_session=")).unwrap();
    assert_eq!(&cookie[22..], "; Path=/; HttpOnly; SameSite=Lax; Secure");
    assert!(answer.contains("cache-control: no-store") && answer.contains("referrer-policy: same-origin"), "{answer}");

    for odd in ["http://tickets.example.com", "https://tickets.example.com/app", "tickets.example.com", ""] {
        let output = Program::refused(&zeyos, &[("ZEYOS_WEB_URL", odd)]);
        assert!(output.contains("ZEYOS_WEB_URL"), "{odd}: {output}");
    }
}

#[cfg(not(feature = "redis"))]
#[test]
fn redis_is_not_silently_left_out() {
    let output = Program::refused(&emulator(), &[("ZEYOS_REDIS_URL", "redis://127.0.0.1:1")]);
    assert!(output.contains("--features redis"), "{output}");
}
