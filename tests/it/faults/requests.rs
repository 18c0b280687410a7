//! Redirects, and input that could move a request or end up in a header.

use http::{HeaderName, HeaderValue};
use serde_json::json;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{Client, TokenSet};
use zeyos_emulator::switches::Unknown;
use zeyos_emulator::{FaultServer, WireFault};

use crate::auth::support::{URL, Wire, emulator, emulator_with, seen};
use crate::promises::places::{call, client_of, targets};

#[tokio::test]
async fn fault_47_a_redirect_is_an_error_that_shows_the_target_origin_alone() {
    let zeyos = emulator().await;
    let (here, elsewhere) = (FaultServer::before(&zeyos).await.unwrap(), FaultServer::before(&zeyos).await.unwrap());
    let origin = |url: &str| url.trim_end_matches("/demo").to_owned();
    let (own, there) = (origin(here.url()), origin(elsewhere.url()));
    let shown = [
        format!("here to {}", there.replace("127.0.0.1", "127.0.0.2")),
        format!("here to {there}"),
        format!("here to {}", there.replace("http:", "https:")),
        format!("here to {own}"),
        String::new(),
        "here to the same origin".to_owned(),
    ];
    for code in [301, 302, 303, 307, 308] {
        for (target, shown) in targets(&here, &elsewhere).iter().zip(&shown) {
            here.inject(WireFault::redirect(code, target).always());
            for endpoint in 0..8 {
                let error = call(&client_of(&zeyos, here.url()), endpoint).await;
                let message = format!("{error} {error:?}");
                assert!(!message.contains("trap") && !message.contains("hunter2"), "{message}");
                // A renewal tells about the token; all others about the answer.
                if endpoint < 7 {
                    assert_eq!(error.status().map(|status| status.as_u16()), Some(code), "{error}");
                    assert!(
                        message.contains("redirects are not followed") && message.contains(shown.as_str()),
                        "{message}"
                    );
                }
            }
            here.clear_faults();
        }
    }
    assert_eq!(elsewhere.counts().connections, 0);
    assert!(here.exchanges().iter().all(|seen| !seen.path.contains("trap")));
}

#[tokio::test]
async fn fault_48_no_byte_gets_into_a_header_that_does_not_belong_there() {
    let wire = Wire::agreeable();
    // What each of the grammars allows (RFC 6750, section 2.1; RFC 6265, section 4.1.1; RFC 9110, section 5.5).
    let in_token =
        |byte: u8, is_last| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte) || is_last && byte == b'=';
    let in_cookie = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
    for byte in 0..=0xff_u8 {
        for at in 0..=15 {
            let mut bytes = b"hunter2-hunter2".to_vec();
            bytes.insert(at, byte);
            // What is no UTF-8 cannot even be given.
            let odd: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            for (built, is_taken) in [
                (wire.client().token_set(TokenSet::bearer(odd.as_str())).build(), in_token(byte, at == 15)),
                (wire.client().session_cookie(odd.as_str()).build(), in_cookie(byte)),
            ] {
                assert_eq!(built.is_ok(), is_taken, "{byte} at {at}");
                let shown = built.err().map(|error| format!("{error} {error:?}"));
                assert!(shown.is_none_or(|shown| !shown.contains("hunter2")), "{byte} at {at}");
            }
            let is_taken = matches!(byte, b'\t' | b' '..=b'~');
            assert_eq!(wire.client().user_agent(odd.as_str()).build().is_ok(), is_taken, "{byte} at {at}");
            if let Ok(value) = HeaderValue::from_bytes(&bytes)
                && !is_taken
            {
                let client = wire.client_with_everything().build().unwrap();
                let list = client.api().list_tickets(Ticket::query()).header(HeaderName::from_static("x-trace"), value);
                let error = list.await.unwrap_err();
                assert!(error.is_request() && !format!("{error} {error:?}").contains("hunter2"), "{error}");
            }
        }
    }
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn fault_49_a_path_value_is_refused_or_one_encoded_segment() {
    let (wire, long) = (Wire::agreeable(), "x".repeat(10 * 1024));
    let client = wire.client_with_everything().build().unwrap();
    let values: [(&str, Option<&str>); 15] = [
        ("", None),
        (".", None),
        ("..", None),
        ("%2e%2e", None),
        ("%2E", None),
        ("%252e%252e", None),
        ("a\0b", None),
        ("a\r\nb", None),
        (&long, None),
        ("a/b", Some("a%2Fb")),
        ("../b", Some("..%2Fb")),
        ("a\\b", Some("a%5Cb")),
        ("a%2fb", Some("a%252fb")),
        ("?x=1#y", Some("%3Fx%3D1%23y")),
        ("ü", Some("%C3%BC")),
    ];
    for (value, segment) in values {
        let sent = wire.sent().len();
        let outcome = client.operation("getTicket").path_parameter("ID", value).call().await;
        match segment {
            None => {
                assert!(outcome.unwrap_err().is_request(), "{value:?}");
                assert_eq!(wire.sent().len(), sent);
            }
            Some(segment) => {
                assert_eq!(wire.sent().last().unwrap().url, format!("{URL}/api/v1/tickets/{segment}"), "{value:?}");
            }
        }
    }
}

#[tokio::test]
async fn fault_50_control_words_in_data_are_data() {
    let zeyos = emulator_with(|switches| switches.unknown_member = Unknown::Ignore).await;
    let elsewhere = FaultServer::before(&zeyos).await.unwrap();
    let client = client_of(&zeyos, zeyos.url());
    let evil = elsewhere.url();
    let hostile = json!({
        "name": "x", "baseUrl": evil, "baseURL": evil, "url": evil, "auth": false,
        "headers": {"authorization": "Bearer evil", "host": "evil"},
        "method": "DELETE", "timeout": 1, "transport": evil, "proxy": evil,
    });
    client.operation("listTickets").json(hostile.clone()).call().await.unwrap();
    // The emulator refuses columns that it does not know; what counts is where it was asked, and by whom.
    let _ = client.operation("createTicket").json(hostile.clone()).call().await;
    client
        .request(http::Method::POST, "/tickets")
        .json(hostile)
        .query("baseUrl", evil)
        .query("auth", "none")
        .call()
        .await
        .unwrap();
    client.api().create_ticket(NewTicket::new(r#"{"baseUrl": "https://evil.example"}"#)).await.unwrap();
    let log = seen(&zeyos);
    assert!(log.len() == 4 && log.iter().all(|line| line.contains("/api/v1/tickets bearer")), "{log:?}");
    assert_eq!(elsewhere.counts().connections, 0);
    let _: Option<Client> = None;
}
