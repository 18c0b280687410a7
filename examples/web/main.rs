//! A web application whose visitors sign in at ZeyOS: one login per browser session, and calls as the user who signed in.
//!
//! `cargo run --example web` runs against an emulator of its own and prints the address to open and a user to sign in as. With
//! `ZEYOS_BASE_URL`, `ZEYOS_CLIENT_ID` and `ZEYOS_CLIENT_SECRET` its visitors sign in at that instance, whose application must name
//! `http://127.0.0.1/callback`, or `/callback` below `ZEYOS_WEB_URL`, as its callback.
//!
//! - `ZEYOS_REDIS_URL`: sessions, pending logins and tokens are kept in this Redis (6.2 or newer) and survive a restart. This needs
//!   `--features redis`. Otherwise they are kept in memory.
//! - `ZEYOS_WEB_PORT`: the port of 127.0.0.1 to listen on; a free one otherwise.
//! - `ZEYOS_WEB_URL`: where browsers find the application, when a proxy with a certificate stands before it.

mod app;
mod cookie;
mod failure;
mod pages;
mod sessions;
mod settings;
mod user;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;
use zeyos::Client;
use zeyos_emulator::switches::Authorize;
use zeyos_emulator::{Emulator, Switches};

use app::App;
use sessions::Sessions;
use settings::Settings;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often sessions that have lasted long enough are looked for.
const SWEEP: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let settings = Settings::from_environment()?;
    // It runs for as long as this value lives.
    let (client, _emulator) = match &settings.instance {
        Some(instance) => (instance.client()?, None),
        None => {
            let (client, emulator) = at_emulator().await?;
            (client, Some(emulator))
        }
    };
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    println!("listening at {address}");
    let origin = settings.origin.unwrap_or(address);
    let sessions = Arc::new(Sessions::open(client, settings.redis_url.as_deref()).await?);
    println!("open {origin}");
    serve(listener, App::new(origin, Arc::clone(&sessions))).await?;
    sessions.close().await;
    Ok(())
}

/// An emulator whose page asks, and the client of its demo application.
async fn at_emulator() -> Outcome<(Client, Emulator)> {
    let mut switches = Switches::default();
    switches.authorize = Authorize::Form;
    let zeyos = Emulator::builder().switches(switches).start().await?;
    let credentials = zeyos.credentials();
    println!("emulator at {}", zeyos.url());
    println!("sign in there as {}, mara or jonas with the password {}", credentials.username, credentials.password);
    let client = Client::builder(zeyos.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .build()?;
    Ok((client, zeyos))
}

/// Serves until Ctrl-C.
async fn serve(listener: TcpListener, app: App) -> std::io::Result<()> {
    let sweeper = tokio::spawn(sweep(Arc::clone(&app.sessions)));
    let stop = async {
        // Without a way to learn of it, no one can ask for the end like this.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let outcome = axum::serve(listener, app.into_router()).with_graceful_shutdown(stop).await;
    sweeper.abort();
    outcome
}

async fn sweep(sessions: Arc<Sessions>) {
    let mut ticks = tokio::time::interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = sessions.end_overdue().await {
            eprintln!("sessions that have ended could not be removed: {error}");
        }
    }
}
