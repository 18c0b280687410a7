//! The main job: sign in, list open tickets and accounts, create, change and delete a ticket, with every kind of credential.
//!
//! `cargo run --example quickstart` runs it against an emulator of its own. With `ZEYOS_BASE_URL` and `ZEYOS_TOKEN` (optionally
//! `ZEYOS_REFRESH_TOKEN`, `ZEYOS_CLIENT_ID`, `ZEYOS_CLIENT_SECRET`) it reads from that instance and changes nothing.

use std::error::Error;

use zeyos::rest::{Account, NewTicket, Ticket, TicketPatch, TicketStatus, account, ticket};
use zeyos::{AuthMode, Client, ClientEvent, TokenSet, projection};
use zeyos_emulator::Emulator;

type Outcome = Result<(), Box<dyn Error>>;

projection! {
    /// A ticket as a list shows it, with the name of its account.
    struct OpenTicket from Ticket {
        id: zeyos::Id<Ticket> = ticket::ID,
        name: String = ticket::NAME,
        status: TicketStatus = ticket::STATUS,
        customer: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    match std::env::var("ZEYOS_BASE_URL") {
        Ok(url) => read_only(&url).await,
        Err(_) => everything().await,
    }
}

/// Against the instance that the environment names: reading only.
async fn read_only(url: &str) -> Outcome {
    // A URL from the environment never goes together with a token from anywhere else.
    let token = std::env::var("ZEYOS_TOKEN").map_err(|_| "ZEYOS_BASE_URL is set, so ZEYOS_TOKEN is needed too")?;
    let mut tokens = TokenSet::bearer(token);
    if let Ok(refresh_token) = std::env::var("ZEYOS_REFRESH_TOKEN") {
        tokens = tokens.with_refresh_token(refresh_token);
    }
    let mut builder = Client::builder(url).token_set(tokens).on_event(report);
    if let (Ok(id), Ok(secret)) = (std::env::var("ZEYOS_CLIENT_ID"), std::env::var("ZEYOS_CLIENT_SECRET")) {
        builder = builder.client_credentials(id, secret);
    }
    list(&builder.build()?).await
}

/// Against an emulator of our own: everything.
async fn everything() -> Outcome {
    let zeyos = Emulator::start().await?;
    let credentials = zeyos.credentials();
    println!("emulator at {}", zeyos.url());
    let client = Client::builder(zeyos.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .session_cookie(credentials.session.as_str())
        .on_event(report)
        .build()?;

    sign_in(&client).await?;
    list(&client).await?;
    list_as_session(&client).await?;
    refusal_of_bare_calls(&client).await?;
    write(&client).await
}

/// The code flow. The emulator agrees at once; a real server shows a page to a person here.
async fn sign_in(client: &Client) -> Outcome {
    let login = client.oauth2().authorization_request("http://127.0.0.1:9/callback").begin()?;
    let callback = browser::follow(login.url().as_str()).await?;
    login.finish(zeyos::oauth2::Callback::parse(&callback)?).await?;
    let user = client.oauth2().user_info().await?;
    println!("signed in as {} (code flow; client by basic)", user.preferred_username);
    Ok(())
}

async fn list(client: &Client) -> Outcome {
    let open = Ticket::query()
        .live()
        .filter(ticket::STATUS.one_of([TicketStatus::NotStarted, TicketStatus::Accepted, TicketStatus::Active]))
        .sort([ticket::PRIORITY.desc(), ticket::ID.asc()])
        .limit(5)
        .select::<OpenTicket>();
    let total = client.api().list_tickets(open.clone()).count().await?.into_inner().0;
    println!("\nopen tickets, {total} in all (bearer)");
    for row in client.api().list_tickets(open).await?.into_inner() {
        println!(
            "  {:>5}  {:<40} {:?}, {}",
            row.id,
            row.name,
            row.status,
            row.customer.as_deref().unwrap_or("no account")
        );
    }
    println!("\naccounts (bearer)");
    for account in
        client.api().list_accounts(Account::query().live().sort([account::LASTNAME.asc()]).limit(5)).await?.iter()
    {
        println!("  {:>5}  {} {}", account.id, account.lastname, account.firstname);
    }
    Ok(())
}

async fn list_as_session(client: &Client) -> Outcome {
    let accounts = client.api().list_accounts(Account::query().live().limit(5)).auth_mode(AuthMode::Session).await?;
    println!("\n{} accounts (session)", accounts.len());
    Ok(())
}

async fn refusal_of_bare_calls(client: &Client) -> Outcome {
    match client.api().list_accounts(Account::query().limit(1)).auth_mode(AuthMode::None).await {
        Err(error) if error.is_auth() => println!("\nwithout a credential: {error} (none)"),
        other => return Err(format!("a bare call should be refused, but: {other:?}").into()),
    }
    Ok(())
}

async fn write(client: &Client) -> Outcome {
    let api = client.api();
    let created =
        api.create_ticket(NewTicket::new("Quickstart: pump seal leaks").priority(zeyos::rest::Priority::High)).await?;
    let etag = created.headers().get("etag").and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
    println!("\ncreated ticket {} {:?} (bearer)", created.id, created.name);
    let updated =
        api.update_ticket(created.id, TicketPatch::new().status(TicketStatus::Active)).if_match(&etag).await?;
    println!("updated ticket {} to {:?} (bearer)", updated.id, updated.status);
    api.delete_ticket(created.id).await?;
    println!("deleted ticket {} (bearer); it exists: {}", created.id, *api.exists_ticket(created.id).await?);
    Ok(())
}

/// Hears what happens behind the calls.
fn report(event: &ClientEvent) {
    println!("  [{event:?}]");
}

/// What a browser does when the page agrees at once: it follows the redirects up to the application's own address.
mod browser {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    /// The address at which the application is called back.
    pub(crate) async fn follow(url: &str) -> Result<String, Box<dyn std::error::Error>> {
        let mut url = url.to_owned();
        for _ in 0..5 {
            let here = url.clone();
            let location = tokio::task::spawn_blocking(move || location(&here)).await??;
            if !location.starts_with(origin(&url)) {
                return Ok(location);
            }
            url = location;
        }
        Err("too many redirects".into())
    }

    fn origin(url: &str) -> &str {
        let host = url.find("://").map_or(0, |at| at + 3);
        url[host..].find('/').map_or(url, |end| &url[..host + end])
    }

    fn location(url: &str) -> std::io::Result<String> {
        let host = origin(url).trim_start_matches("http://");
        let path = &url[origin(url).len()..];
        let mut stream = TcpStream::connect(host)?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let line = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("location:"));
        let location = line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned());
        location.ok_or_else(|| {
            std::io::Error::other(format!("no redirect in the answer: {}", answer.lines().next().unwrap_or("")))
        })
    }
}
