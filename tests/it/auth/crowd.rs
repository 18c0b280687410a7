//! Many callers, one refresh; callers that give up; what is stored before what is sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use zeyos::legacy_auth::LoginRequest;
use zeyos::rest::Ticket;
use zeyos::store::{StoreFuture, TokenStore};
use zeyos::{Client, ClientEvent, Error, MemoryTokenStore, TokenSet};
use zeyos_emulator::Emulator;

use crate::support::executor::{block_on, until};

use super::support::{
    Answered, RecordedEvents, Sent, SimpleStore, Wire, empty, emulator, in_seconds, issued, json, signed_in, text,
};

async fn list(client: Client) -> Result<(), Error> {
    client.api().list_tickets(Ticket::query()).await.map(|_| ())
}

/// A hundred calls at once, none of which may fail.
async fn crowd_of_a_hundred(client: &Client) {
    let crowd: Vec<_> = (0..100).map(|_| tokio::spawn(list(client.clone()))).collect();
    for caller in crowd {
        caller.await.unwrap().unwrap();
    }
}

fn token_posts(zeyos: &Emulator) -> usize {
    zeyos.requests().iter().filter(|seen| seen.grant_type == Some("refresh_token")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_whose_token_was_refused_share_one_refresh() {
    let zeyos = emulator().await;
    zeyos.advance_clock(Duration::from_secs(3601));
    let recorded = RecordedEvents::default();
    let client = signed_in(&zeyos).on_event(recorded.listener()).build().unwrap();
    crowd_of_a_hundred(&client).await;
    assert_eq!(token_posts(&zeyos), 1);
    assert_eq!(recorded.events(), [ClientEvent::Refreshed { generation: 2 }]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_whose_token_is_about_to_end_share_one_refresh() {
    let zeyos = emulator().await;
    let mut tokens = super::support::tokens(&zeyos);
    tokens.expires_at = in_seconds(-1);
    let client = super::support::with_application(&zeyos).token_set(tokens).build().unwrap();
    crowd_of_a_hundred(&client).await;
    assert_eq!(token_posts(&zeyos), 1);
    assert_eq!(zeyos.requests().len(), 102, "no call was sent with the old token, and the new login was checked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_expiries_cost_one_refresh_each() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    for expiries in 1..=5 {
        zeyos.advance_clock(Duration::from_secs(3601));
        crowd_of_a_hundred(&client).await;
        assert_eq!(token_posts(&zeyos), expiries);
    }
}

/// A server that refuses `a0` and holds the answer of its token endpoint back until it is told to give it.
struct Gate {
    asked: Arc<Notify>,
    open: Arc<Notify>,
    wire: Wire,
}

impl Gate {
    fn new() -> Self {
        let (asked, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let both = (Arc::clone(&asked), Arc::clone(&open));
        let wire = Wire::new(move |sent: Sent| {
            let (asked, open) = both.clone();
            async move { Gate::answer(&sent, &asked, &open).await }
        });
        Gate { asked, open, wire }
    }

    async fn answer(sent: &Sent, asked: &Notify, open: &Notify) -> Answered {
        if sent.url.ends_with("/token") || sent.url.ends_with("/login") {
            asked.notify_one();
            open.notified().await;
            let name = if sent.url.ends_with("/login") { "login" } else { "refreshed" };
            return Ok(json(200, &issued(name, "r1")));
        }
        Ok(if sent.header("authorization") == Some("Bearer a0") {
            text(401, "Unauthorized")
        } else {
            json(200, &serde_json::json!([]))
        })
    }
}

#[tokio::test]
async fn explicit_refreshes_join_the_one_under_way() {
    let gate = Gate::new();
    let client = gate.wire.client_with_everything().build().unwrap();
    let join = || {
        let oauth2 = client.oauth2();
        tokio::spawn(async move { oauth2.refresh().await })
    };
    let first = join();
    gate.asked.notified().await;
    let others: Vec<_> = (0..20).map(|_| join()).collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    gate.open.notify_one();
    let tokens = first.await.unwrap().unwrap();
    for other in others {
        assert_eq!(other.await.unwrap().unwrap(), tokens);
    }
    let asked = gate.wire.log().iter().filter(|line| line.ends_with("/token basic")).count();
    assert_eq!((asked, gate.wire.sent().len()), (1, 2), "one refresh, and one check of the login");
}

#[tokio::test]
async fn tokens_of_a_refresh_whose_caller_gave_up_are_not_lost() {
    let gate = Gate::new();
    let store = SimpleStore::holding(TokenSet::bearer("a0").with_refresh_token("r0"));
    let client = gate.wire.client().client_credentials("app", "s").token_store(store.clone()).build().unwrap();
    let caller = tokio::spawn(list(client.clone()));
    gate.asked.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    gate.open.notify_one();
    until(|| store.tokens().unwrap().access_token == Some("refreshed".into())).await;
    list(client).await.unwrap();
    let posts = gate.wire.sent().iter().filter(|sent| sent.url.ends_with("/token")).count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn tokens_of_a_sign_in_whose_caller_gave_up_are_not_lost() {
    let gate = Gate::new();
    let store = SimpleStore::default();
    let client = gate.wire.client().token_store(store.clone()).build().unwrap();
    let legacy = client.legacy_auth();
    let caller = tokio::spawn(async move { legacy.login(LoginRequest::new("mara", "pa55", "test")).await });
    gate.asked.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    gate.open.notify_one();
    until(|| store.tokens().is_some()).await;
    list(client).await.unwrap();
    assert_eq!(gate.wire.sent()[1].header("authorization"), Some("Bearer login"));
}

#[tokio::test]
async fn a_sign_in_waits_for_the_refresh_under_way() {
    let gate = Gate::new();
    let client = gate.wire.client_with_everything().build().unwrap();
    let (oauth2, legacy) = (client.oauth2(), client.legacy_auth());
    let refresh = tokio::spawn(async move { oauth2.refresh().await });
    gate.asked.notified().await;
    let login = tokio::spawn(async move { legacy.login(LoginRequest::new("mara", "pa55", "test")).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.wire.sent().len(), 1, "one exchange at a time");
    gate.open.notify_one();
    gate.asked.notified().await;
    gate.open.notify_one();
    assert_eq!(refresh.await.unwrap().unwrap().access_token, Some("refreshed".into()));
    login.await.unwrap().unwrap();
    assert_eq!(client.auth().token_set().await.unwrap().unwrap().access_token, Some("login".into()));
}

#[tokio::test]
async fn a_401_that_comes_late_takes_the_newer_token_without_a_refresh() {
    let (late, answer_it) = (Arc::new(Mutex::new(true)), Arc::new(Notify::new()));
    let held = Arc::clone(&answer_it);
    let wire = Wire::new(move |sent: Sent| {
        let is_late = sent.url.ends_with("/tickets") && std::mem::take(&mut *late.lock().unwrap());
        let held = Arc::clone(&held);
        async move {
            if is_late {
                held.notified().await;
            }
            Ok(match (sent.url.ends_with("/token"), sent.header("authorization")) {
                (true, _) => json(200, &issued("a1", "r1")),
                (false, Some("Bearer a0")) => text(401, "Unauthorized"),
                _ => json(200, &serde_json::json!([])),
            })
        }
    });
    let client = wire.client_with_everything().build().unwrap();
    let caller = tokio::spawn(list(client.clone()));
    until(|| wire.sent().len() == 1).await;
    list(client).await.unwrap();
    assert_eq!(wire.sent().len(), 5, "refused, refreshed, checked, repeated");
    answer_it.notify_one();
    caller.await.unwrap().unwrap();
    assert_eq!(wire.log()[5..], ["POST /api/v1/tickets bearer"], "repeated without a second refresh");
}

/// Writes down when it is written to.
struct RecordingStore(MemoryTokenStore, Arc<Mutex<Vec<String>>>);

impl TokenStore for RecordingStore {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        self.0.get()
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        let access = tokens.and_then(|tokens| tokens.access_token.as_ref()).map_or("nothing", |token| token.expose());
        self.1.lock().unwrap().push(format!("stored {access}"));
        self.0.set(tokens)
    }
}

#[tokio::test]
async fn the_store_is_proved_writable_before_and_new_tokens_are_stored_before_they_are_used() {
    let diary = Arc::new(Mutex::new(Vec::new()));
    let pages = Arc::clone(&diary);
    let wire = Wire::answering(move |sent| {
        let bearer = sent.header("authorization").unwrap_or_default().to_owned();
        let is_exchange = sent.url.ends_with("/token") || sent.url.ends_with("/login");
        pages.lock().unwrap().push(if is_exchange { "exchanged".to_owned() } else { format!("sent {bearer}") });
        match (sent.url.rsplit('/').next().unwrap_or_default(), bearer.as_str()) {
            ("token", _) => json(200, &issued("a1", "r1")),
            ("login", _) => json(200, &issued("a2", "")),
            (_, "Bearer a0") => empty(401),
            _ => json(200, &serde_json::json!([])),
        }
    });
    let store = RecordingStore(MemoryTokenStore::default(), Arc::clone(&diary));
    let client = wire.client_with_everything().token_store(store).build().unwrap();
    list(client.clone()).await.unwrap();
    client.legacy_auth().login(LoginRequest::new("mara", "pa55", "test")).await.unwrap();
    list(client).await.unwrap();
    assert_eq!(
        *diary.lock().unwrap(),
        [
            "stored a0",
            "sent Bearer a0",
            "stored a0",
            "exchanged",
            "sent Basic YXBwOnMzY3JldA==",
            "stored a1",
            "sent Bearer a1",
            "stored a1",
            "exchanged",
            "stored a2",
            "sent Bearer a2"
        ]
    );
}

#[tokio::test]
async fn a_listener_may_use_the_client() {
    let place: Arc<Mutex<Option<Client>>> = Arc::default();
    let (seen, own) = (Arc::new(Mutex::new(Vec::new())), Arc::clone(&place));
    let recorded = Arc::clone(&seen);
    let listener = move |event: &ClientEvent| {
        let Some(client) = own.lock().unwrap().clone() else { return };
        let auth = client.auth();
        // The lock of the exchange is free, and this thread may wait: it is not the one that exchanges run on.
        let changed = block_on(auth.set_token_set(TokenSet::bearer("own")));
        recorded.lock().unwrap().push((event.clone(), changed.is_ok()));
    };
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().on_event(listener).build().unwrap();
    *place.lock().unwrap() = Some(client.clone());
    client.oauth2().refresh().await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [(ClientEvent::Refreshed { generation: 2 }, true)]);
    assert_eq!(client.auth().token_set().await.unwrap(), Some(TokenSet::bearer("own")));
}
