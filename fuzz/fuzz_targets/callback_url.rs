//! What a browser brings back: read without a panic, a doubled parameter refused, neither code nor state in what is printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zeyos::oauth2::Callback;
use zeyos_fuzz::{CANARY, assert_hidden, is_clean, shown};

const NAMES: [&str; 6] = ["code", "state", "error", "error_description", "error_uri", "iss"];

fn parse(url: &str) {
    match Callback::parse(url) {
        Ok(callback) => {
            assert_hidden(&format!("{callback:?} {callback:#?}"));
            let text = url.split('#').next().unwrap();
            let query = text.split_once('?').map_or(text, |(_, query)| query);
            for name in NAMES {
                let times = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name).count();
                assert!(times < 2, "{name} stands {times} times in {url}");
            }
        }
        Err(error) => assert_hidden(&shown(&error)),
    }
}

fuzz_target!(|text: &str| {
    if !is_clean(text.as_bytes()) {
        return;
    }
    parse(text);
    parse(&format!("http://127.0.0.1:9/cb?code={CANARY}&state={CANARY}&{text}"));
    parse(&format!("http://127.0.0.1:9/cb?{text}&code={CANARY}&state={CANARY}"));
});
