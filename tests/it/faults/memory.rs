//! What reading an answer costs in memory, measured in a process that does nothing else.

use std::fs;
use std::process::Command;

use zeyos::rest::Ticket;
use zeyos::{Client, TokenSet};
use zeyos_emulator::FaultServer;

use crate::auth::support::emulator;

const URL: &str = "ZEYOS_TEST_MEMORY_URL";
const TOKEN: &str = "ZEYOS_TEST_MEMORY_TOKEN";
const BOUND: &str = "ZEYOS_TEST_MEMORY_BOUND";
const NAME: &str = "faults::memory::reading_a_list_costs_little_memory";

/// KiB by which a client grows that asks this server for a list and gets what a fault answers.
pub(crate) fn growth(server: &FaultServer, token: &str, bound: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", NAME, "--nocapture"]).env(URL, server.url()).env(TOKEN, token).env(BOUND, bound.to_string());
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once("grew by ")).unwrap_or_else(|| panic!("no figure: {text}"));
    line.1.trim().parse().unwrap()
}

/// A figure of this process in KiB.
fn figure(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Three requests: one that meets no fault, and one that meets it and may read 1 MiB, so that the code of both ways is loaded and
/// the read buffers of the HTTP stack, which grow to 417 KiB each whatever the bound, are there; the third is measured.
async fn measure(url: &str, token: &str, bound: usize) -> u64 {
    let client = Client::builder(url).token_set(TokenSet::bearer(token)).max_body(bound).build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let small = Client::builder(url).token_set(TokenSet::bearer(token)).max_body(1 << 20).build().unwrap();
    let _ = small.api().list_tickets(Ticket::query()).await;
    // The highest figure so far is forgotten.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = figure("VmRSS:");
    let outcome = client.api().list_tickets(Ticket::query()).await.map(drop);
    let grown = figure("VmHWM:").saturating_sub(before);
    drop(outcome);
    grown
}

#[tokio::test]
async fn reading_a_list_costs_little_memory() {
    if let (Ok(url), Ok(token), Ok(bound)) = (std::env::var(URL), std::env::var(TOKEN), std::env::var(BOUND)) {
        println!("grew by {}", measure(&url, &token, bound.parse().unwrap()).await);
        return;
    }
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let token = zeyos.credentials().access_token.clone();
    let grown = tokio::task::spawn_blocking(move || growth(&server, &token, 1 << 20)).await.unwrap();
    assert!(grown < 2048, "{grown} KiB");
}
