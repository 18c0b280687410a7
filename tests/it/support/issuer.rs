//! A server of single-use tokens in memory, which does to the next requests what a test says. Tokens are numbered: `a3` and `r3`
//! come together, and `r3` is what brings `a4` and `r4`.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use serde_json::{Value, json};
use zeyos::{BoxFuture, Client, ClientBuilder, TokenSet, Transport, TransportError, TransportRequest};

use crate::auth::support;

type Answered = Result<http::Response<Bytes>, TransportError>;

/// What becomes of one request.
#[derive(Clone)]
pub(crate) enum Distortion {
    /// No connection.
    Unsent,
    /// The connection breaks before the server has read the request.
    LostBefore,
    /// The server has carried it out, and the connection breaks before the answer.
    LostAfter,
    /// The server has carried it out, and so many bytes of the body arrive.
    Cut(usize),
    /// The server answers this and does nothing.
    Answer(u16, String),
    /// The server carries it out and answers with these members changed; null removes one.
    Change(Value),
    /// The server carries it out and answers this instead.
    Instead(u16, String),
    /// The server carries it out and answers in another shape, under this status.
    Reshape(u16, fn(&Value) -> String),
    /// The same, cut after so many bytes.
    ReshapeCut(fn(&Value) -> String, usize),
    /// The server carries it out and answers with more members, under this status.
    Beside(u16, Value),
    /// Not answered until the test says so.
    Hold(Arc<tokio::sync::Semaphore>),
}

#[derive(Clone)]
pub(crate) struct Issuer(Arc<Mutex<State>>);

/// What has come in so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    pub posts: u32,
    pub introspections: u32,
    pub calls: u32,
    pub unauthorized: u32,
    /// Spent tokens that came again.
    pub replays: u32,
    /// Token requests for which there was no connection.
    pub unsent: u32,
}

pub(crate) struct State {
    pub seen: Seen,
    /// The newest tokens.
    pub number: u32,
    /// Whether the newest access token still works.
    pub is_alive: bool,
    /// Whether the whole chain was revoked.
    pub is_revoked: bool,
    /// A spent token that comes again revokes the chain.
    pub revokes_family: bool,
    /// Every refresh token is called inactive.
    pub lies: bool,
    pub expires_in: Value,
    pub token_distortions: VecDeque<Distortion>,
    pub introspect_distortions: VecDeque<Distortion>,
    pub call_distortions: VecDeque<Distortion>,
    /// Access tokens that came with a call.
    pub bearers: BTreeSet<String>,
    /// Bodies of token requests and introspections.
    pub bodies: Vec<String>,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Issuer(Arc::new(Mutex::new(State {
            seen: Seen::default(),
            number: 0,
            is_alive: true,
            is_revoked: false,
            revokes_family: false,
            lies: false,
            expires_in: json!(3600),
            token_distortions: VecDeque::new(),
            introspect_distortions: VecDeque::new(),
            call_distortions: VecDeque::new(),
            bearers: BTreeSet::new(),
            bodies: Vec::new(),
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The tokens that the server has issued first.
    pub(crate) fn tokens() -> TokenSet {
        TokenSet::bearer("a0").with_refresh_token("r0")
    }

    /// A client of this server without tokens.
    pub(crate) fn stranger(&self) -> ClientBuilder {
        let limits = support::prompt().reread(std::time::Duration::ZERO).backoff(std::time::Duration::ZERO);
        Client::builder(support::URL).transport(self.clone()).client_credentials("app", "s3cret").refresh_limits(limits)
    }

    /// A client of this server with its first tokens.
    pub(crate) fn client(&self) -> ClientBuilder {
        self.stranger().token_set(Issuer::tokens())
    }

    /// The access token ends.
    pub(crate) fn expire(&self) {
        self.state().is_alive = false;
    }

    pub(crate) fn distort(&self, distortions: impl IntoIterator<Item = Distortion>) {
        self.state().token_distortions.extend(distortions);
    }

    pub(crate) fn distort_introspection(&self, distortions: impl IntoIterator<Item = Distortion>) {
        self.state().introspect_distortions.extend(distortions);
    }

    pub(crate) fn posts(&self) -> u32 {
        self.seen().posts
    }

    /// A copy of the counters.
    pub(crate) fn seen(&self) -> Seen {
        self.state().seen
    }
}

impl State {
    fn accepts(&self, bearer: Option<&str>) -> bool {
        self.is_alive && !self.is_revoked && bearer == Some(&format!("Bearer a{}", self.number))
    }

    fn issue(&mut self, body: &str) -> http::Response<Bytes> {
        let sent = form(body, "refresh_token");
        let is_sign_in = form(body, "grant_type").as_deref() == Some("authorization_code");
        if is_sign_in {
            self.is_revoked = false;
        } else if sent != Some(format!("r{}", self.number)) || self.is_revoked {
            self.seen.replays += 1;
            self.is_revoked |= self.revokes_family;
            return support::json(403, &json!({"error": "invalid_grant", "error_description": "used up"}));
        }
        self.number += 1;
        self.is_alive = true;
        support::json(200, &self.answer())
    }

    /// The answer that brings the newest tokens.
    pub(crate) fn answer(&self) -> Value {
        let number = self.number;
        json!({
            "access_token": format!("a{number}"), "token_type": "Bearer", "expires_in": self.expires_in,
            "refresh_token": format!("r{number}"), "refresh_token_expires_in": 8_640_000,
        })
    }

    fn introspect(&self, body: &str) -> http::Response<Bytes> {
        let token = form(body, "token").unwrap_or_default();
        let is_refresh = token == format!("r{}", self.number);
        let is_access = token == format!("a{}", self.number) && self.is_alive;
        let is_refresh = is_refresh && !self.lies;
        support::json(200, &json!({"active": (is_refresh || is_access) && !self.is_revoked}))
    }
}

fn form(body: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(body.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

impl Transport for Issuer {
    fn send(&self, request: TransportRequest) -> BoxFuture<Answered> {
        let this = self.clone();
        Box::pin(async move {
            let url = request.request.uri().to_string();
            let body = String::from_utf8(request.request.body().to_vec()).unwrap();
            let bearer = request.request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
            match url.rsplit('/').next() {
                Some("token") => this.exchange(&body).await,
                Some("introspect") => this.introspection(&body),
                Some("revoke") => Ok(support::empty(200)),
                _ => this.call(bearer).await,
            }
        })
    }
}

impl Issuer {
    async fn exchange(&self, body: &str) -> Answered {
        let distortion = {
            let mut state = self.state();
            let distortion = state.token_distortions.pop_front();
            if matches!(distortion, Some(Distortion::Unsent)) {
                state.seen.unsent += 1;
            } else {
                state.seen.posts += 1;
                state.bodies.push(body.to_owned());
            }
            distortion
        };
        if let Some(Distortion::Hold(gate)) = &distortion {
            gate.acquire().await.unwrap().forget();
        }
        let mut state = self.state();
        distorted(distortion, || state.issue(body))
    }

    fn introspection(&self, body: &str) -> Answered {
        let mut state = self.state();
        state.seen.introspections += 1;
        state.bodies.push(body.to_owned());
        let distortion = state.introspect_distortions.pop_front();
        distorted(distortion, || state.introspect(body))
    }

    async fn call(&self, bearer: Option<String>) -> Answered {
        let (distortion, mut is_good) = {
            let mut state = self.state();
            state.seen.calls += 1;
            state.bearers.extend(bearer.clone());
            (state.call_distortions.pop_front(), state.accepts(bearer.as_deref()))
        };
        if let Some(Distortion::Hold(gate)) = &distortion {
            gate.acquire().await.unwrap().forget();
        } else {
            tokio::task::yield_now().await;
            is_good &= true;
        }
        let mut state = self.state();
        state.seen.unauthorized += u32::from(!is_good);
        distorted(
            distortion,
            || if is_good { support::json(200, &json!([])) } else { support::text(401, "Unauthorized") },
        )
    }
}

fn parsed(answer: &http::Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

fn broken(partial: Bytes) -> Answered {
    Err(TransportError::other("connection reset").with_partial(partial))
}

fn distorted(distortion: Option<Distortion>, carry_out: impl FnOnce() -> http::Response<Bytes>) -> Answered {
    match distortion {
        Some(Distortion::Unsent) => Err(TransportError::connect("nobody there")),
        Some(Distortion::LostBefore) => broken(Bytes::new()),
        Some(Distortion::LostAfter) => {
            carry_out();
            broken(Bytes::new())
        }
        Some(Distortion::Cut(length)) => {
            let body = carry_out().into_body();
            broken(body.slice(..length.min(body.len())))
        }
        Some(Distortion::Answer(status, text)) => Ok(support::text(status, &text)),
        Some(Distortion::Instead(status, text)) => {
            carry_out();
            Ok(support::text(status, &text))
        }
        Some(Distortion::Change(members)) => {
            let mut answer: Value = serde_json::from_slice(carry_out().body()).unwrap();
            for (name, value) in members.as_object().unwrap() {
                answer[name] = value.clone();
            }
            answer.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            Ok(support::json(200, &answer))
        }
        Some(Distortion::Reshape(status, make)) => Ok(support::text(status, &make(&parsed(&carry_out())))),
        Some(Distortion::ReshapeCut(make, end)) => {
            broken(make(&parsed(&carry_out())).into_bytes()[..end].to_vec().into())
        }
        Some(Distortion::Beside(status, members)) => {
            let mut answer = parsed(&carry_out());
            answer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            Ok(support::json(status, &answer))
        }
        Some(Distortion::Hold(_)) | None => Ok(carry_out()),
    }
}
