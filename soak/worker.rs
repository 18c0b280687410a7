//! One of the processes: asks for tickets again and again and says what happens. It ends when the one who started it does.

use std::io::Read as _;
use std::time::Duration;

use zeyos::rest::Ticket;
use zeyos::{Client, Event, RefreshLimits};

use super::place::Store;
use super::{Outcome, random};

/// Calls between two reports.
const REPORT: u64 = 20;

/// Runs until the input ends or the login is lost.
pub async fn run() -> Outcome {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let client = client().await?;
    let mut good = 0;
    loop {
        match client.api().list_tickets(Ticket::query().limit(1)).await {
            Ok(_) => good += 1,
            Err(error) => {
                println!("failed {}", error.to_string().replace('\n', " "));
                if error.token_error().is_some_and(|error| error.session_loss().is_some()) {
                    return Ok(());
                }
            }
        }
        if good == REPORT {
            println!("good {good}");
            good = 0;
        }
        tokio::time::sleep(Duration::from_millis(20 + random::below(100)?)).await;
    }
}

async fn client() -> Outcome<Client> {
    let set = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let store = Store::open(&set("SOAK_STORE")?).await?;
    let second = Duration::from_secs(1);
    let limits = RefreshLimits { floor: second, hold: second, probe_interval: second, ..RefreshLimits::default() };
    let client = Client::builder(set("SOAK_URL")?).token_store(store).refresh_limits(limits).on_event(say);
    Ok(client.client_credentials(set("SOAK_CLIENT_ID")?, set("SOAK_CLIENT_SECRET")?).build()?)
}

/// One line for each event that counts.
fn say(event: &Event) {
    match event {
        Event::Refreshed { generation } => println!("refreshed {generation}"),
        Event::Adopted { generation } => println!("adopted {generation}"),
        Event::Recovered { generation } => println!("recovered {generation}"),
        Event::Unpersisted { generation, .. } => println!("unpersisted {generation}"),
        Event::Lost { generation, loss } => println!("lost {generation} {loss:?}"),
        _ => {}
    }
}
