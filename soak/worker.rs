//! One of the processes: asks for tickets again and again and says what happens. It ends when the one who started it does.

mod calls;

use std::io::BufRead as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use zeyos::{Client, ClientEvent, RefreshLimits, Secret};

use super::message::{Calls, Change, Message};
use super::store_location::Store;
use super::{Outcome, random};
use calls::Caller;

/// How often a process looks whether its tokens have changed.
const LOOK: Duration = Duration::from_millis(20);

fn say(message: &Message) {
    println!("{message}");
}

fn variable(name: &str) -> Outcome<String> {
    Ok(std::env::var(name).map_err(|_| format!("{name} is not set"))?)
}

/// Runs until the input ends.
pub(crate) async fn run() -> Outcome {
    let is_ordered = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&is_ordered);
    std::thread::spawn(move || {
        for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
            heard.store(true, Ordering::SeqCst);
        }
        std::process::exit(0);
    });
    let client = client().await?;
    tokio::spawn(tell_tokens(client.clone()));
    let mut caller = Caller::new(client.clone(), &variable("SOAK_CALLS")?);
    loop {
        if is_ordered.swap(false, Ordering::SeqCst) {
            say(&Message::Did(Calls::Ordered, 1));
            if let Err(error) = client.oauth2().refresh().await {
                say(&Message::Failed(format!("an ordered refresh: {error}")));
            }
        }
        caller.call().await?;
        tokio::time::sleep(random::millis(20, 120)?).await;
    }
}

async fn client() -> Outcome<Client> {
    let store = Store::open(&variable("SOAK_STORE")?).await?;
    let second = Duration::from_secs(1);
    let limits = RefreshLimits::default().floor(second).hold(second).probe_interval(second);
    let client = Client::builder(variable("SOAK_URL")?).token_store(store).refresh_limits(limits).on_event(tell);
    let client = client.user_agent(variable("SOAK_USER_AGENT")?);
    let number: u64 = variable("SOAK_NUMBER")?.parse()?;
    let client = match number % 4 {
        2 if calls::has_limits(&variable("SOAK_CALLS")?) => client.timeout(random::millis(20, 2_000)?),
        3 if calls::has_limits(&variable("SOAK_CALLS")?) => client.idle_timeout(random::millis(20, 2_000)?),
        _ => client,
    };
    Ok(client.client_credentials(variable("SOAK_CLIENT_ID")?, variable("SOAK_CLIENT_SECRET")?).build()?)
}

/// Says which tokens are in use, as soon as they change. It reads no store.
async fn tell_tokens(client: Client) {
    let mut last = None;
    loop {
        let status = client.auth().status();
        if status.is_loaded
            && status.is_signed_in
            && let Ok(Some(tokens)) = client.auth().shared_token_set().await
            && last != tokens.refresh_token
        {
            last.clone_from(&tokens.refresh_token);
            let refresh_token = last.as_ref().map_or("", Secret::expose).to_owned();
            say(&Message::Holds { generation: status.generation, refresh_token });
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// One line for each event that counts.
fn tell(event: &ClientEvent) {
    let changed = |change, generation: &u64| say(&Message::Changed(change, *generation));
    match event {
        ClientEvent::Refreshed { generation } => changed(Change::Refreshed, generation),
        ClientEvent::Adopted { generation } => changed(Change::Adopted, generation),
        ClientEvent::Recovered { generation } => changed(Change::Recovered, generation),
        ClientEvent::Restored { generation } => changed(Change::Restored, generation),
        ClientEvent::Unpersisted { generation, .. } => changed(Change::Unpersisted, generation),
        ClientEvent::Persisted { generation } => changed(Change::Persisted, generation),
        ClientEvent::Lost { generation, loss } => say(&Message::Lost(*generation, format!("{loss:?}"))),
        _ => {}
    }
}
