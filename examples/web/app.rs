//! The addresses of the application, and what happens at each.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use zeyos::oauth2::Callback;

use super::cookie::{SessionCookie, SessionId, random};
use super::failure::Failure;
use super::pages;
use super::sessions::{Sessions, end_tokens};
use super::user::Overview;

pub(crate) struct App {
    /// Where browsers find the application: scheme, host and port.
    origin: String,
    cookie: SessionCookie,
    pub sessions: Arc<Sessions>,
}

type Answer = Result<Response, Failure>;

impl App {
    pub(crate) fn new(origin: String, sessions: Arc<Sessions>) -> Self {
        App { cookie: SessionCookie::of(&origin), origin, sessions }
    }

    pub(crate) fn into_router(self) -> Router {
        Router::new()
            .route("/", get(first_page))
            .route("/sign-in", post(sign_in))
            .route("/callback", get(callback))
            .route("/sign-out", post(sign_out))
            .fallback(pages::not_found)
            .layer(map_response(guarded))
            .with_state(Arc::new(self))
    }

    /// Browsers say where a form comes from (RFC 6454, section 7). `SameSite` alone counts other ports of the host as our own.
    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let is_ours = headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() == self.origin.as_bytes());
        if is_ours { Ok(()) } else { Err(Failure::NotOurForm) }
    }
}

async fn first_page(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    let Some(id) = app.cookie.read(&headers) else { return Ok(pages::not_signed_in().into_response()) };
    let Some(user) = app.sessions.user(&id).await? else { return Ok(pages::not_signed_in().into_response()) };
    match Overview::of(&user).await {
        Ok(overview) => Ok(pages::overview(&overview).into_response()),
        // Revoked or run out at ZeyOS: only a new login helps.
        Err(error) if error.is_auth() => {
            app.sessions.remove(&id).await?;
            user.auth().clear_token_set().await?;
            let page = pages::problem("Signed out", "ZeyOS has ended your login. Sign in anew.");
            Ok((StatusCode::UNAUTHORIZED, [(SET_COOKIE, app.cookie.clear())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Sends the browser to ZeyOS. The login waits under an id that only this browser has.
async fn sign_in(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    app.check_origin(&headers)?;
    // An id that we do not know is not taken over: someone else may have planted it.
    let live = match app.cookie.read(&headers) {
        Some(id) => app.sessions.user(&id).await?.map(|_| id),
        None => None,
    };
    let is_new = live.is_none();
    let id = live.map_or_else(SessionId::random, Ok)?;
    let state = random()?;
    let redirect_uri = format!("{}/callback", app.origin);
    let login = app.sessions.client().oauth2().authorization_request(redirect_uri).state(state.clone()).begin()?;
    let url = login.url().clone();
    app.sessions.keep_login(&id, &state, &login.into_json_exposing_secrets()).await?;
    let cookie = is_new.then(|| [(SET_COOKIE, app.cookie.set(&id))]);
    Ok((cookie, Redirect::to(url.as_str())).into_response())
}

/// ZeyOS sends the browser back here.
async fn callback(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer {
    let callback = Callback::parse(&query.unwrap_or_default())?;
    let browser = app.cookie.read(&headers).ok_or(Failure::NotBegunHere)?;
    to_the_end(async move {
        let id = finish(&app, &browser, callback).await?;
        Ok(([(SET_COOKIE, app.cookie.set(&id))], Redirect::to("/")).into_response())
    })
    .await
}

/// Exchanges the code; answers the id of the new session.
async fn finish(app: &App, browser: &SessionId, callback: Callback) -> Result<SessionId, Failure> {
    // Taken before the code is sent, so that a login is finished once, whichever program the answer reaches.
    let kept = match &callback.state {
        Some(state) => app.sessions.take_login(browser, state).await?,
        None => None,
    };
    let kept = kept.ok_or(Failure::NotBegunHere)?;
    // A new id: whoever knew the one from before the sign-in is not signed in with it.
    let id = SessionId::random()?;
    let user = app.sessions.new_user(&id).await?;
    user.oauth2().resume_login(&kept)?.finish(callback).await?;
    if let Err(error) = app.sessions.add(&id, &user).await {
        end_tokens(&user).await;
        return Err(error.into());
    }
    // The session that this browser had before, if any, ends: no one could reach it any more.
    if let Some(former) = app.sessions.remove(browser).await? {
        end_tokens(&former).await;
    }
    Ok(id)
}

/// The session ends first: whatever ZeyOS answers, the old cookie is worth nothing then.
async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer {
    app.check_origin(&headers)?;
    let clear = [(SET_COOKIE, app.cookie.clear())];
    let Some(id) = app.cookie.read(&headers) else { return Ok((clear, Redirect::to("/")).into_response()) };
    to_the_end(async move {
        let Some(user) = app.sessions.remove(&id).await? else { return Ok((clear, Redirect::to("/")).into_response()) };
        let Err(error) = user.auth().logout().await else { return Ok((clear, Redirect::to("/")).into_response()) };
        user.auth().clear_token_set().await?;
        let text = format!("You are signed out here, but ZeyOS did not confirm the end of your login: {error}");
        Ok((StatusCode::BAD_GATEWAY, clear, pages::problem("Signed out", &text)).into_response())
    })
    .await
}

/// A browser that goes away ends the work on its request wherever it is; this work must not stop between two steps.
async fn to_the_end(work: impl Future<Output = Answer> + Send + 'static) -> Answer {
    tokio::spawn(work).await.map_err(|error| Failure::Internal(error.into()))?
}

/// The pages need nothing from elsewhere, belong to one user, and give their addresses to no one: that of the callback has a code.
/// A `form-action` is missing, because browsers would hold the redirects of ZeyOS against it.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
