//! The user signs in at the browser, for the consent page.

use axum::http::{StatusCode, header};

use super::state::{PASSPHRASE, State};
use crate::html::escape;
use crate::http::credential::cookie;
use crate::http::{Reply, Request};
use crate::platforms::message::{Form, page, redirect};

/// The cookie of a browser in which the user is signed in.
const SESSION: &str = "cozysessid";

/// The cookie that the consent form has to repeat.
pub(super) const CSRF: &str = "_csrf";

/// The session of a browser, if the user is signed in there.
pub(super) fn session<'a>(state: &State, request: &'a Request) -> Option<&'a str> {
    cookie(&request.headers, SESSION).filter(|session| state.sessions.contains(*session))
}

impl State {
    pub(super) fn login_page(&self, request: &Request) -> Reply {
        let query = Form::of_query(request);
        let content = format!(
            "<form method=\"post\" action=\"/auth/login\"><input type=\"hidden\" name=\"redirect\" value=\"{}\">\
             <label>Passphrase <input type=\"password\" name=\"passphrase\"></label> <button>Sign in</button></form>",
            escape(query.get("redirect").unwrap_or("/")),
        );
        page(StatusCode::OK, "Sign in", &content)
    }

    pub(super) fn login(&mut self, request: &Request) -> Reply {
        let form = Form::of_body(request).unwrap_or_default();
        if form.get("passphrase") != Some(PASSPHRASE) {
            return page(StatusCode::UNAUTHORIZED, "Sign in", "<p>The passphrase is wrong.</p>");
        }
        let session = self.random.token();
        self.sessions.insert(session.clone());
        // Only to this Cozy: another host would stand behind two slashes.
        // Browsers drop tabs and line feeds, so that one may hide the second slash of another host.
        let is_odd = |letter: char| letter == '\\' || letter.is_control();
        let is_here = |path: &&str| path.starts_with('/') && !path.starts_with("//") && !path.contains(is_odd);
        let back = form.get("redirect").filter(is_here).unwrap_or("/").to_owned();
        redirect(StatusCode::SEE_OTHER, back)
            .with(header::SET_COOKIE, format!("{SESSION}={session}; Path=/; HttpOnly; SameSite=Lax"))
    }
}
