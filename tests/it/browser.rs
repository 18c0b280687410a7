//! Signing in with a real browser: headless Chromium, driven over WebDriver. Each test has a browser, a profile and an
//! emulator of its own. Unix only: there the programs are found and ended by their group.

#![cfg(unix)]

mod application;
mod chrome;
mod code_flow;
mod layout;
mod pages;
mod wasm;
mod web;
mod without_scripts;

use zeyos_emulator::Emulator;
use zeyos_emulator::switches::Authorize;

use application::Application;

use crate::support::profile;

/// An emulator with the demo data whose page asks.
fn emulator() -> Emulator {
    let mut switches = profile::switches();
    switches.authorize = Authorize::Form;
    // Its users see the tickets of each other.
    switches.permissions = false;
    let started = Emulator::builder().switches(switches).start();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(started).unwrap()
}

/// Where a browser begins when the demo application sends it to sign in.
fn authorize(zeyos: &Emulator, application: &Application, extra: &str) -> String {
    let client = &zeyos.credentials().client_id;
    let back: String = form_urlencoded::byte_serialize(application.callback().as_bytes()).collect();
    let query = format!("client_id={client}&redirect_uri={back}&response_type=code&state=s%26t{extra}");
    format!("{}/oauth2/v1/authorize?{query}", zeyos.url())
}

/// The one-time password of the demo user `otto` now (RFC 6238).
#[expect(clippy::disallowed_methods, reason = "the emulator beside it goes by the clock of the machine")]
fn one_time_password() -> String {
    use sha1::{Digest as _, Sha1};
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let key = b"bergfjord-otto-totp!";
    let pad = |byte: u8| (0..64).map(|index| key.get(index).copied().unwrap_or(0) ^ byte).collect::<Vec<u8>>();
    let inner = Sha1::digest([pad(0x36), (now / 30).to_be_bytes().to_vec()].concat());
    let outer = Sha1::digest([pad(0x5c), inner.to_vec()].concat());
    let start = usize::from(outer[19] & 15);
    let word = u32::from_be_bytes(outer[start..start + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}
