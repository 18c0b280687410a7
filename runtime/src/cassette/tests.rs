//! What a recorder writes down, and that a player finds it.

use std::future::ready;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use zeyos_core::BoxFuture;

use super::{Cassette, Player, Recorder};
use crate::transport::{Transport, TransportError, TransportRequest};

type Answered = Result<Response<Bytes>, TransportError>;

/// Answers what a function says.
struct Answers(fn(&Request<Bytes>) -> Answered);

impl Transport for Answers {
    fn send(&self, request: TransportRequest) -> BoxFuture<Answered> {
        Box::pin(ready((self.0)(&request.request)))
    }
}

fn request(path: &str, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> TransportRequest {
    let mut request = Request::post(format!("https://erp.example.com{path}"));
    for (name, value) in headers {
        let mut value = HeaderValue::from_str(value).unwrap();
        value.set_sensitive(*name == "x-odd");
        request = request.header(*name, value);
    }
    TransportRequest::new(request.body(body.into()).unwrap(), 1000)
}

async fn recorded(answers: fn(&Request<Bytes>) -> Answered, requests: Vec<TransportRequest>) -> String {
    let recorder = Recorder::new(Answers(answers));
    for request in requests {
        let _ = recorder.send(request).await;
    }
    recorder.cassette().to_string()
}

fn player(text: &str) -> Player {
    Player::new(Cassette::parse(text).unwrap())
}

const TOLD: &[u8] = b"user-of-app:s3cr%2Ft-long odd-long-1 key-long-01 cook-long-1 sess-long-1";

#[tokio::test]
async fn credentials_of_every_header_are_taken_out() {
    let basic = format!("Basic {}", STANDARD.encode("user-of-app:s3cr%2Ft-long"));
    let headers = [
        ("authorization", basic.as_str()),
        ("x-odd", "odd-long-1"),
        ("x-api-key", "key-long-01"),
        ("cookie", "a=cook-long-1"),
    ];
    let answers: fn(&Request<Bytes>) -> Answered = |_| {
        let answer = Response::builder().header(header::SET_COOKIE, "id=sess-long-1; Path=/");
        Ok(answer.body(Bytes::from_static(TOLD)).unwrap())
    };
    let text = recorded(answers, vec![request("/a", &headers, ""), request("/s3cr/t-long", &[], "odd-long-1")]).await;
    for secret in ["user-of-app", "s3cr", "odd-long", "key-long", "cook-long", "sess-long"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn a_secret_that_is_told_late_is_taken_out_of_earlier_entries() {
    let answers: fn(&Request<Bytes>) -> Answered = |request| match request.uri().path() {
        "/token" => Ok(Response::new(Bytes::from_static(b"{\"access_token\":\"late-token-1\"}"))),
        _ => Ok(Response::new(Bytes::from_static(b"{\"note\":\"late-token-1\"}"))),
    };
    let text =
        recorded(answers, vec![request("/late-token-1?q=late-token-1", &[], ""), request("/token", &[], "")]).await;
    assert!(!text.contains("late-token-1") && text.contains("recorded-accesstoken-1"), "{text}");
}

#[tokio::test]
async fn a_request_that_repeats_a_secret_of_an_answer_is_found() {
    let answers: fn(&Request<Bytes>) -> Answered =
        |_| Ok(Response::new(Bytes::from_static(b"{\"upload_token\":\"up-token-1\"}")));
    let repeat = |token: &str| request(&format!("/put/{token}"), &[("if-match", token)], format!("it is {token}"));
    let text = recorded(answers, vec![request("/begin", &[], ""), repeat("up-token-1")]).await;
    let player = player(&text);
    let told = player.send(request("/begin", &[], "")).await.unwrap().into_body();
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    player.send(repeat(told["upload_token"].as_str().unwrap())).await.unwrap();
    assert_eq!(player.unused(), Vec::<String>::new());
}

#[tokio::test]
async fn parts_are_found_under_another_boundary_and_secret() {
    let upload = |boundary: &str, secret: &str, file: &[u8]| {
        let mut body = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n{secret}\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n").into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        request("/up", &[("content-type", &format!("multipart/form-data; boundary={boundary}"))], body)
    };
    let answers: fn(&Request<Bytes>) -> Answered = |_| Ok(Response::new(Bytes::new()));
    let text = recorded(answers, vec![upload("b1", "1234", b"\xff\x00"), upload("b2", "1", b"text")]).await;
    let player = player(&text);
    player.send(upload("other", "9", b"text")).await.unwrap();
    assert!(player.send(upload("other", "9", b"\xff\x01")).await.is_err());
    player.send(upload("more", "8", b"\xff\x00")).await.unwrap();
}

#[tokio::test]
async fn bytes_that_are_no_text_lose_their_secrets_alone() {
    let answers: fn(&Request<Bytes>) -> Answered =
        |_| Ok(Response::new(Bytes::from_static(b"\xfc\xff{\"token\":\"lat\xedn-1\"}\x80 lat\xedn-1")));
    let text = recorded(answers, vec![request("/a", &[], "")]).await;
    let told = player(&text).send(request("/a", &[], "")).await.unwrap().into_body();
    let expected = b"\xfc\xff{\"token\":\"recorded-token-1\"}\x80 recorded-token-1";
    assert_eq!(told, &expected[..]);
}

#[tokio::test]
async fn what_came_before_a_failure_is_kept_without_its_secrets() {
    let answers: fn(&Request<Bytes>) -> Answered = |_| {
        Err(TransportError::other("reset")
            .with_partial("{\"access_token\":\"partial-1\",\"refresh_token\":\"partial-2\",\"sc"))
    };
    let text = recorded(answers, vec![request("/a", &[], "")]).await;
    assert!(!text.contains("partial-"), "{text}");
    let error = player(&text).send(request("/a", &[], "")).await.unwrap_err();
    let expected = r#"{"access_token":"recorded-accesstoken-1","refresh_token":"recorded-refreshtoken-2","sc"#;
    assert_eq!((error.to_string().as_str(), &error.partial()[..]), ("reset", expected.as_bytes()));
}
