//! A client in a page, whose calls the tests in `tests/it/browser/wasm` begin.

use std::time::Duration;

use wasm_bindgen::prelude::*;
use zeyos::rest::{Ticket, TicketPatch};
use zeyos::{
    AuthMode, Client, Error, Id, Json, RefreshLimits, TokenSet, WebStorageTokenStore, dependencies::serde_json,
};

#[wasm_bindgen]
pub struct Tested {
    client: Client,
}

#[wasm_bindgen]
impl Tested {
    /// A client of an instance as the wishes say, which are JSON: `mode`, `session`, `access` and `refresh`, `id` and `secret`, `user`
    /// and `password`, `store` and whether it is that of the tab (`session_storage`).
    pub fn open(url: String, wishes: &str) -> Result<Tested, JsError> {
        let wishes: Json = serde_json::from_str(wishes)?;
        let text = |name: &str| wishes[name].as_str();
        // Tokens end at once in the tests, and no one has a minute until the server may be asked about one.
        let limits = RefreshLimits::default().floor(Duration::ZERO).probe_interval(Duration::from_secs(1));
        let mut builder = Client::builder(url).refresh_limits(limits);
        if let Some(mode) = text("mode") {
            builder = builder.auth_mode(mode_of(mode)?);
        }
        if wishes["session"] == true {
            builder = builder.browser_session();
        }
        if let Some(token) = text("access") {
            let tokens = TokenSet::bearer(token);
            builder = builder.token_set(match text("refresh") {
                Some(refresh) => tokens.with_refresh_token(refresh),
                None => tokens,
            });
        }
        if let (Some(id), Some(secret)) = (text("id"), text("secret")) {
            builder = builder.client_credentials(id, secret);
        }
        if let (Some(user), Some(password)) = (text("user"), text("password")) {
            builder = builder.basic_user(user, password);
        }
        if let Some(name) = text("store") {
            let is_of_tab = wishes["session_storage"] == true;
            builder = builder.token_store(match is_of_tab {
                true => WebStorageTokenStore::session(name)?,
                false => WebStorageTokenStore::local(name)?,
            });
        }
        Ok(Tested { client: builder.build()? })
    }

    /// How many tickets a list of three has.
    pub async fn count(&self) -> Result<usize, JsError> {
        let rows = self.client.api().list_tickets(Ticket::query().limit(3)).await.map_err(told)?;
        Ok(rows.into_inner().len())
    }

    /// Who is signed in.
    pub async fn user(&self) -> Result<String, JsError> {
        Ok(self.client.oauth2().user_info().await.map_err(told)?.preferred_username.clone())
    }

    /// Gives the first ticket another name, by its entity tag; answers what it is called then.
    pub async fn rename(&self, name: String) -> Result<String, JsError> {
        let patch = move |_: &Ticket| TicketPatch::new().name(name.clone());
        Ok(self.client.edit(Id::<Ticket>::new(1), patch).await.map_err(told)?.record.name)
    }

    /// Has a token issued for the name and the password of a user; the browser keeps the cookies of the answer, if it may.
    pub async fn issue_token(&self, keeps_cookies: bool) -> Result<(), JsError> {
        let calls = self.client.legacy_auth().raw();
        let issue = calls.issue_token();
        let issue = if keeps_cookies { issue.keep_cookies() } else { issue };
        issue.await.map(drop).map_err(told)
    }

    /// Renews the tokens.
    pub async fn refresh(&self) -> Result<(), JsError> {
        self.client.oauth2().refresh().await.map(drop).map_err(told)
    }
}

fn mode_of(name: &str) -> Result<AuthMode, JsError> {
    Ok(match name {
        "auto" => AuthMode::Auto,
        "oauth" => AuthMode::OAuth,
        "session" => AuthMode::Session,
        "none" => AuthMode::None,
        other => return Err(JsError::new(&format!("no mode is called {other}"))),
    })
}

/// The error with all that is behind it.
fn told(error: Error) -> JsError {
    let (mut text, mut next) = (error.to_string(), std::error::Error::source(&error));
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    JsError::new(&text)
}
