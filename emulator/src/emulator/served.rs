//! The emulator as the front, the faults and the control route see it.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, header};

use crate::app::App;
use crate::clock::Clock;
use crate::config::{ConfigError, Item};
use crate::faults::{Faults, TokenEnd, tokens};
use crate::http::host::Hosts;
use crate::http::{Failure, Published, Reply, Request, handle};
use crate::inspector;
use crate::json::Json;
use crate::request_log::RequestLog;
use crate::seed;
use crate::served::Served;
use crate::switches::{Switch, Switches};

impl Served for App {
    fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn request_log(&self) -> &RequestLog {
        &self.request_log
    }

    fn note(&self, request: &Request, status: Option<u16>) {
        self.request_log.push(request, status, self.credentials.get());
    }

    fn cors(&self) -> Option<Arc<Switches>> {
        Some(self.switches())
    }

    fn page(&self, method: &Method, uri: &Uri) -> Option<Reply> {
        let pages = self.pages.as_ref()?;
        let is_ours = self.inner_path(uri.path()) != uri.path();
        (!is_ours).then(|| pages.answer(method, uri))
    }

    fn inner_path<'a>(&self, path: &'a str) -> &'a str {
        App::inner_path(self, path)
    }

    async fn handled(app: &Arc<Self>, request: &Arc<Request>, now: i64) -> Reply {
        handle::handled(app, request, now).await
    }

    fn refusal(&self, request: &Request) -> Reply {
        refusal(request, &self.instance)
    }

    async fn end_token(app: &Arc<Self>, request: &Arc<Request>, how: TokenEnd, now: i64) {
        let (app, request) = (Arc::clone(app), Arc::clone(request));
        // A panic leaves the credential as it is, which the request then shows.
        let _ = tokio::task::spawn_blocking(move || tokens::end(&app, &request, how, now)).await;
    }

    fn switch_list(&self) -> Vec<Switch> {
        self.switches().list()
    }

    fn set_by_name(&self, items: &[Item]) -> Result<(), ConfigError> {
        self.change_switches(|switches| items.iter().try_for_each(|item| switches.set(&item.name, &item.shown())))
    }

    fn start_anew(&self) -> Result<(), String> {
        seed::replant(self).map_err(|error| error.to_string())
    }

    fn inspected(&self, parts: &Parts, body: &[u8]) -> Option<Reply> {
        inspector::is_meant(parts.uri.path()).then(|| inspector::answer(self, parts, body))
    }
}

/// The 401 of the endpoint, as for a credential that is not known there.
fn refusal(request: &Request, instance: &str) -> Reply {
    const BECAUSE: &str = "an injected fault";
    let path: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    let failure = match path[..] {
        ["oauth2", "v1", "token" | "revoke" | "introspect"] => {
            let description = Published::Client.as_str();
            let body = Json::object([("error", "invalid_client".into()), ("error_description", description.into())]);
            let challenge = format!("Basic realm=\"{instance}\"");
            Reply::json(StatusCode::UNAUTHORIZED, &body).with(header::WWW_AUTHENTICATE, challenge).secret().into()
        }
        ["auth", "v1", "token", ..] => Failure::basic(instance, BECAUSE),
        // The legacy login challenges no one.
        ["auth", "v1", "login"] => Failure::published(Published::Credentials, BECAUSE),
        _ => Failure::bearer(instance, BECAUSE),
    };
    failure.into_reply(&Switches::default())
}
