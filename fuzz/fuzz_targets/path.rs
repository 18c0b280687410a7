//! Paths and path parameters: one segment each, below the service, on the origin of the instance, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zeyos::Client;
use zeyos_fuzz::Wire;

const BASE: &str = "https://erp.example.com/demo/api/v1/";

thread_local! {
    static CLIENT: Client = Wire::default().client().token_set(zeyos::TokenSet::bearer("a")).build().unwrap();
}

/// The path as a server sees it that decodes nothing, and one that decodes everything.
fn segments(url: &str) -> (usize, bool) {
    let url = url::Url::parse(url).unwrap();
    assert_eq!(url.origin().ascii_serialization(), "https://erp.example.com");
    assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
    let decoded = percent_encoding::percent_decode_str(url.path()).decode_utf8_lossy().into_owned();
    let leaves = decoded.split(['/', '\\']).any(|segment| segment == "..");
    (url.path().split('/').count(), leaves)
}

fuzz_target!(|text: &str| {
    CLIENT.with(|client| {
        if let Ok(dry) = client.operation("getTicket").path_parameter("ID", text).call().dry_run() {
            assert!(dry.url.starts_with(BASE), "{}", dry.url);
            let (count, _) = segments(&dry.url);
            assert_eq!(count, "/demo/api/v1/tickets/1".split('/').count(), "{text:?} changes the depth: {}", dry.url);
        }
        if let Ok(dry) = client.request(http::Method::GET, text).call().dry_run() {
            assert!(dry.url.starts_with("https://erp.example.com/demo/"), "{}", dry.url);
            let (_, leaves) = segments(&dry.url);
            assert!(!leaves, "{text:?} leads out of the service: {}", dry.url);
        }
    });
});
