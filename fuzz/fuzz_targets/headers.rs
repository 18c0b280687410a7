//! Cookie, token, user agent and names that a caller gives: sent as they are or refused, never broken into two headers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zeyos::rest::Ticket;
use zeyos::{AuthMode, Client, TokenSet};
use zeyos_fuzz::{CANARY, Wire, assert_hidden, is_clean, shown, wait};

/// One call; its errors must not show what was given.
fn call(wire: &Wire, client: &Client, mode: AuthMode) -> Option<http::Request<bytes::Bytes>> {
    let answer = wait(client.api().list_tickets(Ticket::query()).auth_mode(mode).into_future());
    if let Err(error) = answer {
        assert_hidden(&shown(&error));
    }
    wire.take()
}

fuzz_target!(|text: &str| {
    if !is_clean(text.as_bytes()) {
        return;
    }
    let value = format!("{CANARY}{text}");
    let mut answer = http::Response::new(bytes::Bytes::from_static(b"[]"));
    answer.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    let wire = Wire::answering(answer);

    match wire.client().session_cookie(value.as_str()).build() {
        Ok(client) => {
            let sent = call(&wire, &client, AuthMode::Session).expect("a cookie that was accepted is sent");
            assert_eq!(sent.headers()["cookie"].as_bytes(), format!("ZEYOSID={value}").as_bytes());
            assert!(!value.bytes().any(|byte| byte <= b' ' || byte > b'~' || b"\",;\\".contains(&byte)));
        }
        Err(error) => assert_hidden(&shown(&error)),
    }
    match wire.client().token_set(TokenSet::bearer(value.as_str())).build() {
        Ok(client) => {
            if let Some(sent) = call(&wire, &client, AuthMode::OAuth) {
                assert_eq!(sent.headers()["authorization"].as_bytes(), format!("Bearer {value}").as_bytes());
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
                assert!(value.bytes().all(allowed), "no token of RFC 6750: {text:?}");
            }
        }
        Err(error) => assert_hidden(&shown(&error)),
    }
    match wire.client().basic_user(text, value.as_str()).user_agent(value.as_str()).build() {
        Ok(_) => assert!(!value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t')),
        Err(error) => assert_hidden(&shown(&error)),
    }
});
