//! Registration of clients at a Cozy.

use serde_json::{Value, json};

use super::{Cozy, Platform, Site, claims, seen, text};
use crate::client::{Answer, RequestBuilder};

const NOT_FOUND: &str = "/auth/register/0123456789abcdef0123456789abcdef";

/// What a client says about itself.
pub(super) fn metadata(name: &str) -> Value {
    json!({"redirect_uris": ["https://app.example/back?keep=1"], "client_name": name, "software_id": "github.com/x/y"})
}

impl Cozy {
    pub(super) fn start() -> Self {
        Self(Site::start(Platform::Cozy))
    }

    pub(super) fn switched(switches: &[(&str, &str)]) -> Self {
        Self(Site::switched(Platform::Cozy, switches))
    }

    fn register(&self, body: &Value) -> Answer {
        self.ask("POST", "/auth/register").header("Accept", "application/json").json(body).send()
    }

    /// A client that has just been registered.
    pub(super) fn registered(&self, body: &Value) -> Value {
        let (status, client) = seen(&self.register(body));
        assert_eq!(status, 201, "{client}");
        client
    }

    fn managed(&self, method: &str, client: &Value) -> RequestBuilder {
        let path = format!("/auth/register/{}", text(client, "client_id"));
        self.ask(method, &path).header("Accept", "*/*").bearer(&text(client, "registration_access_token"))
    }

    /// Removes a client.
    pub(super) fn unregister(&self, client: &Value) -> u16 {
        self.managed("DELETE", client).send().status
    }
}

#[test]
fn a_client_is_registered_with_what_it_says_and_what_the_server_adds() {
    let site = Cozy::start();
    let sent = json!({"redirect_uris": ["https://a.example/x", "cozyapp://back"], "client_name": "Shed", "software_id": "x",
        "software_version": "1", "client_kind": "desktop", "client_uri": "", "notification_platform": "APNS",
        "client_id": "mine", "client_secret": "mine", "grant_types": ["password"], "_rev": "1"});
    let client = site.registered(&sent);
    assert_eq!(client["client_name"], "Shed");
    assert_eq!(client["redirect_uris"], sent["redirect_uris"]);
    assert_eq!(client["notification_platform"], "apns");
    assert_eq!(client["client_secret_expires_at"], 0);
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["response_types"], json!(["code"]));
    assert_ne!(client["client_id"], "mine");
    assert_ne!(client["client_secret"], "mine");
    assert_eq!(client["pending"], true);
    assert!(client.get("client_uri").is_none() && client.get("_rev").is_none());
    let token = claims(&text(&client, "registration_access_token"));
    assert_eq!((&token["aud"], &token["sub"]), (&json!(["registration"]), &client["client_id"]));
    assert!(token.get("exp").is_none());
}

#[test]
fn the_state_of_the_instance_is_told_to_everybody() {
    assert_eq!(seen(&Cozy::start().ask("GET", "/status/").send()), (200, json!({"status": "OK"})));
}

#[test]
fn a_taken_name_gets_a_number() {
    let site = Cozy::start();
    let names: Vec<Value> = (0..3).map(|_| site.registered(&metadata("Shed"))["client_name"].clone()).collect();
    assert_eq!(names, ["Shed", "Shed-2", "Shed-3"]);
}

#[test]
fn the_accept_header_is_a_star_or_names_json() {
    let site = Cozy::start();
    let client = site.registered(&metadata("Shed"));
    let path = format!("/auth/register/{}", text(&client, "client_id"));
    let refused = (400, json!({"error": "bad_accept_header"}));
    for accept in [None, Some("text/html"), Some("text/*, */*")] {
        for (method, path) in [("POST", "/auth/register"), ("GET", &*path), ("PUT", &*path)] {
            let ask = site.ask(method, path).json(&metadata("Other"));
            let ask = accept.into_iter().fold(ask, |ask, accept| ask.header("Accept", accept));
            assert_eq!(seen(&ask.send()), refused, "{method} {accept:?}");
        }
    }
    let ask = site.ask("POST", "/auth/register").header("Accept", "text/html, application/json;q=0.5");
    assert_eq!(ask.json(&metadata("Other")).send().status, 201);
    // Removing asks for none.
    let ask = site.ask("DELETE", &path).bearer(&text(&client, "registration_access_token"));
    assert_eq!(ask.send().status, 204);
}

#[test]
fn the_content_type_begins_with_json_and_the_body_is_json() {
    let site = Cozy::start();
    let ask = || site.ask("POST", "/auth/register").header("Accept", "*/*");
    let body = metadata("Shed").to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let answer = ask().body(media_type, body.as_bytes()).send();
        assert_eq!(seen(&answer), (400, json!({"error": "bad_content_type"})));
    }
    assert_eq!(ask().body("application/json; charset=utf-8", body.as_bytes()).send().status, 201);
    for broken in ["{", "[]", r#"{"redirect_uris":"https://a.example"}"#] {
        let answer = ask().body("application/json", broken.as_bytes()).send();
        assert_eq!((answer.status, answer.header("content-type")), (500, Some("application/vnd.api+json")), "{broken}");
        let errors: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(errors["errors"][0]["status"], "500");
    }
}

#[test]
fn metadata_that_do_not_fit_are_refused_with_a_code() {
    let site = Cozy::switched(&[("unapproved_software", "bad")]);
    let own = site.server.url().replace("http://", "https://");
    let with = |name: &str, value: Value| {
        let mut body = metadata("Shed");
        body[name] = value;
        body
    };
    for (body, code) in [
        (with("redirect_uris", json!([])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["https://a.example/#x"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["nonsense"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["https://a.example/", format!("{own}/x")])), "invalid_redirect_uri"),
        (with("client_name", json!("")), "invalid_client_metadata"),
        (with("software_id", Value::Null), "invalid_client_metadata"),
        (with("notification_platform", json!("pigeon")), "invalid_client_metadata"),
        (with("software_id", json!("bad")), "unapproved_software_id"),
    ] {
        let (status, answer) = seen(&site.register(&body));
        assert_eq!((status, &answer["error"]), (400, &json!(code)), "{body}");
    }
    assert_eq!(site.register(&with("allow_login_scope", json!(true))).status, 401);
}

#[test]
fn a_client_is_read_with_its_own_registration_token_alone() {
    let site = Cozy::start();
    let (client, other) = (site.registered(&metadata("Shed")), site.registered(&metadata("Barn")));
    let (status, read) = seen(&site.managed("GET", &client).send());
    assert_eq!((status, &read["client_secret"]), (200, &client["client_secret"]));
    assert!(read.get("registration_access_token").is_none());
    let path = format!("/auth/register/{}", text(&client, "client_id"));
    let token = text(&client, "registration_access_token");
    let other = text(&other, "registration_access_token");
    for header in [None, Some(format!("bearer {token}")), Some(format!("Bearer {other}")), Some("Bearer x".to_owned())]
    {
        for method in ["GET", "PUT", "DELETE"] {
            let ask = site.ask(method, &path).header("Accept", "*/*").json(&metadata("Shed"));
            let ask = header.iter().fold(ask, |ask, value| ask.header("Authorization", value));
            assert_eq!(seen(&ask.send()), (401, json!({"error": "invalid_token"})), "{method} {header:?}");
        }
    }
    let ask = site.ask("GET", NOT_FOUND).header("Accept", "*/*").bearer(&token);
    assert_eq!(seen(&ask.send()), (404, json!({"error": "Client not found"})));
}

#[test]
fn an_update_replaces_everything_and_rotates_the_secret_on_request() {
    let site = Cozy::start();
    let mut sent = metadata("Shed");
    sent["software_version"] = json!("1");
    let client = site.registered(&sent);
    let put = |body: &Value| seen(&site.managed("PUT", &client).json(body).send());
    let mut body = metadata("Hut");
    assert_eq!(put(&body).1["error"], "invalid_client_id");
    body["client_id"] = json!("another");
    assert_eq!(put(&body).1["error"], "invalid_client_id");
    body["client_id"] = client["client_id"].clone();
    let (status, updated) = put(&body);
    assert_eq!((status, &updated["client_name"]), (200, &json!("Hut")));
    assert!(updated.get("software_version").is_none() && updated.get("registration_access_token").is_none());
    assert_eq!(updated["client_secret"], client["client_secret"]);
    body["client_secret"] = json!("wrong");
    let (status, refused) = put(&body);
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_client_secret")));
    body["client_secret"] = client["client_secret"].clone();
    let (status, rotated) = put(&body);
    assert_eq!(status, 200);
    assert_ne!(rotated["client_secret"], client["client_secret"]);
    // The old one is not the current one any more.
    assert_eq!(put(&body).0, 400);
    let _ = updated;
}

#[test]
fn a_removed_client_is_gone_and_may_be_removed_again() {
    let site = Cozy::start();
    let client = site.registered(&metadata("Shed"));
    for _ in 0..2 {
        let answer = site.managed("DELETE", &client).body("application/json", b"null").send();
        assert_eq!((answer.status, answer.body.len()), (204, 0));
    }
    assert_eq!(site.managed("GET", &client).send().status, 404);
}

#[test]
fn too_many_registrations_look_like_a_missing_route_for_an_hour() {
    let site = Cozy::switched(&[("registrations_per_hour", "2")]);
    let client = site.registered(&metadata("Shed"));
    site.registered(&metadata("Shed"));
    let refused = (404, json!({"error": "Not found"}));
    assert_eq!(seen(&site.register(&metadata("Shed"))), refused);
    assert_eq!(seen(&site.managed("PUT", &client).json(&metadata("Shed")).send()), refused);
    assert_eq!(site.managed("GET", &client).send().status, 200);
    site.server.advance_clock(std::time::Duration::from_secs(3600));
    assert_eq!(site.register(&metadata("Shed")).status, 201);
}
