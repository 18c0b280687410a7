//! The answer of a token endpoint, whole or cut: no panic, no token in what is printed, no rotated refresh token thrown away.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zeyos_fuzz::{CANARY, assert_hidden, choice, is_clean, planted};

const STATUS: [Option<u16>; 8] = [None, Some(200), Some(201), Some(400), Some(401), Some(403), Some(429), Some(503)];

fuzz_target!(|data: &[u8]| {
    let Some((last, data)) = choice(data).filter(|_| is_clean(data)) else { return };
    let status = STATUS[usize::from(last) % STATUS.len()];
    zeyos::fuzzing::token_reply(status, data);
    let Some(value) = planted(data) else { return };
    let body = value.to_string();
    let (tokens, shown) = zeyos::fuzzing::token_reply(status, body.as_bytes());
    assert_hidden(&shown);
    let is_success = status.is_none_or(|status| status < 300);
    let refresh_token = value.get("refresh_token").and_then(|token| token.as_str());
    if is_success && refresh_token == Some(CANARY) && !value["error"].is_string() {
        let kept = tokens.and_then(|tokens| tokens.refresh_token);
        assert_eq!(kept.as_ref().map(|kept| kept.expose()), Some(CANARY), "the only copy was thrown away: {body}");
    }
    let cut = body.len() * usize::from(last) / 255;
    let (_, shown) = zeyos::fuzzing::token_reply(status, &body.as_bytes()[..cut]);
    assert_hidden(&shown);
});
