//! A store that is another client's, a login that was ended or lost, and one cause that is met on different ways.

use zeyos::legacy_auth::LoginRequest;
use zeyos::store::TokenStore as _;
use zeyos::{Client, Error, SessionLoss, StoreErrorKind, TokenError, TokenSet};

use crate::auth::support::Wire;
use crate::promises::refresh::{list, loss};
use crate::support::backend::{Backend, Image, on_other_backends};
use crate::support::issuer::Issuer;
use crate::support::shared_memory_store::SharedMemoryStore;

fn kinds(client: Client) -> Vec<(&'static str, zeyos::BoxFuture<Result<(), Error>>)> {
    let (a, b, c, d, e, f) = (client.clone(), client.clone(), client.clone(), client.clone(), client.clone(), client);
    vec![
        ("call", Box::pin(async move { list(&a).await })),
        ("set", Box::pin(async move { b.auth().set_token_set(TokenSet::bearer("x")).await })),
        ("clear", Box::pin(async move { c.auth().clear_token_set().await })),
        ("logout", Box::pin(async move { d.auth().logout().await })),
        ("refresh", Box::pin(async move { e.oauth2().refresh().await.map(|_| ()) })),
        ("sign in", Box::pin(async move { f.oauth2().exchange_authorization_code("c", None, None).await.map(|_| ()) })),
    ]
}

async fn another_login_is_left_alone(backend: Backend) {
    let wire = Wire::agreeable();
    let own = wire.client().client_credentials("app", "s3cret");
    let own = own.token_store(backend.store().await).token_set(Issuer::tokens()).build().unwrap();
    list(&own).await.unwrap();
    let before = backend.image().await;
    let other_application = || wire.client().client_credentials("other app", "s3cret");
    let other_instance = || {
        let client = Client::builder("https://erp.example.com/other").transport(wire.clone());
        client.client_credentials("app", "s3cret").refresh_limits(crate::auth::support::prompt())
    };
    let other_issuer = || {
        let client = wire.client().client_credentials("app", "s3cret");
        client.service_url(&zeyos::oauth2::raw::SERVICE, "https://login.example.com/oauth2/v1")
    };
    let sent = wire.sent().len();
    for build in [&other_application as &dyn Fn() -> zeyos::ClientBuilder, &other_instance, &other_issuer] {
        for (way, run) in kinds(build().token_store(backend.store().await).build().unwrap()) {
            let error = run.await.unwrap_err();
            assert!(matches!(error.token_error(), Some(TokenError::OtherLogin { .. })), "{way}: {error}");
            assert!(error.is_store() && error.to_string().contains("https://erp.example.com/demo app"), "{error}");
            assert_eq!(backend.image().await, before, "{way}");
        }
        // Nor does the legacy login take it.
        let legacy = build().token_store(backend.store().await).build().unwrap().legacy_auth();
        let error = legacy.login(LoginRequest::new("mara", "pa55", "test")).await.unwrap_err();
        assert!(matches!(error.token_error(), Some(TokenError::OtherLogin { .. })), "{error}");
        assert_eq!(backend.image().await, before);
        // Tokens that it is configured with are no reason to take the store.
        let with_tokens = build().token_store(backend.store().await).token_set(TokenSet::bearer("x")).build().unwrap();
        assert!(list(&with_tokens).await.unwrap_err().is_store());
        assert_eq!(backend.image().await, before);
    }
    assert_eq!(wire.sent().len(), sent, "nothing was sent");
    // A program without an application may use the login, and does not take its name away.
    let anybody = wire.client().token_store(backend.store().await).build().unwrap();
    list(&anybody).await.unwrap();
    anybody.auth().set_token_set(TokenSet::bearer("y")).await.unwrap();
    let record = backend.store().await.shared().unwrap().read().await.unwrap();
    assert_eq!(record.owner.as_deref(), Some("https://erp.example.com/demo app"));
    // Whoever is to have the store next forgets the login that is in it.
    backend.store().await.forget().await.unwrap();
    let other = other_application().token_store(backend.store().await).build().unwrap();
    other.auth().set_token_set(TokenSet::bearer("z")).await.unwrap();
}

#[tokio::test]
async fn fault_64_the_store_of_another_login_is_refused_on_every_way_and_left_as_it_is() {
    another_login_is_left_alone(Backend::files()).await;
}

on_other_backends!(
    another_login_is_left_alone,
    the_redis_of_another_login_is_refused_on_every_way_and_left_as_it_is,
    the_secret_service_of_another_login_is_refused_on_every_way_and_left_as_it_is
);

fn fresh() -> TokenSet {
    TokenSet::bearer("a7").with_refresh_token("r7")
}

async fn a_configured_set_is_a_new_sign_in(backend: Backend) {
    for is_lost in [true, false] {
        for renewals in if backend.is_slow() { 1..=1 } else { 0..=1 } {
            backend.restore(&Image::new()).await;
            let issuer = Issuer::new();
            let start =
                |tokens: TokenSet, store| issuer.stranger().token_store(store).token_set(tokens).build().unwrap();
            let client = start(Issuer::tokens(), backend.store().await);
            list(&client).await.unwrap();
            for _ in 0..renewals {
                issuer.expire();
                list(&client).await.unwrap();
            }
            if is_lost {
                issuer.state().is_revoked = true;
                assert_eq!(loss(&list(&client).await.unwrap_err()), Some(SessionLoss::Revoked));
            } else {
                client.auth().logout().await.unwrap();
            }
            let posts = issuer.posts();
            // The very set that this login began with is not tried again and again.
            for _ in 0..3 {
                assert!(list(&start(Issuer::tokens(), backend.store().await)).await.is_err());
            }
            assert_eq!(issuer.posts(), posts, "lost {is_lost}, {renewals} renewals");
            // Another one is a sign-in.
            {
                let mut state = issuer.state();
                (state.number, state.is_alive, state.is_revoked) = (7, true, false);
            }
            list(&start(fresh(), backend.store().await)).await.unwrap();
            issuer.expire();
            list(&issuer.stranger().token_store(backend.store().await).build().unwrap()).await.unwrap();
            // A store that holds living tokens keeps its own.
            list(&start(fresh(), backend.store().await)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn fault_67_a_configured_set_takes_the_place_of_a_logout_or_a_loss_unless_it_is_that_one() {
    a_configured_set_is_a_new_sign_in(Backend::files()).await;
}

on_other_backends!(
    a_configured_set_is_a_new_sign_in,
    in_redis_a_configured_set_takes_the_place_of_a_logout_or_a_loss,
    in_a_secret_service_a_configured_set_takes_the_place_of_a_logout_or_a_loss
);

/// A cause, and what it is made of.
type Cause = (&'static str, fn(&SharedMemoryStore));

const CAUSES: [Cause; 6] = [
    ("another login", |store| store.put_owner("https://erp.example.com/other app")),
    ("lock timeout", |store| store.fail(|fails| fails.lock = Some(StoreErrorKind::LockTimeout))),
    ("locks unsupported", |store| store.fail(|fails| fails.lock = Some(StoreErrorKind::LockUnsupported))),
    ("not writable", |store| store.fail(|fails| (fails.prepare, fails.commit) = (true, true))),
    ("unavailable", |store| store.fail(|fails| fails.lock = Some(StoreErrorKind::Unavailable))),
    ("unreadable", |store| store.fail(|fails| fails.contents = Some(StoreErrorKind::Other))),
];

#[tokio::test]
async fn fault_82_one_cause_has_one_kind_and_one_text_on_every_way() {
    for (cause, bring_about) in CAUSES {
        let mut told = Vec::new();
        for way in 0..6 {
            let (wire, store) = (Wire::agreeable(), SharedMemoryStore::holding(Issuer::tokens()));
            let client = wire.client().client_credentials("app", "s3cret").token_store(store.clone()).build().unwrap();
            list(&client).await.unwrap();
            bring_about(&store);
            let (name, run) = kinds(client).into_iter().nth(way).unwrap();
            // A call has what it needs, and so need not look at the store.
            if name == "call" {
                run.await.unwrap();
                continue;
            }
            let error = run.await.unwrap_err();
            assert!(error.is_store() && !error.is_auth(), "{cause}, {name}: {error}");
            let operation = error.operation().map(|operation| format!("{operation}: ")).unwrap_or_default();
            let text = error.to_string().replacen(&operation, "", 1);
            told.push((error.token_error().map(std::mem::discriminant), text, name));
        }
        let is_one = told.windows(2).all(|pair| (pair[0].0, &pair[0].1) == (pair[1].0, &pair[1].1));
        assert!(is_one && told.len() == 5, "{cause}: {told:#?}");
    }
}

/// What is met by the first look at a store, which takes no lock, is told as it is told to those who look under one.
#[tokio::test]
async fn fault_82_the_first_read_tells_a_cause_like_a_renewal() {
    for (cause, bring_about) in CAUSES.into_iter().filter(|(cause, _)| ["another login", "unreadable"].contains(cause))
    {
        let store = SharedMemoryStore::holding(Issuer::tokens());
        let start =
            || Wire::agreeable().client().client_credentials("app", "s").token_store(store.clone()).build().unwrap();
        let running = start();
        list(&running).await.unwrap();
        bring_about(&store);
        let fresh = start();
        let legacy = fresh.legacy_auth().login(LoginRequest::new("mara", "pa55", "test")).await.unwrap_err();
        let errors = [running.oauth2().refresh().await.unwrap_err(), list(&fresh).await.unwrap_err(), legacy];
        let told = errors.map(|error| {
            assert!(error.is_store() && !error.is_auth(), "{cause}: {error}");
            let operation = error.operation().map(|operation| format!("{operation}: ")).unwrap_or_default();
            (error.token_error().map(std::mem::discriminant), error.to_string().replacen(&operation, "", 1))
        });
        assert!(told[1..].iter().all(|other| *other == told[0]), "{cause}: {told:#?}");
    }
}

#[tokio::test]
async fn fault_83_a_store_that_always_conflicts_is_a_typed_error_on_every_way() {
    for way in 1..6 {
        let (wire, store) = (Wire::agreeable(), SharedMemoryStore::holding(Issuer::tokens()));
        let client = wire.client().client_credentials("app", "s3cret").token_store(store.clone()).build().unwrap();
        list(&client).await.unwrap();
        store.fail(|fails| fails.conflicts = true);
        let (name, run) = kinds(client.clone()).into_iter().nth(way).unwrap();
        let outcome = run.await;
        assert!(store.commits() < 40, "{name}: {} tries", store.commits());
        match name {
            // What the server has issued is used from memory.
            "refresh" | "sign in" => {
                outcome.unwrap();
                assert!(client.auth().status().unpersisted.is_some(), "{name}");
            }
            _ => {
                let error = outcome.unwrap_err();
                assert!(error.is_store() && error.token_error().is_none(), "{name}: {error:?}");
                assert!(error.to_string().contains("kept writing"), "{name}: {error}");
                let revocations = wire.sent().iter().filter(|sent| sent.url.ends_with("/revoke")).count();
                assert_eq!(revocations, usize::from(name == "logout"), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn fault_83_generations_at_their_end_panic_nowhere() {
    for generation in [(1 << 53) - 2, (1 << 53) - 1, u64::MAX - 1, u64::MAX] {
        for way in 0..6 {
            let (wire, store) = (Wire::agreeable(), SharedMemoryStore::holding(Issuer::tokens()));
            store.put(generation, Some(Issuer::tokens()));
            let client = wire.client().client_credentials("app", "s3cret").token_store(store.clone()).build().unwrap();
            let (_, run) = kinds(client.clone()).into_iter().nth(way).unwrap();
            let outcome = run.await;
            let panicked = |error: &Error| matches!(error.token_error(), Some(TokenError::Interrupted));
            assert!(!outcome.as_ref().is_err_and(panicked), "{generation} {way}: {outcome:?}");
            list(&client).await.ok();
        }
    }
}

#[tokio::test]
async fn fault_83_the_pin_of_the_user_follows_the_login_that_another_process_made() {
    use crate::auth::support::with_application;
    use zeyos::oauth2::raw::{GrantType, TokenRequest};
    let zeyos = zeyos_emulator::Emulator::builder().seed(zeyos_emulator::Seed::Demo).start().await.unwrap();
    let folder = crate::support::folder::Folder::new("pin");
    let build = || {
        let store = zeyos::FileTokenStore::open(folder.tokens()).unwrap();
        with_application(&zeyos).token_store(store).build().unwrap()
    };
    let sign_in = |client: &Client, name: &'static str| {
        let request = TokenRequest::new(GrantType::Password).username(name).password("demo");
        client.oauth2().raw().get_token(request)
    };
    let (one, other) = (build(), build());
    sign_in(&one, "demo").await.unwrap();
    let first = one.oauth2().user_info().await.unwrap();
    assert_eq!(first.preferred_username, "demo");
    sign_in(&other, "mara").await.unwrap();
    // The tokens of the demo user are as good as before; a refresh finds those of the other login.
    one.oauth2().refresh().await.unwrap();
    for _ in 0..2 {
        assert_eq!(one.oauth2().user_info().await.unwrap().preferred_username, "mara");
    }
    assert_ne!(one.oauth2().user_info().await.unwrap().sub, first.sub);
}
