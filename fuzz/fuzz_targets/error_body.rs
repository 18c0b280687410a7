//! The body of a failed request, and of a success that cannot be read: one error, and a token that a server echoes is not printed.
#![no_main]

use http::{HeaderValue, Response, StatusCode, header};
use libfuzzer_sys::fuzz_target;
use zeyos::TokenSet;
use zeyos::rest::Ticket;
use zeyos_fuzz::{CANARY, FORMS, Wire, assert_hidden, assert_hidden_as, choice, is_clean, shown, wait};

const STATUS: [u16; 8] = [200, 302, 400, 404, 409, 422, 500, 503];

fn answered(status: u16, json: bool, body: Vec<u8>) {
    let mut answer = Response::new(bytes::Bytes::from(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    let media_type = HeaderValue::from_static(if json { "application/json" } else { "text/html" });
    answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
    let client = Wire::answering(answer).client().token_set(TokenSet::bearer(CANARY)).build().unwrap();
    match wait(client.api().list_tickets(Ticket::query()).into_future()) {
        Ok(_) => assert_eq!(status, 200),
        Err(error) => {
            let (_, shown) = (error.text(), shown(&error));
            assert_hidden(&shown);
            FORMS.iter().for_each(|form| assert_hidden_as(*form, &shown));
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((last, data)) = choice(data).filter(|_| is_clean(data)) else { return };
    let (status, json) = (STATUS[usize::from(last) % STATUS.len()], last & 0x10 == 0);
    answered(status, json, data.to_vec());
    let at = data.len() * usize::from(last) / 255;
    let echo = FORMS[data.len() % FORMS.len()](CANARY);
    answered(status, json, [&data[..at], echo.as_bytes(), &data[at..]].concat());
});
