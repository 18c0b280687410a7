//! The client inside of pages, as headless Chromium runs it. The pages are compiled by `cargo xtask wasm --test`, which runs these tests;
//! ordinary runs leave them out.

mod board;
mod extension;
mod origins;
mod recorder;
mod tabs;
mod tokens;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use zeyos_emulator::{Builder, Emulator, Switches};

use super::chrome::Chrome;
use crate::support::profile;
use recorder::Recorder;

/// Where the pages are, each in a folder of its name.
fn pages() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/wasm/pages");
    assert!(folder.join("tested/tested.js").is_file(), "the pages are not built; run `cargo xtask wasm --test`");
    folder
}

fn started(builder: Builder) -> Emulator {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(builder.start()).unwrap()
}

/// An emulator beside which the pages are, so that they have its origin.
fn emulator(set: impl FnOnce(&mut Switches)) -> Emulator {
    let mut switches = profile::switches();
    switches.authorize = zeyos_emulator::switches::Authorize::Form;
    switches.permissions = false;
    set(&mut switches);
    started(Emulator::builder().switches(switches).pages(pages()))
}

/// A browser, an emulator, and what writes down what the one sends to the other.
struct Stage {
    chrome: Chrome,
    zeyos: Emulator,
    recorder: Recorder,
}

impl Stage {
    fn new(set: impl FnOnce(&mut Switches)) -> Self {
        Stage::of(Chrome::start(), set)
    }

    fn of(chrome: Chrome, set: impl FnOnce(&mut Switches)) -> Self {
        let zeyos = emulator(set);
        let recorder = Recorder::before(zeyos.address());
        Stage { chrome, zeyos, recorder }
    }

    /// The instance, by the origin of the pages.
    fn url(&self) -> String {
        format!("{}/demo", self.recorder.origin())
    }

    /// Signs in on the pages of the instance, as a person does.
    fn sign_in(&self) {
        sign_in(&self.chrome, &self.url());
    }

    /// Loads the page whose functions the tests call, and opens a client there.
    fn open(&self, wishes: &Value) {
        open(&self.chrome, &self.recorder.origin(), &self.url(), wishes);
    }

    /// What a method of the client in the page comes to.
    fn call(&self, method: &str) -> Result<Value, String> {
        self.chrome.promised(&format!("tested.{method}"))
    }

    /// A pair of tokens of the demo user, as the wishes of a page name it.
    fn pair(&self) -> Value {
        let credentials = self.zeyos.credentials();
        json!({ "access": credentials.access_token.as_str(), "refresh": credentials.refresh_token.as_str() })
    }

    /// Ends all access tokens.
    fn expire(&self) {
        self.zeyos.advance_clock(Duration::from_secs(3601));
    }

    /// How many exchanges of refresh tokens the server has carried out.
    fn refreshes(&self) -> usize {
        let seen = self.zeyos.requests();
        seen.iter().filter(|seen| seen.grant_type == Some("refresh_token") && seen.status == Some(200)).count()
    }
}

fn sign_in(chrome: &Chrome, url: &str) {
    chrome.goto(&format!("{url}/"));
    chrome.until_heading("Sign in");
    chrome.write("#username", "demo");
    chrome.write("#password", "demo");
    chrome.act("login");
    chrome.until("the cookie", || chrome.cookie("ZEYOSID").is_some());
}

/// Loads the page of an origin, and opens a client of this instance there.
fn open(chrome: &Chrome, origin: &str, url: &str, wishes: &Value) {
    chrome.goto(&format!("{origin}/tested/"));
    open_here(chrome, url, wishes);
}

/// Opens a client of an instance in the page that is being loaded.
fn open_here(chrome: &Chrome, url: &str, wishes: &Value) {
    chrome.until("the page", || chrome.title() == "ready");
    let wishes = wishes.to_string();
    chrome.promised(&format!("globalThis.tested = Tested.open({url:?}, {wishes:?}), null")).unwrap();
}

/// Wishes of two pages or tests in one.
fn with(mut wishes: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        wishes[name] = value.clone();
    }
    wishes
}
