//! How a stream ends: by itself, at a limit, or because no one wants the rest.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use zeyos::{Client, Content, RetryPolicy};

use super::server::{Connection, Server};
use super::{Zeros, pens};
use crate::support::clock::TestClock;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 10\r\n\r\n";

/// A server that sends this after the head of a request, then waits for the end of the connection and says so.
fn stalling(first: &'static [u8]) -> (Server, mpsc::Receiver<()>) {
    let (closed, is_closed) = mpsc::channel();
    let server = Server::start(move |mut connection: Connection| {
        if connection.head().is_some() {
            connection.write(first);
            connection.until_closed();
            let _ = closed.send(());
        }
    });
    (server, is_closed)
}

async fn waited(is_closed: mpsc::Receiver<()>) {
    tokio::task::spawn_blocking(move || is_closed.recv().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_comes_before_the_body_and_dropping_the_rest_ends_the_request() {
    let (server, is_closed) = stalling(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 10\r\n\r\nabc");
    let client = Client::builder(server.url()).build().unwrap();
    let answer = pens::picture(&client).send_streamed().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"image/png".parse::<http::HeaderValue>().unwrap())
    );
    let mut pieces = answer.into_inner();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "abc");
    drop(pieces);
    waited(is_closed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_call_ends_the_request_before_its_body_and_before_its_answer() {
    for content in [Content::stream(Zeros::new(u64::MAX, 1024)), Content::stream(Zeros::new(1, 1024))] {
        let (began, has_begun) = mpsc::channel();
        let (closed, is_closed) = mpsc::channel();
        let server = Server::start(move |mut connection| {
            if connection.head().is_some() {
                let _ = began.send(());
                connection.until_closed();
                let _ = closed.send(());
            }
        });
        let client = Client::builder(server.url()).build().unwrap();
        let call = pens::written(pens::raw(&client, &pens::PICTURE).content(content));
        let sending = tokio::spawn(call.into_future());
        waited(has_begun).await;
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());
        waited(is_closed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stands_still_ends_at_the_idle_limit() {
    for first in [b"".as_slice(), HEAD, b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"] {
        let (server, is_closed) = stalling(first);
        let clock = TestClock::new();
        let client = Client::builder(server.url()).clock(clock.clone()).idle_timeout(Duration::from_secs(20));
        let client = client.build().unwrap();
        let read = async {
            let mut pieces = pens::picture(&client).send_streamed().await?.into_inner();
            let mut read = Vec::new();
            while let Some(piece) = pieces.next().await {
                read.push(piece?);
            }
            Ok::<_, zeyos::Error>(read)
        };
        let (outcome, took) = clock.drive(Duration::from_secs(1), read).await;
        let error = outcome.unwrap_err();
        assert!(error.is_timeout() && error.operation() == Some("getPicture"), "{error:?}");
        assert!(took >= Duration::from_secs(20), "{took:?}");
        waited(is_closed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_nothing_ends_at_the_idle_limit() {
    let (over, is_over) = mpsc::channel::<()>();
    let is_over = Mutex::new(is_over);
    // It reads the head and no more, until the test is over.
    let server = Server::start(move |mut connection| {
        let _ = (connection.head(), is_over.lock().unwrap().recv());
    });
    let clock = TestClock::new();
    let client =
        Client::builder(server.url()).clock(clock.clone()).idle_timeout(Duration::from_secs(20)).build().unwrap();
    let content = Content::stream(Zeros::new(u64::MAX, 64 * 1024));
    let call = pens::written(pens::raw(&client, &pens::PICTURE).content(content));
    let (outcome, _) = clock.drive(Duration::from_secs(1), call.into_future()).await;
    let error = outcome.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    drop(over);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_whose_own_source_is_not_there_was_sent_in_part_all_the_same() {
    let server = Server::start(|mut connection: Connection| {
        if connection.head().is_some() {
            connection.until_closed();
        }
    });
    let client = Client::builder(server.url()).retry(RetryPolicy::None).build().unwrap();
    let direct = reqwest::Client::builder().no_proxy().build().unwrap();
    let nobody = direct.get("http://127.0.0.1:1/").send().await.unwrap_err();
    assert!(nobody.is_connect(), "{nobody:?}");
    let content = Content::stream(Broken(Some(nobody)));
    let error = pens::written(pens::raw(&client, &pens::PICTURE).content(content)).await.unwrap_err();
    assert!(!error.is_connect() && error.may_have_been_sent(), "{error:?}");
}

/// Breaks off at once.
struct Broken(Option<reqwest::Error>);

impl futures_core::Stream for Broken {
    type Item = Result<bytes::Bytes, reqwest::Error>;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_read_as_a_whole_within_a_limit_also_where_a_stream_was_asked_for() {
    let (server, _) = stalling(b"HTTP/1.1 500 Oh\r\ncontent-length: 10\r\n\r\nabc");
    let clock = TestClock::new();
    let day = Duration::from_secs(86_400);
    let client = Client::builder(server.url()).clock(clock.clone()).idle_timeout(day).build().unwrap();
    let (outcome, took) = clock.drive(Duration::from_secs(10), pens::picture(&client).send_streamed()).await;
    assert!(outcome.unwrap_err().is_timeout() && took < day, "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_ask_is_not_at_the_idle_limit() {
    let (server, _) = stalling(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
    let clock = TestClock::new();
    let client =
        Client::builder(server.url()).clock(clock.clone()).idle_timeout(Duration::from_secs(20)).build().unwrap();
    let mut pieces = pens::picture(&client).send_streamed().await.unwrap().into_inner();
    clock.advance(3600);
    assert_eq!(pieces.next().await.unwrap().unwrap(), "abc");
    assert!(pieces.next().await.is_none());
}

#[tokio::test]
async fn the_limit_of_a_call_holds_for_the_last_piece() {
    let (server, _) = stalling(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
    let clock = TestClock::new();
    let client = Client::builder(server.url()).clock(clock.clone()).build().unwrap();
    let call = pens::picture(&client).timeout(Duration::from_secs(7));
    let mut pieces = call.send_streamed().await.unwrap().into_inner();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "abc");
    let (piece, _) = clock.drive(Duration::from_secs(1), pieces.next()).await;
    assert!(piece.unwrap().unwrap_err().is_timeout());
    assert!(pieces.next().await.is_none(), "after an error nothing comes");
}

#[tokio::test]
async fn caps_hold_for_streams_where_they_were_set() {
    const TEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789";
    let server = Server::answering(TEN, |_| ());
    let read = async |client: &Client, max: Option<u64>| {
        let call = pens::picture(client);
        let call = if let Some(max) = max { call.max_body(max) } else { call };
        let mut pieces = call.send_streamed().await?.into_inner();
        let mut length = 0;
        while let Some(piece) = pieces.next().await {
            length += piece?.len();
        }
        Ok::<_, zeyos::Error>(length)
    };
    let open = Client::builder(server.url()).build().unwrap();
    let capped = Client::builder(server.url()).max_body(9).build().unwrap();
    assert_eq!(read(&open, None).await.unwrap(), 10);
    assert_eq!(read(&open, Some(10)).await.unwrap(), 10);
    assert_eq!(read(&capped, Some(10)).await.unwrap(), 10);
    for outcome in [read(&open, Some(9)).await, read(&capped, None).await] {
        let error = outcome.unwrap_err();
        assert!(error.is_too_large() && error.to_string().contains("larger than 9 bytes"), "{error:?}");
    }
    assert!(pens::picture(&open).max_body(9).await.is_err());
    assert_eq!(pens::picture(&capped).max_body(10).await.unwrap().len(), 10);
}

#[tokio::test]
async fn another_status_than_a_result_is_an_error_with_its_body() {
    let server = Server::answering("HTTP/1.1 404 Not Found\r\ncontent-length: 7\r\n\r\nno pens", |_| ());
    let client = Client::builder(server.url()).build().unwrap();
    let error = pens::picture(&client).send_streamed().await.unwrap_err();
    assert!(error.is_not_found() && error.text().as_deref() == Some("no pens"), "{error:?}");
    assert_eq!(error.operation(), Some("getPicture"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_of_the_stream() {
    let server = Server::start(|mut connection| {
        connection.head();
        connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
    });
    let client = Client::builder(server.url()).build().unwrap();
    let mut pieces = pens::picture(&client).send_streamed().await.unwrap().into_inner();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "abc");
    let error = pieces.next().await.unwrap().unwrap_err();
    assert!(error.is_retryable() && error.operation() == Some("getPicture"), "{error:?}");
    let mut next = pin!(pieces.next());
    let is_over = poll_fn(|context| Poll::Ready(matches!(next.as_mut().poll(context), Poll::Ready(None)))).await;
    assert!(is_over);
}
