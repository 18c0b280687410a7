//! The pages for people as a browser meets them on the wire: cookies, proofs against foreign forms, headers. How they
//! work in a real browser is tested beside the client.

use zeyos_emulator::switches::Authorize;
use zeyos_emulator::{Emulator, Switches};

use crate::client::{Answer, Server, parameter, started};

const ASKED: &str = "client_id=demo-app&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcb&response_type=code&state=s1";

fn asking() -> Server {
    let mut switches = Switches::default();
    switches.authorize = Authorize::Form;
    started(Emulator::builder().switches(switches))
}

/// A browser at one page: what it was given there, it gives back.
struct Browser<'a> {
    server: &'a Server,
    page: String,
    cookies: Vec<(String, String)>,
    proof: String,
}

impl<'a> Browser<'a> {
    fn at(server: &'a Server, page: &str) -> Self {
        Self { server, page: page.to_owned(), cookies: Vec::new(), proof: String::new() }
    }

    fn asked(server: &'a Server) -> Self {
        let mut browser = Self::at(server, &format!("/?umi=auth&page=oauth&{ASKED}"));
        browser.get();
        browser
    }

    fn get(&mut self) -> Answer {
        let answer = self.server.bare("GET", &self.page).header("Cookie", &self.cookie_header()).send();
        self.take(answer)
    }

    fn post(&mut self, form: &str) -> Answer {
        self.post_from(form, &self.server.zeyos.url().replace("/demo", ""))
    }

    fn post_from(&mut self, form: &str, origin: &str) -> Answer {
        let form = format!("proof={}&{form}", self.proof);
        let ask = self.server.bare("POST", &self.page).header("Cookie", &self.cookie_header()).header("Origin", origin);
        let answer = ask.form(&form).send();
        self.take(answer)
    }

    fn sign_in(&mut self, name: &str) -> Answer {
        let entered = self.post(&format!("username={name}&password=demo&action=login"));
        assert_eq!(entered.status, 303, "{}", entered.text());
        self.get()
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn take(&mut self, answer: Answer) -> Answer {
        for line in answer.headers_named("set-cookie") {
            assert!(line.contains("; Path=/demo; HttpOnly; SameSite=Lax"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let html = answer.text();
        if let Some((_, rest)) = html.split_once("name=\"proof\" value=\"") {
            self.proof = rest.split('"').next().unwrap().to_owned();
        }
        answer
    }
}

fn alert(answer: &Answer) -> bool {
    answer.text().contains("role=\"alert\"")
}

fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()))
}

#[test]
fn the_way_from_the_first_page_to_a_code() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    assert!(browser.cookie("ZEYOSID").is_none() && browser.cookie("ZEYOSLOGIN").is_some());
    let consent = browser.sign_in("mara").text();
    assert!(consent.contains("Demo application") && consent.contains("Mara Lindholm"), "{consent}");
    assert!(browser.cookie("ZEYOSID").is_some() && browser.cookie("ZEYOSLOGIN").is_none());
    let agreed = browser.post("action=agree");
    assert_eq!((agreed.status, agreed.header("cache-control")), (303, Some("no-store")));
    assert_eq!(parameter(location(&agreed), "state").as_deref(), Some("s1"));
    let code = parameter(location(&agreed), "code").unwrap();
    let token = server.grant(&format!("grant_type=authorization_code&code={code}")).json();
    let info = server.bare("GET", "/oauth2/v1/userinfo").bearer(token["access_token"].as_str().unwrap()).send().json();
    assert_eq!(info["preferred_username"], "mara");
    let session = browser.cookie("ZEYOSID").unwrap();
    assert_eq!(server.bare("GET", "/api/v1/config").session(session).send().status, 200);
}

#[test]
fn a_form_without_its_proof_does_nothing() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    let good = browser.proof.clone();
    for wrong in ["", "0000", &good.to_uppercase()] {
        browser.proof = wrong.to_owned();
        let answer = browser.post("username=mara&password=demo&action=login");
        assert_eq!((answer.status, answer.header("location")), (403, None));
        assert!(alert(&answer) && browser.cookie("ZEYOSID").is_none());
    }
    // The proof of another browser, and that of no browser at all.
    let stranger = Browser::asked(&server).proof;
    browser.proof = stranger;
    assert_eq!(browser.post("username=mara&password=demo&action=login").status, 403);
    browser.proof = good;
    let cookies = std::mem::take(&mut browser.cookies);
    assert_eq!(browser.post("username=mara&password=demo&action=login").status, 403);
    browser.cookies = cookies;
    browser.get();
    browser.sign_in("mara");
    for action in ["agree", "refuse", "leave"] {
        let good = std::mem::replace(&mut browser.proof, "0".repeat(64));
        let answer = browser.post(&format!("action={action}"));
        assert_eq!((answer.status, answer.header("location")), (403, None), "{action}");
        browser.proof = good;
    }
    assert_eq!(browser.post("action=agree").status, 303);
}

#[test]
fn a_form_of_another_origin_does_nothing() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", ""] {
        assert_eq!(browser.post_from("username=mara&password=demo&action=login", origin).status, 403, "{origin}");
    }
    browser.sign_in("mara");
    assert_eq!(browser.post_from("action=agree", "https://evil.example").status, 403);
    assert_eq!(browser.post("action=agree").status, 303);
}

#[test]
fn a_page_shown_to_one_user_does_not_agree_for_another() {
    let server = asking();
    let (mut mara, mut jonas) = (Browser::asked(&server), Browser::asked(&server));
    mara.sign_in("mara");
    jonas.sign_in("jonas");
    mara.cookies.clone_from(&jonas.cookies);
    let answer = mara.post("action=agree");
    assert!(answer.status == 403 && alert(&answer) && answer.text().contains("(jonas)"));
}

#[test]
fn what_is_missing_or_wrong_is_said_and_the_name_is_kept() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    let empty = browser.post("username=&password=&action=login").text();
    assert!(empty.contains("href=\"#username\"") && empty.contains("href=\"#password\""), "{empty}");
    assert_eq!(empty.matches("aria-invalid=\"true\"").count(), 2);
    let wrong = browser.post("username=%3Cmara%22&password=wrong&action=login");
    assert!(wrong.status == 200 && alert(&wrong) && browser.cookie("ZEYOSID").is_none());
    assert!(wrong.text().contains("value=\"&lt;mara&quot;\""), "{}", wrong.text());
    assert!(!wrong.text().contains("value=\"wrong\""));
    let program = browser.post("username=robot&password=demo&action=login");
    assert!(alert(&program) && program.header("location").is_none(), "a user for programs has no web login");
}

#[test]
fn one_time_passwords_cannot_be_tried_for_ever() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    let second = browser.sign_in("otto").text();
    assert!(second.contains("name=\"otp\"") && !second.contains("name=\"password\""), "{second}");
    assert!(browser.cookie("ZEYOSID").is_none());
    for _ in 0..4 {
        assert!(browser.post("otp=1&action=code").text().contains("name=\"otp\""));
    }
    let last = browser.post("otp=1&action=code");
    assert!(alert(&last) && last.text().contains("name=\"password\""), "{}", last.text());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let code = crate::grants::totp(b"bergfjord-otto-totp!", now / 30);
    assert_eq!(browser.post(&format!("otp={code}&action=code")).header("location"), None, "it has to begin again");
    browser.sign_in("otto");
    assert_eq!(browser.post(&format!("otp={code}&action=code")).status, 303);
    assert!(browser.get().text().contains("(otto)"));
}

#[test]
fn a_right_password_waits_five_minutes_for_its_second_factor() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    browser.sign_in("otto");
    server.zeyos.advance_clock(std::time::Duration::from_secs(301));
    let late = browser.post("otp=1&action=code");
    assert!(alert(&late) && late.text().contains("name=\"password\""));
}

#[test]
fn a_refusal_is_told_with_the_state_before_and_after_signing_in() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    let before = browser.post("action=refuse");
    browser.get();
    browser.sign_in("mara");
    let after = browser.post("action=refuse");
    for refused in [before, after] {
        let told = location(&refused);
        assert_eq!(parameter(told, "error").as_deref(), Some("access_denied"));
        assert_eq!((parameter(told, "state").as_deref(), parameter(told, "code")), (Some("s1"), None));
    }
}

#[test]
fn the_first_page_of_the_instance_signs_in_and_out() {
    let server = asking();
    let mut browser = Browser::at(&server, "/");
    browser.get();
    assert!(browser.sign_in("ida").text().contains("Ida Solheim"));
    let session = browser.cookie("ZEYOSID").unwrap().to_owned();
    let works = || server.bare("GET", "/auth/v1/").session(&session).send().status;
    assert_eq!(works(), 200);
    let out = browser.post("action=leave");
    assert_eq!((out.status, location(&out)), (303, "/demo/"));
    assert!(browser.cookie("ZEYOSID").is_none());
    assert_eq!(works(), 401);
    assert!(browser.get().text().contains("Sign in"));
    assert_eq!(server.bare("GET", "/?umi=other").send().error(), 404);
    assert_eq!(server.bare("PUT", "/").send().error(), 405);
}

#[test]
fn every_page_keeps_itself_to_itself() {
    let server = asking();
    let mut browser = Browser::asked(&server);
    let first = browser.get();
    let consent = browser.sign_in("mara");
    browser.page = "/".to_owned();
    for page in [first, consent, browser.get()] {
        let policy = page.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let html = page.text();
        assert!(html.contains("<html lang=\"en\">") && html.contains("name=\"viewport\"") && html.contains("<h1>"));
        for foreign in ["<script", " style=", "javascript:", " onload=", " onclick=", " onsubmit=", " src=", "<link"] {
            assert!(!html.contains(foreign), "{foreign}: {html}");
        }
    }
}

#[test]
fn a_restricted_application_is_for_those_with_its_permission() {
    let mut switches = Switches::default();
    switches.authorize = Authorize::Form;
    switches.permissions = true;
    let server = started(Emulator::builder().switches(switches));
    let agreed = |name: &str| {
        let asked = "client_id=payroll&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcallback&response_type=code";
        let mut browser = Browser::at(&server, &format!("/?umi=auth&page=oauth&{asked}"));
        browser.get();
        browser.sign_in(name);
        let answer = browser.post("action=agree");
        let told = location(&answer);
        (parameter(told, "code").is_some(), parameter(told, "error"))
    };
    assert_eq!(agreed("demo"), (true, None));
    assert_eq!(agreed("jonas"), (false, Some("access_denied".to_owned())));
}
