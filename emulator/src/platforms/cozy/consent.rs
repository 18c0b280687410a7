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
struct AuthorizationRequest {
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
        let authorization_request = match self.authorization_request(&query) {
            Ok(authorization_request) => authorization_request,
            Err(why) => return faulty(why),
        };
        if self.switches.authorize == Consent::Auto {
            return redirect(StatusCode::FOUND, self.consent(authorization_request, now));
        }
        if session(self, request).is_none() {
            let back: String =
                form_urlencoded::byte_serialize(format!("{}?{}", request.raw_path, request.raw_query).as_bytes())
                    .collect();
            return redirect(StatusCode::SEE_OTHER, format!("/auth/login?redirect={back}"));
        }
        let csrf = self.random.token();
        consent_page(&authorization_request, &query, &csrf)
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
        match self.authorization_request(&form) {
            Err(why) => faulty(why),
            Ok(authorization_request) => {
                let location = self.consent(authorization_request, now);
                // A part of a longer header does not count.
                if request.header_list(&header::ACCEPT) == "application/json" {
                    return Reply::json(StatusCode::OK, &Json::object([("deeplink", location.into())]));
                }
                redirect(StatusCode::FOUND, location)
            }
        }
    }

    fn authorization_request(&self, query: &Form) -> Result<AuthorizationRequest, &'static str> {
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
        let redirect_uri = Url::parse(redirect_uri).map_err(|_| "the redirect_uri is not a URL")?;
        let is_web = matches!(redirect_uri.scheme(), "http" | "https");
        let fallback = metadata.slug().filter(|_| is_web).map(|slug| format!("/apps/{slug}"));
        let name = metadata.get("client_name").unwrap_or_default().to_owned();
        Ok(AuthorizationRequest {
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
    fn consent(&mut self, authorization_request: AuthorizationRequest, now: i64) -> String {
        let code = self.random.token();
        let mut url = authorization_request.redirect_uri;
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        pairs.push(("access_code".to_owned(), code.clone()));
        pairs.push(("code".to_owned(), code.clone()));
        pairs.push(("state".to_owned(), authorization_request.state));
        pairs.extend(authorization_request.fallback.map(|path| ("fallback".to_owned(), path)));
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        url.query_pairs_mut().clear().extend_pairs(pairs);
        let ttl = i64::try_from(self.switches.code_ttl.as_secs()).unwrap_or(i64::MAX);
        let ends = now.saturating_add(ttl);
        self.codes.insert(
            code,
            Code {
                client: authorization_request.client,
                scope: authorization_request.scope,
                challenge: authorization_request.challenge,
                ends,
            },
        );
        format!("{url}#")
    }
}

fn faulty(why: &str) -> Reply {
    page(StatusCode::BAD_REQUEST, "Error", &format!("<p>{}</p>", escape(why)))
}

/// What the consent page carries along.
const CARRIED: [&str; 7] =
    ["client_id", "redirect_uri", "state", "response_type", "scope", "code_challenge", "code_challenge_method"];

fn consent_page(authorization_request: &AuthorizationRequest, query: &Form, csrf: &str) -> Reply {
    let hidden =
        |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    let fields: String = CARRIED.iter().filter_map(|name| Some(hidden(name, query.get(name)?))).collect();
    let mut cancel = authorization_request.redirect_uri.clone();
    cancel.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", &authorization_request.state);
    let content = format!(
        "<form method=\"post\" action=\"/auth/authorize\"><p>{} asks for: {}</p>{fields}{}\
         <button>Agree</button> <a href=\"{}\">Cancel</a></form>",
        escape(&authorization_request.name),
        escape(&authorization_request.scope),
        hidden("csrf_token", csrf),
        escape(cancel.as_str()),
    );
    page(StatusCode::OK, "Consent", &content)
}
