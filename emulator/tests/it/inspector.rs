//! The page for people on the control port.

use serde_json::json;
use zeyos_emulator::{Emulator, Fault, Seed};

use crate::client::{Answer, RequestBuilder, Server, started};

fn inspected() -> Server {
    started(Emulator::builder().seed(Seed::Empty).control_port(0).record_bodies(true))
}

fn origin(server: &Server) -> String {
    server.zeyos.control_url().unwrap().to_owned()
}

fn ask(server: &Server, method: &str, path: &str) -> RequestBuilder {
    RequestBuilder::new(&format!("{}/", origin(server)), method, &format!("/{path}"))
}

fn page(server: &Server) -> String {
    let answer = ask(server, "GET", "/inspector").send();
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    answer.text()
}

/// Sends a form as the page itself does.
fn post(server: &Server, path: &str, form: &str) -> Answer {
    ask(server, "POST", path).header("Origin", &origin(server)).form(form).send()
}

#[test]
fn requests_filters_faults_and_the_clock_are_shown_as_text() {
    let server = inspected();
    let filter = json!({ "filters": { "name": "<script>alert('x')</script>" }, "limit": 7 });
    server.ask("POST", "/api/v1/tickets").json(&filter).send();
    server.zeyos.inject(Fault::status(503).on("GET", "/api/v1/config").member_above("limit", 500.0));
    server.zeyos.set_clock_offset(-90);
    let page = page(&server);
    for shown in
        ["/demo/api/v1/tickets", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;", "{&quot;limit&quot;:7}", "bearer"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(page.contains("{&quot;above&quot;:500}") && page.contains("-1 min 30 s from the machine"), "{page}");
    assert!(!page.contains("<script>alert"));
}

#[test]
fn a_token_is_never_shown_whole() {
    let server = inspected();
    server.token_of("demo");
    let page = page(&server);
    let credentials = server.credentials();
    for secret in [&credentials.access_token, &credentials.refresh_token, &credentials.session] {
        assert!(page.contains(&format!("<code>{}…</code>", &secret[..4])), "{page}");
        assert!(!page.contains(&secret[..5]));
    }
    assert!(!page.contains(&credentials.client_secret));
}

#[test]
fn a_form_sets_a_fault_and_a_button_takes_it_back() {
    let server = inspected();
    let form = "method=GET&path=/api/v1/config&status=429&retry_after=7&times=2&parts=latency+%3D+%221ms%22";
    let answer = post(&server, "/inspector/faults", form);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/inspector")));
    let refused = server.ask("GET", "/api/v1/config").send();
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("7")));
    assert_eq!(post(&server, "/inspector/faults/remove", "number=1").status, 303);
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 200);
    assert!(page(&server).contains("No fault is set."));
}

#[test]
fn what_is_wrong_with_a_form_is_told_and_what_was_sent_stays() {
    let server = inspected();
    let answer = post(&server, "/inspector/faults", "method=PUT&path=/api/v1/notes&status=99&parts=");
    let page = answer.text();
    assert_eq!(answer.status, 400);
    assert!(page.contains("role=\"alert\">&quot;99&quot; is not a value of &quot;status&quot;"), "{page}");
    assert!(page.contains("value=\"/api/v1/notes\"") && page.contains("<option selected>PUT</option>"), "{page}");
    assert_eq!(post(&server, "/inspector/faults", "parts=stauts+%3D+503").status, 400);
    assert_eq!(post(&server, "/inspector/clock", "advance=soon").status, 400);
    assert_eq!(post(&server, "/inspector/clock", "advance=10000000000000").status, 400);
}

#[test]
fn the_clock_and_the_recording_are_set_by_forms() {
    let server = inspected();
    assert_eq!(post(&server, "/inspector/clock", "advance=%2B2h").status, 303);
    assert!(page(&server).contains("2 h from the machine"));
    assert_eq!(post(&server, "/inspector/bodies", "record=off").status, 303);
    server.ask("POST", "/api/v1/tickets").json(&json!({ "limit": 7 })).send();
    assert_eq!(server.zeyos.requests().last().unwrap().body, None);
}

#[test]
fn no_other_page_can_read_it_or_send_its_forms() {
    let server = inspected();
    for foreign in ["http://evil.example", "http://127.0.0.1:1", "null", "https://localhost"] {
        let form = ask(&server, "POST", "/inspector/faults").header("Origin", foreign).form("status=503");
        assert_eq!(form.send().status, 403, "{foreign}");
        assert_eq!(ask(&server, "GET", "/inspector").header("Origin", foreign).send().status, 403, "{foreign}");
    }
    assert_eq!(ask(&server, "POST", "/inspector/faults").form("status=503").send().status, 403, "without an origin");
    assert_eq!(ask(&server, "GET", "/inspector").named("evil.example").send().status, 403, "DNS rebinding");
    let own = ask(&server, "POST", "/faults").header("Origin", &origin(&server)).json(&json!({ "status": 503 }));
    assert_eq!(own.send().status, 403, "its origin opens its own forms alone");
    assert!(page(&server).contains("No fault is set."));
    let policy = ask(&server, "GET", "/inspector").send().header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[test]
fn other_methods_and_paths_are_refused() {
    let server = inspected();
    assert_eq!(ask(&server, "DELETE", "/inspector").send().status, 405);
    assert_eq!(ask(&server, "GET", "/inspector/nothing").send().status, 404);
    assert_eq!(ask(&server, "GET", "/inspectors").send().status, 404);
    let json = ask(&server, "POST", "/inspector/faults").header("Origin", &origin(&server)).json(&json!({}));
    assert_eq!(json.send().status, 415);
    assert_eq!(server.bare("GET", "/inspector").send().status, 404, "it is not on the main port");
}
