//! The client in a page of a browser extension, which may call the hosts of its manifest whatever they allow other origins.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::chrome::Chrome;
use super::tokens::{kept, without_tokens};
use super::{Stage, open_here, pages};
use crate::support::folder::Folder;

const PAGE: &str = "<!DOCTYPE html><title>loading</title><script type=\"module\" src=\"start.js\"></script>";

/// No script of an extension may stand in its page.
const START: &str =
    "import init, { Tested } from './tested.js'; await init(); globalThis.Tested = Tested; document.title = 'ready';";

/// An extension that is not packed, with permission for the hosts of the tests.
fn extension() -> Folder {
    let folder = Folder::new("extension");
    let manifest = json!({
        "manifest_version": 3,
        "name": "Tickets",
        "version": "1",
        "host_permissions": ["http://127.0.0.1/*"],
        "content_security_policy": { "extension_pages": "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
    });
    for (name, content) in [("manifest.json", manifest.to_string().as_str()), ("page.html", PAGE), ("start.js", START)]
    {
        fs::write(folder.path().join(name), content).unwrap();
    }
    for name in ["tested.js", "tested_bg.wasm"] {
        fs::copy(pages().join("tested").join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// The origin of an extension without a key: Chromium names it after its folder.
fn origin(folder: &Folder) -> String {
    let path = fs::canonicalize(folder.path()).unwrap();
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let letter = |four: u8| char::from(b'a' + four);
    let name: String = digest[..16].iter().flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]).collect();
    format!("chrome-extension://{name}")
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn an_extension_calls_its_hosts_with_tokens_and_by_the_session() {
    let folder = extension();
    let stage = Stage::of(Chrome::with_extension(folder.path()), |switches| {
        switches.cookie_on_token = true;
        // Other pages could not read an answer.
        switches.cors_credentials = false;
    });
    let open = |wishes: &Value| {
        stage.chrome.goto(&format!("{}/page.html", origin(&folder)));
        open_here(&stage.chrome, &stage.url(), wishes);
    };
    open(&kept(&stage));
    assert_eq!(stage.call("count()").unwrap(), 3);
    stage.expire();
    assert_eq!(stage.call("count()").unwrap(), 3);
    open(&without_tokens(&stage));
    assert_eq!((stage.call("count()"), stage.refreshes()), (Ok(json!(3)), 1), "the tokens are kept in its storage");
    assert_eq!(stage.recorder.take().last().unwrap().credentials(), (Some("Bearer"), false));
    open(&json!({ "user": "demo", "password": "demo" }));
    stage.call("issue_token(true)").unwrap();
    open(&json!({ "session": true }));
    stage.recorder.take();
    assert_eq!(stage.call("user()").unwrap(), "demo");
    assert_eq!(stage.recorder.take().last().unwrap().credentials(), (None, true));
}
