//! Hours of refreshes with everything that goes wrong: processes on one store, faults on the wire, kill -9 at random, a store that
//! falls back, is damaged or written by others, callers without time, runtimes that are dropped, a server that lies. It counts what
//! became of every rotation. `cargo xtask soak --minutes N` starts it.

mod answers;
mod arguments;
mod clock;
mod counters;
mod damage;
mod disturbance;
mod faults;
mod http;
mod log;
mod login;
mod loss;
mod message;
mod processes;
mod random;
mod run;
mod server;
mod store_location;
mod worker;

use std::process::ExitCode;
use std::time::Duration;

use zeyos::TokenStore as _;
use zeyos_emulator::{Emulator, FaultServer, Seed, Switches};

use arguments::{Arguments, Kind};
use clock::Clock;
use disturbance::Disturber;
use log::Log;
use login::Login;
use processes::Processes;
use run::Run;
use server::Server;
use store_location::{Store, StoreLocation};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const MINUTE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let words: Vec<String> = std::env::args().skip(1).collect();
    let ended = match words.first().map(String::as_str) {
        Some("worker") => runtime.block_on(worker::run()).map(|()| true),
        _ => Arguments::read(&words).and_then(|arguments| runtime.block_on(soak(arguments))),
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
async fn soak(arguments: Arguments) -> Outcome<bool> {
    let place = StoreLocation::prepare(arguments.redis)?;
    let mut run = set(arguments, &place).await?;
    let mut disturber = Disturber::new(place.raw_store()?, run.clock.now())?;
    let mut due = Due::at(&run)?;
    let end = MINUTE * u32::try_from(run.arguments.minutes)?;
    while run.clock.now() < end {
        run.listen(Duration::from_millis(50))?;
        disturber.step(&mut run).await?;
        loss::settle(&mut run, &mut disturber).await?;
        due.step(&mut run, &mut disturber).await?;
    }
    run.end()?;
    let Arguments { processes, minutes, expires_in, redis, .. } = &run.arguments;
    let store = if *redis { "one Redis" } else { "one file" };
    println!("-- {processes} processes, {minutes} minutes, access tokens of {expires_in} s, {store}\n{}", run.counters);
    Ok(run.counters.is_explained())
}

/// Server, store and processes.
async fn set(arguments: Arguments, place: &StoreLocation) -> Outcome<Run> {
    let mut switches = Switches::default();
    switches.access_token_ttl = Duration::from_secs(arguments.expires_in);
    let zeyos = Emulator::builder().seed(Seed::Empty).switches(switches).start().await?;
    // Before the server's: what a process says of an answer must not seem to come before it.
    let clock = Clock::start();
    let (wire, log) = (FaultServer::before(&zeyos).await?, Log::to(arguments.log.as_deref())?);
    faults::plan(&wire, &arguments)?;
    let (server, store) = (Server(zeyos), Store::open(&place.address()).await?);
    store.set(Some(&server.first_tokens())).await?;
    let calls = [Kind::Runtime, Kind::Limits].into_iter().filter(|kind| arguments.has(*kind));
    let credentials = server.0.credentials();
    let environment = vec![
        ("SOAK_URL", wire.url().to_owned()),
        ("SOAK_CLIENT_ID", credentials.client_id.clone()),
        ("SOAK_CLIENT_SECRET", credentials.client_secret.clone()),
        ("SOAK_STORE", place.address()),
        ("SOAK_CALLS", calls.map(Kind::name).collect::<Vec<_>>().join(" ")),
    ];
    let processes = Processes::start(clock, environment, arguments.processes)?;
    let login = Login::new(clock.now(), Some(credentials.refresh_token.clone()));
    Ok(Run::new((arguments, clock, log), (server, wire, store, processes), login))
}

/// What happens once in a while.
struct Due {
    kill: Duration,
    sign_in: Duration,
    inspection: Duration,
    word: Duration,
}

impl Due {
    fn at(run: &Run) -> Outcome<Self> {
        let now = run.clock.now();
        Ok(Due {
            kill: now,
            sign_in: now + random::millis(40_000, 80_000)?,
            inspection: now + Duration::from_secs(5),
            word: now + MINUTE,
        })
    }

    async fn step(&mut self, run: &mut Run, disturber: &mut Disturber) -> Outcome {
        let now = run.clock.now();
        let is_calm = disturber.is_calm() && run.login.lost_at.is_none();
        if is_calm && run.arguments.kill_every > 0 && now >= self.kill {
            run.processes.kill_one()?;
            run.counters.kills += 1;
            self.kill = now + random::millis(0, 2 * run.arguments.kill_every)?;
        }
        if is_calm && now >= self.sign_in && loss::sign_in_on_its_own(run, disturber).await? {
            self.sign_in = now + random::millis(40_000, 80_000)?;
        }
        if now >= self.inspection {
            run.inspect()?;
            self.inspection = now + Duration::from_secs(5);
        }
        if now >= self.word {
            println!("-- {} s\n{}", now.as_secs(), run.counters);
            self.word += MINUTE;
        }
        Ok(())
    }
}
