//! The header `Retry-After`, read strictly: digits or a date, and nothing that only looks like them.
#![no_main]

use std::time::Duration;

use http::{HeaderValue, Response, header};
use libfuzzer_sys::fuzz_target;
use zeyos::Error;

fn wait(values: &[&[u8]]) -> Option<Duration> {
    let mut response = Response::new(bytes::Bytes::new());
    *response.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
    for value in values {
        response.headers_mut().append(header::RETRY_AFTER, HeaderValue::from_bytes(value).ok()?);
    }
    Error::status_of(response).retry_after()
}

fuzz_target!(|data: &[u8]| {
    // What is not a header value never gets as far as this.
    if HeaderValue::from_bytes(data).is_err() {
        return;
    }
    let read = wait(&[data]);
    let text = data.trim_ascii();
    let is_digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if is_digits && text.len() <= 10 {
        let seconds = std::str::from_utf8(text).unwrap().parse().unwrap();
        assert_eq!(read, Some(Duration::from_secs(seconds)));
    } else if !is_digits && read.is_some() {
        let has_day = text
            .windows(3)
            .any(|part| [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"].contains(&part.try_into().unwrap()));
        assert!(has_day, "neither digits nor a date: {:?}", String::from_utf8_lossy(data));
    }
    // It never panics, whatever it makes of two values.
    let _ = wait(&[data, b"1"]);
});
