//! Each kind of body and of answer.

use std::sync::{Arc, Mutex};

use http::{HeaderValue, StatusCode};
use zeyos::{Client, Content, Error, Fields, FilePart, Redirect, kind};

use super::server::{Seen, Server};
use super::{Texts, pens};

const DONE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// What a server sees of a call.
async fn seen(send: impl AsyncFnOnce(Client)) -> Option<Seen> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let server = Server::answering(DONE, move |seen| keep.lock().unwrap().push(seen));
    send(Client::builder(server.url()).build().unwrap()).await;
    let mut kept = kept.lock().unwrap();
    assert!(kept.len() < 2, "{kept:?}");
    kept.pop()
}

fn members() -> Fields {
    let mut fields = Fields::new();
    fields.set("name", "a b".into());
    fields.set("size", serde_json::json!({"w": 1}));
    fields.set("inks", serde_json::json!(["red", "blue"]));
    fields.set_secret("pin", "1&2".into());
    fields
}

#[tokio::test]
async fn members_are_sent_in_the_format_of_the_operation_and_not_of_the_service() {
    let json = seen(async |client| drop(pens::written(pens::raw(&client, &pens::JSON).body(members())).await.unwrap()));
    let json = json.await.unwrap();
    assert_eq!(json.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(body, serde_json::json!({"name": "a b", "size": {"w": 1}, "inks": ["red", "blue"], "pin": "1&2"}));

    let form = seen(async |client| drop(pens::written(pens::raw(&client, &pens::FORM).body(members())).await.unwrap()));
    let form = form.await.unwrap();
    assert_eq!(form.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(form.text(), "name=a+b&size%5Bw%5D=1&inks=red,blue&pin=1%262");
}

#[tokio::test]
async fn a_multipart_body_has_files_whole_and_streamed() {
    let send = async |client: Client| {
        let mut fields = members();
        fields.set_files("photo", [FilePart::new("a.png", vec![1, 2]).media_type("image/png")]);
        let pieces = Texts(vec![Ok("<svg"), Ok(""), Ok("/>")]);
        fields.set_files("drawing", [FilePart::new("b.svg", Content::stream(pieces).with_length(6))]);
        pens::written(pens::raw(&client, &pens::MULTIPART).body(fields)).await.unwrap();
    };
    let seen = seen(send).await.unwrap();
    let media_type = seen.header("content-type").unwrap();
    let boundary = media_type.strip_prefix("multipart/form-data; boundary=").unwrap().to_owned();
    assert_eq!(boundary.len(), 32);
    assert_eq!(seen.header("content-length").unwrap().parse(), Ok(seen.body.len()));
    let start = "Content-Disposition: form-data; name=";
    let expected = [
        format!("{start}\"name\"\r\n\r\na b\r\n"),
        format!("{start}\"size[w]\"\r\n\r\n1\r\n"),
        format!("{start}\"inks\"\r\n\r\nred,blue\r\n"),
        format!("{start}\"pin\"\r\n\r\n1&2\r\n"),
        format!("{start}\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\u{1}\u{2}\r\n"),
        format!("{start}\"drawing\"; filename=\"b.svg\"\r\nContent-Type: application/octet-stream\r\n\r\n<svg/>\r\n"),
    ];
    let expected: String = expected.iter().map(|part| format!("--{boundary}\r\n{part}")).collect();
    assert_eq!(seen.text(), format!("{expected}--{boundary}--\r\n"));
}

#[tokio::test]
async fn values_text_and_bytes_have_the_media_type_of_the_document() {
    let value = vec!["a".to_owned()];
    let value = seen(async |client| drop(pens::written(pens::raw(&client, &pens::VALUE).value(&value)).await.unwrap()));
    let value = value.await.unwrap();
    assert_eq!((value.header("content-type"), value.text()), (Some("application/vnd.pens+json"), "[\"a\"]"));

    let text = seen(async |client| drop(pens::written(pens::raw(&client, &pens::TEXT).content("a;b")).await.unwrap()));
    let text = text.await.unwrap();
    assert_eq!((text.header("content-type"), text.text()), (Some("text/csv"), "a;b"));

    let picture = seen(async |client| {
        drop(pens::written(pens::raw(&client, &pens::PICTURE).content(vec![0, 255])).await.unwrap());
    });
    let picture = picture.await.unwrap();
    assert_eq!((picture.header("content-type"), picture.body.as_slice()), (Some("image/png"), [0, 255].as_slice()));
}

#[tokio::test]
async fn what_is_not_there_is_not_sent_and_what_the_operation_cannot_take_is_refused() {
    let absent = seen(async |client| {
        drop(pens::written(pens::raw(&client, &pens::TEXT).optional_content(None)).await.unwrap());
    });
    let absent = absent.await.unwrap();
    assert_eq!((absent.header("content-type"), absent.body.len()), (None, 0));
    assert!(
        matches!(absent.header("content-length"), None | Some("0")) && absent.header("transfer-encoding").is_none()
    );
    let missing = seen(async |client| {
        let error = pens::written(pens::raw(&client, &pens::PICTURE).body(members())).await.unwrap_err();
        assert!(error.is_request() && error.to_string().contains("takes image/png"), "{error}");
        let mut fields = Fields::new();
        fields.set_files("photo", [FilePart::new("a", "b")]);
        let error = pens::written(pens::raw(&client, &pens::FORM).body(fields)).await.unwrap_err();
        assert!(error.is_request() && error.to_string().contains("takes no files"), "{error}");
    });
    assert!(missing.await.is_none());
}

#[tokio::test]
async fn a_stream_is_sent_with_its_length_or_in_chunks() {
    let pieces = || Texts(vec![Ok("ab"), Ok("c")]);
    for (content, length, encoding) in [
        (Content::stream(pieces()).with_length(3), Some("3"), None),
        (Content::stream_with(pieces), None, Some("chunked")),
        (Content::from("abc"), Some("3"), None),
    ] {
        let seen = seen(async |client| {
            drop(pens::written(pens::raw(&client, &pens::PICTURE).content(content)).await.unwrap());
        });
        let seen = seen.await.unwrap();
        assert_eq!((seen.text(), seen.header("content-type")), ("abc", Some("image/png")));
        assert_eq!((seen.header("content-length"), seen.header("transfer-encoding")), (length, encoding));
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_or_has_another_length_is_no_whole_request() {
    for (pieces, length, words) in [
        (vec![Ok("ab")], Some(3), "ended after 2 of the 3 bytes"),
        (vec![Ok("ab"), Ok("cd")], Some(3), "more than the 3 bytes"),
        (vec![Ok("ab"), Err("the disk is gone")], None, "the disk is gone"),
        (vec![Ok("ab"), Err("the disk is gone")], Some(3), "the disk is gone"),
    ] {
        let send = async |client: Client| {
            let content = Content::stream(Texts(pieces));
            let content = if let Some(length) = length { content.with_length(length) } else { content };
            let error = pens::written(pens::raw(&client, &pens::PICTURE).content(content)).await.unwrap_err();
            assert!(causes(&error).contains(words), "{}", causes(&error));
        };
        assert!(seen(send).await.is_none(), "{words}");
    }
}

fn causes(error: &Error) -> String {
    let first: &dyn std::error::Error = error;
    std::iter::successors(Some(first), |error| error.source()).map(|error| format!("{error}; ")).collect()
}

#[tokio::test]
async fn answers_are_decoded_to_the_type_that_they_have() {
    let answer = |text: &'static str| {
        let server = Server::answering(text, |seen| {
            assert!(seen.header("content-length").is_none() && seen.header("content-type").is_none(), "{seen:?}");
        });
        let client = Client::builder(server.url()).build().unwrap();
        (server, client)
    };
    let (_server, client) = answer("HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: 4\r\n\r\n\u{fc};b");
    let text: String = pens::raw(&client, &pens::GET_TEXT).typed::<_, kind::Text>().await.unwrap().into_inner();
    assert_eq!(text, "\u{fc};b");
    let picture = pens::picture(&client).await.unwrap();
    assert_eq!(picture.as_ref(), "\u{fc};b".as_bytes());
    let nothing = pens::raw(&client, &pens::GET_NOTHING).typed::<(), kind::Empty>().await.unwrap();
    assert_eq!(nothing.status(), StatusCode::OK);
    let (_server, client) = answer("HTTP/1.1 303 See Other\r\nlocation: /there?x=1\r\ncontent-length: 0\r\n\r\n");
    let redirect: Redirect =
        pens::raw(&client, &pens::GET_PLACE).typed::<_, kind::Redirection>().await.unwrap().into_inner();
    assert_eq!(redirect.location, "/there?x=1");
}

#[tokio::test]
async fn the_media_type_of_the_answer_is_asked_for_first() {
    let seen = seen(async |client| drop(pens::picture(&client).await.unwrap())).await.unwrap();
    assert_eq!(seen.header("accept"), Some("image/png, application/json;q=0.9, text/plain;q=0.8, */*;q=0.1"));
    let json = self::seen(async |client| {
        let csv = HeaderValue::from_static("text/csv");
        drop(client.request(http::Method::PUT, "/api/v1/x").content(csv, "a;b").call().await);
    });
    assert!(json.await.is_none(), "no credential fits");
}

#[test]
fn a_dry_run_shows_of_files_how_many_bytes_they_have() {
    let client = Client::builder("https://erp.example.com/demo").build().unwrap();
    let mut fields = members();
    fields.set_files(
        "photo",
        [FilePart::new("a.png", "hunter2"), FilePart::new("b", Content::stream(Texts(Vec::new())))],
    );
    let dry = pens::written(pens::raw(&client, &pens::MULTIPART).body(fields)).dry_run().unwrap();
    let shown = format!("{dry}");
    assert!(shown.contains("\"photo\":[\"(7 bytes)\",\"(a stream)\"]") && !shown.contains("hunter2"), "{shown}");
}
