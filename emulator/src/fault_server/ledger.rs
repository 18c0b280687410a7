//! What a fault server has seen: counters, a log, and which tokens were sent and spent. No secret leaves it.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::endpoints::Endpoints;
use super::message::Request;

/// The most requests that are remembered; the oldest go first.
const KEPT: usize = 100_000;

/// What a fault server has counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections that were accepted.
    pub connections: u64,
    /// Requests of which at least the head came in.
    pub requests: u64,
    /// Requests that the emulator has carried out.
    pub carried_out: u64,
    /// Posts to the token endpoint (`/oauth2/v1/token`), broken ones included.
    pub token_posts: u64,
    /// Posts to the introspection endpoint (`/oauth2/v1/introspect`).
    pub introspections: u64,
    /// Posts to the revocation endpoint (`/oauth2/v1/revoke`).
    pub revocations: u64,
    /// Token posts with a refresh token or code whose outcome the client could not know from an earlier post, and that no
    /// introspection had called active in between.
    pub unguarded: u64,
    /// Token posts with a refresh token or code that an earlier post had spent already.
    pub replays: u64,
    /// Token posts with a refresh token or code that had been sent before, for whatever reason.
    pub repeats: u64,
    /// Bytes that went out to clients.
    pub bytes_out: u64,
}

/// One request that a fault server saw.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The number of its connection, from 1.
    pub connection: u64,
    /// Its place on that connection, from 1: a fresh connection has nothing before it.
    pub place: u64,
    /// The method.
    pub method: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The `User-Agent` of the client, which tells the clients of a test apart.
    pub user_agent: Option<String>,
    /// How long head and body are.
    pub request_len: usize,
    /// Whether the emulator carried it out.
    pub carried_out: bool,
    /// The status with which the emulator answered, whatever the client received.
    pub answered: Option<u16>,
    /// The status of the reply, as far as one was sent.
    pub status: Option<u16>,
    /// How long the head of the true reply is; 0 without one.
    pub reply_head_len: usize,
    /// How long head and body of the true reply are; 0 without one.
    pub reply_len: usize,
    /// Whether the whole reply was sent.
    pub delivered: bool,
    /// Whether a fault put another reply or body in the place of the true one.
    pub altered: bool,
    /// When it came in, since the server started.
    pub at: Duration,
    /// When the emulator had answered, since the server started.
    pub answered_at: Option<Duration>,
    /// When the client received the answer, if it did, since the server started.
    pub told_at: Option<Duration>,
}

/// What is known about a refresh token or code.
#[derive(Debug, Default)]
struct Fate {
    /// It was sent, and the client does not know what became of it.
    in_doubt: bool,
    sent: bool,
    spent: bool,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Token,
    Introspect,
    Revoke,
    Other,
}

#[derive(Debug)]
pub(super) struct Ledger {
    pub counts: Counts,
    endpoints: Endpoints,
    exchanges: VecDeque<Exchange>,
    /// How many exchanges were forgotten.
    gone: usize,
    fates: HashMap<String, Fate>,
    start: Instant,
}

impl Ledger {
    /// One that knows the endpoints of a service.
    pub(super) fn new(endpoints: Endpoints) -> Self {
        Ledger {
            counts: Counts::default(),
            endpoints,
            exchanges: VecDeque::new(),
            gone: 0,
            fates: HashMap::new(),
            start: Instant::now(),
        }
    }

    /// Counts a connection; answers its number.
    pub(super) fn connected(&mut self) -> u64 {
        self.counts.connections += 1;
        self.counts.connections
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.counts = Counts { connections: self.counts.connections, ..Counts::default() };
        self.gone += self.exchanges.len();
        self.exchanges.clear();
    }

    /// Notes a request that has come in; answers its number.
    pub(super) fn begin(&mut self, request: &Request, (connection, place): (u64, u64)) -> usize {
        self.counts.requests += 1;
        match self.topic(request) {
            Topic::Token => self.token_post(request),
            Topic::Introspect => self.counts.introspections += 1,
            Topic::Revoke => self.counts.revocations += 1,
            Topic::Other => {}
        }
        if self.exchanges.len() == KEPT {
            self.exchanges.pop_front();
            self.gone += 1;
        }
        self.exchanges.push_back(Exchange {
            connection,
            place,
            method: request.method.clone(),
            path: request.path.clone(),
            user_agent: request.user_agent().map(str::to_owned),
            request_len: request.len,
            carried_out: false,
            answered: None,
            status: None,
            reply_head_len: 0,
            reply_len: 0,
            delivered: false,
            altered: false,
            at: self.start.elapsed(),
            answered_at: None,
            told_at: None,
        });
        self.gone + self.exchanges.len() - 1
    }

    fn topic(&self, request: &Request) -> Topic {
        let ends = |end: &str| request.method == "POST" && request.path.ends_with(end);
        match self.endpoints {
            Endpoints { token, .. } if ends(token) => Topic::Token,
            Endpoints { introspect: Some(introspect), .. } if ends(introspect) => Topic::Introspect,
            Endpoints { revoke: Some(revoke), .. } if ends(revoke) => Topic::Revoke,
            _ => Topic::Other,
        }
    }

    fn token_post(&mut self, request: &Request) {
        self.counts.token_posts += 1;
        let Some(grant) = grant(request) else { return };
        let fate = self.fates.entry(grant).or_default();
        self.counts.repeats += u64::from(fate.sent);
        self.counts.unguarded += u64::from(fate.in_doubt);
        self.counts.replays += u64::from(fate.spent);
        (fate.sent, fate.in_doubt) = (true, true);
    }

    /// Notes what the emulator answered.
    pub(super) fn carried_out(
        &mut self,
        number: usize,
        request: &Request,
        status: Option<u16>,
        (head, len): (usize, usize),
    ) {
        self.counts.carried_out += 1;
        if self.topic(request) == Topic::Token
            && status == Some(200)
            && let Some(grant) = grant(request)
        {
            self.fates.entry(grant).or_default().spent = true;
        }
        let now = self.start.elapsed();
        if let Some(exchange) = self.at(number) {
            (exchange.carried_out, exchange.reply_head_len, exchange.reply_len) = (true, head, len);
            (exchange.answered, exchange.answered_at) = (status, Some(now));
        }
    }

    /// Notes that a fault puts something else in the place of the reply.
    pub(super) fn altered(&mut self, number: usize) {
        if let Some(exchange) = self.at(number) {
            exchange.altered = true;
        }
    }

    /// Notes what the client received.
    pub(super) fn told(&mut self, number: usize, request: &Request, status: Option<u16>, body: &[u8], delivered: bool) {
        let now = self.start.elapsed();
        if let Some(exchange) = self.at(number) {
            (exchange.status, exchange.delivered, exchange.told_at) = (status, delivered, Some(now));
        }
        if !delivered {
            return;
        }
        match self.topic(request) {
            // A refusal is an answer, and so are tokens; a server that is busy or broken says nothing about the token.
            Topic::Token if status.is_some_and(|status| status < 500 && status != 429) => {
                self.known(grant(request));
            }
            Topic::Introspect if is_active(body) => self.known(request.member("token")),
            _ => {}
        }
    }

    fn known(&mut self, token: Option<String>) {
        if let Some(fate) = token.and_then(|token| self.fates.get_mut(&token)) {
            fate.in_doubt = false;
        }
    }

    fn at(&mut self, number: usize) -> Option<&mut Exchange> {
        self.exchanges.get_mut(number.checked_sub(self.gone)?)
    }
}

/// What a token post spends.
fn grant(request: &Request) -> Option<String> {
    request.member("refresh_token").or_else(|| request.member("code"))
}

fn is_active(body: &[u8]) -> bool {
    let value: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    value.and_then(|value| value.get("active")?.as_bool()).unwrap_or(false)
}
