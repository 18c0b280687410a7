//! The refresh over a true connection that breaks after every byte, of the request and of the answer, before a server that takes a
//! spent token for theft and one that does not.

use zeyos::oauth2::Callback;
use zeyos::{Client, SessionLoss, TokenError, TokenSet};
use zeyos_emulator::{Counts, Emulator, FaultServer, Seed, WireFault};

use crate::auth::support::{browse, prompt, tokens};
use crate::promises::refresh::loss;
use crate::support::{profile, shared_memory_store::SharedMemoryStore};

const TOKEN: &str = "/oauth2/v1/token";

/// The second request breaks off as well after every so many bytes.
const FURTHER: usize = 16;

/// A client of one server for all cuts, and what its store holds.
struct Scene {
    _zeyos: Emulator,
    server: FaultServer,
    store: SharedMemoryStore,
    client: Client,
}

impl Scene {
    async fn new(revokes_family: bool) -> Self {
        let mut switches = profile::switches();
        switches.reuse_ends_family = revokes_family;
        let zeyos = Emulator::builder().seed(Seed::Empty).switches(switches).start().await.unwrap();
        let server = FaultServer::before(&zeyos).await.unwrap();
        let (credentials, store) = (zeyos.credentials(), SharedMemoryStore::holding(tokens(&zeyos)));
        // A question whether a token is alive may follow the last one at once.
        let limits = prompt().probe_interval(std::time::Duration::ZERO);
        let client = Client::builder(server.url())
            .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
            .refresh_limits(limits)
            .token_store(store.clone())
            .build()
            .unwrap();
        Scene { _zeyos: zeyos, server, store, client }
    }

    /// A new session, from a sign-in in the browser.
    async fn sign_in(&self) {
        let login = self.client.oauth2().authorization_request("http://127.0.0.1:9/cb").begin().unwrap();
        let back = browse(login.url().as_str());
        login.finish(Callback::parse(&back).unwrap()).await.unwrap();
    }

    /// A refresh that meets these faults: what became of it, and what the server saw of it.
    async fn refresh(&self, faults: impl IntoIterator<Item = WireFault>) -> (Result<TokenSet, zeyos::Error>, Counts) {
        self.server.clear_counts();
        faults.into_iter().for_each(|fault| self.server.inject(fault.on("POST", TOKEN)));
        let outcome = self.client.oauth2().refresh().await;
        let counts = self.server.counts();
        assert_eq!((counts.unguarded, counts.replays), (0, 0), "{outcome:?}");
        (outcome, counts)
    }

    /// How long the request of a refresh is, and head and all of the answer to it.
    async fn lengths(&self) -> (usize, usize, usize) {
        self.refresh([]).await.0.unwrap();
        let seen = self.server.exchanges().into_iter().rfind(|seen| seen.path.ends_with(TOKEN)).unwrap();
        (seen.request_len, seen.reply_head_len, seen.reply_len)
    }

    /// Whether the server calls the refresh token in the store alive.
    async fn is_alive(&self) -> bool {
        let held = self.held().refresh_token.unwrap();
        self.client.oauth2().introspect(held.expose()).await.unwrap().active
    }

    fn held(&self) -> TokenSet {
        self.store.kept().record.tokens.unwrap()
    }
}

fn sent(counts: &Counts) -> (u64, u64) {
    (counts.token_posts, counts.introspections)
}

/// The request breaks off, and the server has done nothing: the token is asked about, sent once more, and renews the session. If that
/// breaks off as well, nothing is lost, and the next refresh goes on.
async fn requests(revokes_family: bool) {
    let scene = Scene::new(revokes_family).await;
    let (length, ..) = scene.lengths().await;
    assert!(length > 300, "{length}");
    println!("{length} bytes of the request");
    for kept in 0..=length {
        let (before, place) = (scene.held(), format!("after byte {kept} of {length}"));
        let (renewed, counts) = scene.refresh([WireFault::cut_request(kept)]).await;
        assert_eq!((renewed.unwrap(), sent(&counts)), (scene.held(), (2, 1)), "{place}");
        assert_ne!(scene.held().refresh_token, before.refresh_token, "{place}");

        if kept % FURTHER != 0 {
            continue;
        }
        let before = scene.held();
        let (unknown, counts) = scene.refresh([WireFault::cut_request(kept).times(2).reset()]).await;
        let unknown = unknown.unwrap_err();
        assert!(matches!(unknown.token_error(), Some(TokenError::Unknown { .. })), "{place}: {unknown}");
        assert_eq!(unknown.exchange_id().map(|exchange_id| exchange_id.request_id.len()), Some(16), "{place}");
        assert_eq!((scene.held(), sent(&counts)), (before, (2, 2)), "{place}");
        let (renewed, counts) = scene.refresh([]).await;
        assert_eq!((renewed.unwrap(), sent(&counts)), (scene.held(), (1, 1)), "{place}");
    }
    assert!(scene.is_alive().await, "no byte has cost the chain");

    // All of the request came in, and the server has carried it out.
    let before = scene.held();
    let (error, counts) = scene.refresh([WireFault::after_commit().reset()]).await;
    let record = scene.store.kept().record;
    assert_eq!((loss(&error.unwrap_err()), sent(&counts)), (Some(SessionLoss::RotationOutcomeUnknown), (1, 1)));
    assert_eq!((record.lost, record.tokens), (Some(SessionLoss::RotationOutcomeUnknown), Some(before)));
}

/// The answer breaks off. What the server has issued is kept as soon as the whole refresh token is there; else the loss has its
/// name, and the store keeps and marks what it has.
async fn answers(revokes_family: bool) {
    let scene = Scene::new(revokes_family).await;
    let (_, head, length) = scene.lengths().await;
    // `{"access_token": …, "token_type": …, "expires_in": …, "refresh_token": …` without spaces, and tokens of 40 digits.
    let closing_quote = r#"{"access_token":"","token_type":"Bearer","expires_in":3600,"refresh_token":"""#.len() + 80;
    println!("{head} bytes of the head of the answer, {} of its body", length - head);
    let (mut kept, mut lost) = (0, 0);
    for cut in 0..length {
        let (before, place) = (scene.held(), format!("after byte {cut} of {head} and {}", length - head));
        let (outcome, counts) = scene.refresh([WireFault::cut_reply(cut)]).await;
        match outcome {
            Ok(renewed) => {
                assert!(cut >= head + closing_quote, "{place}");
                assert_eq!(renewed, scene.held(), "{place}");
                assert!(counts.introspections <= 1 && counts.repeats == 0, "{place}: {counts:?}");
                assert_ne!(scene.held().refresh_token, before.refresh_token, "{place}");
                kept += 1;
            }
            Err(error) => {
                assert!(cut < head + closing_quote, "{place}: {error}");
                assert_eq!(loss(&error), Some(SessionLoss::RotationOutcomeUnknown), "{place}");
                assert_eq!(sent(&counts), (1, 1), "{place}");
                let record = scene.store.kept().record;
                assert_eq!((record.lost, record.tokens), (loss(&error), Some(before)), "{place}");
                scene.sign_in().await;
                lost += 1;
            }
        }
    }
    assert!(scene.is_alive().await && kept > 30 && lost > 200, "{kept} kept, {lost} lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_03_a_request_that_breaks_after_any_byte_is_repeated_once_if_the_token_is_alive() {
    tokio::try_join!(tokio::spawn(requests(false)), tokio::spawn(requests(true))).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_after_any_byte_on_the_wire_is_kept_as_soon_as_its_refresh_token_is_there() {
    tokio::try_join!(tokio::spawn(answers(false)), tokio::spawn(answers(true))).unwrap();
}
