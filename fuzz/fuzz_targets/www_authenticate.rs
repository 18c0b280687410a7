//! The header `WWW-Authenticate` of a refusal: any content is one error, and a token that a server echoes in it is not printed.
#![no_main]

use http::{HeaderValue, Response, StatusCode, header};
use libfuzzer_sys::fuzz_target;
use zeyos::TokenSet;
use zeyos::rest::Ticket;
use zeyos_fuzz::{CANARY, Wire, assert_hidden, choice, is_clean, shown, wait};

fuzz_target!(|data: &[u8]| {
    let Some((last, data)) = choice(data).filter(|_| is_clean(data)) else { return };
    let echo = [data, b" error_description=\"", CANARY.as_bytes(), b" is none\""].concat();
    let (Ok(value), Ok(echo)) = (HeaderValue::from_bytes(data), HeaderValue::from_bytes(&echo)) else { return };
    let mut answer = Response::new(bytes::Bytes::from_static(b"{}"));
    *answer.status_mut() = if last & 1 == 0 { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
    answer.headers_mut().append(header::WWW_AUTHENTICATE, if last & 2 == 0 { value.clone() } else { echo });
    if last & 4 == 0 {
        answer.headers_mut().append(header::WWW_AUTHENTICATE, value);
    }
    let client = Wire::answering(answer).client().token_set(TokenSet::bearer(CANARY)).build().unwrap();
    let error = wait(client.api().list_tickets(Ticket::query()).into_future()).unwrap_err();
    assert!(error.is_auth() || error.is_forbidden(), "{error}");
    assert_hidden(&shown(&error));
});
