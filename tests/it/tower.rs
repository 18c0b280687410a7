//! Middleware of tower below a client.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use tower::ServiceBuilder;
use tower_http::trace::TraceLayer;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::tower::{TowerTransport, TransportLimits, TransportService};
use zeyos::{Client, HttpTransport, TokenSet, Transport, TransportError, TransportRequest};

use crate::auth::support::{emulator, signed_in, tokens};

#[tokio::test]
async fn a_client_calls_and_refreshes_through_a_trace_layer_and_a_limit() {
    let zeyos = emulator().await;
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .concurrency_limit(2)
        .service(TransportService::new(HttpTransport::new().unwrap()));
    let client = signed_in(&zeyos).transport(TowerTransport::new(service)).build().unwrap();
    let id = client.api().create_ticket(NewTicket::new("Pump seal leaks")).await.unwrap().into_inner().id;
    client.oauth2().refresh().await.unwrap();
    assert_eq!(client.api().get_ticket(id).await.unwrap().name, "Pump seal leaks");
    let error = client.api().get_ticket(zeyos::Id::new(id.get() + 1)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 404);
}

/// Counts how many requests are under way at once.
#[derive(Clone)]
struct Busy {
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    below: Arc<HttpTransport>,
}

impl Transport for Busy {
    fn send(&self, request: TransportRequest) -> zeyos::BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let this = self.clone();
        Box::pin(async move {
            let now = this.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            this.most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            let answer = this.below.send(request).await;
            this.under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}

#[tokio::test]
async fn a_limit_of_concurrency_holds_for_all_calls_of_a_client() {
    let zeyos = emulator().await;
    let (under_way, most) = (Arc::default(), Arc::new(AtomicUsize::new(0)));
    let busy = Busy { under_way, most: Arc::clone(&most), below: Arc::new(HttpTransport::new().unwrap()) };
    let service = ServiceBuilder::new().concurrency_limit(3).service(TransportService::new(busy));
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).transport(TowerTransport::new(service));
    let client = client.build().unwrap();
    let calls: Vec<_> = (0..24)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.api().list_tickets(Ticket::query().live()).await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

/// A client over a service that is a function.
fn over<F, E>(answer: F) -> Client
where
    F: Fn(http::Request<Full<Bytes>>) -> Result<http::Response<Full<Bytes>>, E> + Clone + Send + Sync + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let service = tower::service_fn(move |request| std::future::ready(answer(request)));
    let transport = TowerTransport::new(service);
    let client = Client::builder("https://erp.example.com/demo").token_set(TokenSet::bearer("t"));
    client.retry(zeyos::RetryPolicy::None).max_body(100).transport(transport).build().unwrap()
}

#[tokio::test]
async fn what_a_client_wants_of_the_transport_reaches_a_service() {
    let client = over(|request| -> Result<_, Infallible> {
        let limits = request.extensions().get::<TransportLimits>().copied().unwrap();
        assert_eq!((limits.timeout, limits.max_body), (Some(Duration::from_secs(7)), 100));
        assert!(!limits.fresh_connection);
        Ok(http::Response::new(Full::from("[]")))
    });
    let rows = client.api().list_tickets(Ticket::query().live()).timeout(Duration::from_secs(7)).await.unwrap();
    assert!(rows.is_empty());
}

#[tokio::test]
async fn errors_of_services_say_what_may_have_happened() {
    let create = |client: Client| async move { client.api().create_ticket(NewTicket::new("A")).await.unwrap_err() };
    let lost = create(over(|_| Err(std::io::Error::other("the pipe broke")))).await;
    assert!(lost.may_have_been_sent() && !lost.is_retryable(), "{lost}");
    let unsent = create(over(|_| Err(TransportError::connect("no route")))).await;
    assert!(!unsent.may_have_been_sent() && unsent.is_connect(), "{unsent}");
    let late = create(over(|_| Err(TransportError::timeout("7 s")))).await;
    assert!(late.is_timeout() && late.may_have_been_sent(), "{late}");
    let large = create(over(|_| Ok::<_, Infallible>(http::Response::new(Full::from(vec![b' '; 101]))))).await;
    assert!(large.is_too_large(), "{large}");
}

/// What was sent to /token.
type Asked = Arc<Mutex<Vec<String>>>;

/// A client over a service whose first answers to /token are these, each of which then breaks off. Those after them are whole.
fn breaking_off(answers: &'static [&'static str]) -> (Client, Asked) {
    const WHOLE: &str =
        r#"{"access_token":"newer-access","token_type":"Bearer","expires_in":3600,"refresh_token":"newer-refresh"}"#;
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let answer = move |request: http::Request<Full<Bytes>>| {
        let seen = Arc::clone(&seen);
        async move {
            let is_token = request.uri().path().ends_with("/token");
            let sent = request.into_body().collect().await.unwrap().to_bytes();
            let broken = is_token.then(|| {
                let mut seen = seen.lock().unwrap();
                seen.push(String::from_utf8_lossy(&sent).into_owned());
                answers.get(seen.len() - 1)
            });
            let (body, end) = match broken {
                None => (r#"{"active":true}"#, None),
                Some(None) => (WHOLE, None),
                Some(Some(cut)) => (*cut, Some(Err(std::io::Error::other("reset")))),
            };
            let body = Full::from(body).map_err(|never| match never {}).with_trailers(std::future::ready(end));
            Ok::<_, Infallible>(http::Response::new(body))
        }
    };
    let transport = TowerTransport::new(tower::service_fn(answer));
    let tokens = TokenSet::bearer("old-access").with_refresh_token("old-refresh");
    let client = Client::builder("https://erp.example.com/demo").client_credentials("app", "secret").token_set(tokens);
    (client.transport(transport).build().unwrap(), asked)
}

#[tokio::test]
async fn a_refresh_token_is_kept_from_an_answer_that_breaks_off_after_it() {
    let (client, asked) = breaking_off(&[
        r#"{"access_token":"new-access","token_type":"Bearer","expires_in":3600,"refresh_token":"new-refresh","#,
    ]);
    client.oauth2().refresh().await.unwrap();
    let kept = client.auth().token_set().await.unwrap().unwrap();
    let asked = asked.lock().unwrap();
    // What could be saved of the first answer is the way to a whole one.
    let is_saved = kept.refresh_token.unwrap().expose() == "new-refresh"
        || asked.get(1).is_some_and(|second| second.contains("refresh_token=new-refresh"));
    assert!(is_saved, "{asked:?}");
    assert_eq!(asked.iter().filter(|sent| sent.contains("refresh_token=old-refresh")).count(), 1);
}

#[tokio::test]
async fn nothing_is_made_of_a_refresh_token_that_breaks_off() {
    const CUT: &str = r#"{"access_token":"new-access","token_type":"Bearer","refresh_token":"new-re"#;
    let (client, asked) = breaking_off(&[CUT; 9]);
    client.oauth2().refresh().await.unwrap_err();
    let kept = client.auth().token_set().await.unwrap().and_then(|tokens| tokens.refresh_token);
    assert!(kept.is_none_or(|kept| kept.expose() == "old-refresh"));
    assert!(asked.lock().unwrap().iter().all(|sent| !sent.contains("refresh_token=new-re")));
}
