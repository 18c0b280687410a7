//! Hours of refreshes with everything that goes wrong: processes on one store, faults on the wire, kill -9 at random. It counts
//! what became of every rotation. `cargo xtask soak --minutes N` starts it.

mod arguments;
mod counters;
mod crew;
mod faults;
mod place;
mod random;
mod worker;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use zeyos::{TokenSet, TokenStore as _};
use zeyos_emulator::{Emulator, FaultServer, Seed, Switches};

use arguments::Arguments;
use counters::Counters;
use crew::Crew;
use place::Place;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let words: Vec<String> = std::env::args().skip(1).collect();
    let ended = match words.first().map(String::as_str) {
        Some("worker") => runtime.block_on(worker::run()).map(|()| true),
        _ => Arguments::read(&words).and_then(|arguments| runtime.block_on(soak(&arguments))),
    };
    match ended {
        Ok(is_explained) => ExitCode::from(u8::from(!is_explained)),
        Err(error) => failed(&*error),
    }
}

fn failed(error: &(dyn std::error::Error + Send + Sync)) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// The whole run; whether every loss is explained.
#[expect(clippy::disallowed_methods, reason = "this is no part of the library: it measures a run")]
async fn soak(arguments: &Arguments) -> Outcome<bool> {
    let zeyos = emulator(arguments).await?;
    let place = Place::prepare(arguments.redis)?;
    let store = place::Store::open(&place.address()).await?;
    store.set(Some(&first_tokens(&zeyos))).await?;
    let server = FaultServer::before(&zeyos).await?;
    faults::plan(&server, arguments)?;
    let mut counters = Counters::default();
    let mut crew = Crew::start(&zeyos, server.url(), &place.address(), arguments.processes)?;
    let begun = Instant::now();
    let (mut next_kill, mut next_word) = (Duration::ZERO, Duration::from_secs(60));
    while begun.elapsed() < Duration::from_secs(60 * arguments.minutes) {
        crew.listen(&mut counters, Duration::from_millis(50))?;
        counters.count(&zeyos.take_requests(), server.counts());
        if counters.wants_login() {
            store.set(Some(&login(&zeyos).await?)).await?;
            counters.signed_in();
        }
        if arguments.kill_every > 0 && begun.elapsed() >= next_kill {
            crew.kill_one(&mut counters)?;
            next_kill = begun.elapsed() + Duration::from_millis(random::below(2 * arguments.kill_every)?);
        }
        if begun.elapsed() >= next_word {
            println!("-- {} s\n{counters}", begun.elapsed().as_secs());
            next_word += Duration::from_secs(60);
        }
    }
    crew.stop(&mut counters)?;
    counters.count(&zeyos.take_requests(), server.counts());
    drop(place);
    println!(
        "-- {} processes, {} minutes, access tokens of {} s, {}\n{counters}",
        arguments.processes,
        arguments.minutes,
        arguments.expires_in,
        if arguments.redis { "one Redis" } else { "one file" }
    );
    Ok(counters.is_explained())
}

async fn emulator(arguments: &Arguments) -> Outcome<Emulator> {
    let mut switches = Switches::default();
    switches.access_token_ttl = Duration::from_secs(arguments.expires_in);
    Ok(Emulator::builder().seed(Seed::Empty).switches(switches).start().await?)
}

/// The pair that the emulator was born with. It has no lifetime here, so the first refusal renews it.
fn first_tokens(zeyos: &Emulator) -> TokenSet {
    let credentials = zeyos.credentials();
    TokenSet::bearer(credentials.access_token.as_str()).with_refresh_token(credentials.refresh_token.as_str())
}

/// What a user does after a loss, past the server that makes faults.
async fn login(zeyos: &Emulator) -> Outcome<TokenSet> {
    let credentials = zeyos.credentials();
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "password")
        .append_pair("username", &credentials.username)
        .append_pair("password", &credentials.password)
        .append_pair("client_id", &credentials.client_id)
        .append_pair("client_secret", &credentials.client_secret)
        .finish();
    for _ in 0..100 {
        let answer = place::post(&format!("{}/oauth2/v1/token", zeyos.url()), &body);
        let tokens = answer.ok().and_then(|answer| TokenSet::from_response(&serde_json::from_str(&answer).ok()?));
        if let Some(tokens) = tokens {
            return Ok(tokens);
        }
    }
    Err("the emulator lets nobody sign in".into())
}
