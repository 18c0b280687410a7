//! The consent of the user, and the way back to the client.

use axum::http::{StatusCode, header};
use url::Url;

use super::login::{CSRF, session};
use super::scope;
use super::state::{Code, State};
use super::switches::Consent;
use crate::html::escape;
use crate::http::credential::cookie;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{Form, page, redirect};

/// What is asked for, once it was looked through.
struct Wish {
    client: String,
    name: String,
    redirect_uri: Url,
    state: String,
    scope: String,
    challenge: Option<String>,
    /// The page of a linked application in the Cozy.
    fallback: Option<String>,
}

impl State {
    pub(super) fn authorize(&mut self, request: &Request, now: i64) -> Reply {
        let query = Form::of_query(request);
        let wish = match self.wish(&query) {
            Ok(wish) => wish,
            Err(why) => return faulty(why),
        };
        if self.switches.authorize == Consent::Auto {
            return redirect(StatusCode::FOUND, self.consent(wish, now));
        }
        if session(self, request).is_none() {
            let back: String =
                form_urlencoded::byte_serialize(format!("{}?{}", request.raw_path, request.raw_query).as_bytes())
                    .collect();
            return redirect(StatusCode::SEE_OTHER, format!("/auth/login?redirect={back}"));
        }
        let csrf = self.random.token();
        consent_page(&wish, &query, &csrf)
            .with(header::SET_COOKIE, format!("{CSRF}={csrf}; Path=/auth; HttpOnly; SameSite=Strict"))
    }

    /// The form of the consent page.
    pub(super) fn consented(&mut self, request: &Request, now: i64) -> Reply {
        if session(self, request).is_none() {
            return page(StatusCode::UNAUTHORIZED, "Error", "<p>Sign in first.</p>");
        }
        let form = Form::of_body(request).unwrap_or_default();
        let sent = form.get("csrf_token");
        if sent.is_none() || sent != cookie(&request.headers, CSRF) {
            return Reply::text(StatusCode::FORBIDDEN, "Invalid csrf token");
        }
        match self.wish(&form) {
            Err(why) => faulty(why),
            Ok(wish) => {
                let location = self.consent(wish, now);
                // A part of a longer header does not count.
                if request.header_list(&header::ACCEPT) == "application/json" {
                    return Reply::json(StatusCode::OK, &Json::object([("deeplink", location.into())]));
                }
                redirect(StatusCode::FOUND, location)
            }
        }
    }

    fn wish(&self, query: &Form) -> Result<Wish, &'static str> {
        let state = query.get("state").ok_or("the state parameter is mandatory")?;
        let client_id = query.get("client_id").ok_or("the client_id parameter is mandatory")?;
        let redirect_uri = query.get("redirect_uri").ok_or("the redirect_uri parameter is mandatory")?;
        if query.get("response_type") != Some("code") {
            return Err("the response_type is not code");
        }
        let client = self.clients.get(client_id).ok_or("the client must be registered")?;
        let metadata = &client.metadata;
        if !metadata.redirect_uris.iter().any(|known| known == redirect_uri) {
            return Err("the redirect_uri is not one of the client");
        }
        let scope = match metadata.slug() {
            Some(slug) => format!("@io.cozy.apps/{slug}"),
            None => query.get("scope").ok_or("the scope parameter is mandatory")?.to_owned(),
        };
        scope::check(&scope)?;
        let challenge = match (query.get("code_challenge"), query.get("code_challenge_method")) {
            (None, None) => None,
            (Some(challenge), Some("S256")) => Some(challenge.to_owned()),
            _ => return Err("a code_challenge and the method S256 belong together"),
        };
        let redirect_uri = Url::parse(redirect_uri).map_err(|_| "the redirect_uri is no URL")?;
        let is_web = matches!(redirect_uri.scheme(), "http" | "https");
        let fallback = metadata.slug().filter(|_| is_web).map(|slug| format!("/apps/{slug}"));
        let name = metadata.get("client_name").unwrap_or_default().to_owned();
        Ok(Wish {
            client: client_id.to_owned(),
            name,
            redirect_uri,
            state: state.to_owned(),
            scope,
            challenge,
            fallback,
        })
    }

    /// Where the browser goes: the code stands there twice, and a bare `#` is the end.
    fn consent(&mut self, wish: Wish, now: i64) -> String {
        let code = self.random.token();
        let mut url = wish.redirect_uri;
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        pairs.push(("access_code".to_owned(), code.clone()));
        pairs.push(("code".to_owned(), code.clone()));
        pairs.push(("state".to_owned(), wish.state));
        pairs.extend(wish.fallback.map(|path| ("fallback".to_owned(), path)));
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        url.query_pairs_mut().clear().extend_pairs(pairs);
        let ttl = i64::try_from(self.switches.code_ttl.as_secs()).unwrap_or(i64::MAX);
        let ends = now.saturating_add(ttl);
        self.codes.insert(code, Code { client: wish.client, scope: wish.scope, challenge: wish.challenge, ends });
        format!("{url}#")
    }
}

fn faulty(why: &str) -> Reply {
    page(StatusCode::BAD_REQUEST, "Error", &format!("<p>{}</p>", escape(why)))
}

/// What the consent page carries along.
const CARRIED: [&str; 7] =
    ["client_id", "redirect_uri", "state", "response_type", "scope", "code_challenge", "code_challenge_method"];

fn consent_page(wish: &Wish, query: &Form, csrf: &str) -> Reply {
    let hidden =
        |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    let fields: String = CARRIED.iter().filter_map(|name| Some(hidden(name, query.get(name)?))).collect();
    let mut cancel = wish.redirect_uri.clone();
    cancel.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", &wish.state);
    let content = format!(
        "<form method=\"post\" action=\"/auth/authorize\"><p>{} asks for: {}</p>{fields}{}\
         <button>Agree</button> <a href=\"{}\">Cancel</a></form>",
        escape(&wish.name),
        escape(&wish.scope),
        hidden("csrf_token", csrf),
        escape(cancel.as_str()),
    );
    page(StatusCode::OK, "Consent", &content)
}
