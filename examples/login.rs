//! Signing in as a native program does: a browser, a receiver on this machine, a code.
//!
//! `cargo run --example login` runs against an emulator of its own, whose page agrees at once, and plays the browser itself.
//! With `--browser` it opens a real one, and a person agrees. With `--paste` no browser is needed on this machine: a person opens the
//! address elsewhere and pastes the one at which the browser ends, which no one answers there. With `ZEYOS_BASE_URL`, `ZEYOS_CLIENT_ID` and
//! `ZEYOS_CLIENT_SECRET` it signs in at that instance. No secret is taken as an argument: everyone can read those.

use std::error::Error;
use std::time::Duration;

use url::Url;
use zeyos::Client;
use zeyos::oauth2::{Callback, LoopbackReceiver, open_browser};
use zeyos_emulator::switches::Authorize;
use zeyos_emulator::{Emulator, Seed, Switches};

type Outcome = Result<(), Box<dyn Error>>;

/// How long a person has.
const DEADLINE: Duration = Duration::from_secs(300);

/// Who opens the address of the login.
#[derive(Clone, Copy, PartialEq)]
enum Visitor {
    /// This program.
    Ourselves,
    /// A browser that this program starts.
    Browser,
    /// Whoever reads the address.
    Reader,
    /// Whoever reads the address on another machine, and pastes where it led.
    Paster,
}

/// Where the browser of another machine ends: on that machine, where no one listens.
const NOWHERE: &str = "http://127.0.0.1:9/callback";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let visitor = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => None,
        ["--browser"] => Some(Visitor::Browser),
        ["--paste"] => Some(Visitor::Paster),
        // Not repeated: it may be a secret.
        _ => return Err("the only arguments are --browser and --paste; the rest comes from the environment".into()),
    };
    match std::env::var("ZEYOS_BASE_URL") {
        Ok(url) => at_instance(&url, visitor.unwrap_or(Visitor::Reader)).await,
        Err(_) => at_emulator(visitor.unwrap_or(Visitor::Ourselves)).await,
    }
}

/// At the instance that the environment names.
async fn at_instance(url: &str, visitor: Visitor) -> Outcome {
    // A URL from the environment never goes together with a secret from anywhere else.
    let needed =
        |name: &str| std::env::var(name).map_err(|_| format!("ZEYOS_BASE_URL is set, so {name} is needed too"));
    let (id, secret) = (needed("ZEYOS_CLIENT_ID")?, needed("ZEYOS_CLIENT_SECRET")?);
    let client = Client::builder(url).client_credentials(id, secret).build()?;
    sign_in(&client, visitor).await
}

/// At an emulator of our own.
async fn at_emulator(visitor: Visitor) -> Outcome {
    let with_browser = visitor == Visitor::Browser;
    let mut switches = Switches::default();
    if with_browser {
        switches.authorize = Authorize::Form;
    }
    let zeyos = Emulator::builder().seed(Seed::Empty).switches(switches).start().await?;
    let credentials = zeyos.credentials();
    println!("emulator at {}", zeyos.url());
    if with_browser {
        println!("sign in there as {} with the password {}", credentials.username, credentials.password);
    }
    let client = Client::builder(zeyos.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .build()?;
    sign_in(&client, visitor).await?;
    client.auth().logout().await?;
    println!("signed out: the tokens are revoked and removed");
    Ok(())
}

async fn sign_in(client: &Client, visitor: Visitor) -> Outcome {
    if visitor == Visitor::Paster {
        sign_in_by_hand(client).await?;
    } else {
        sign_in_here(client, visitor).await?;
    }
    println!("signed in as {}", client.oauth2().user_info().await?.preferred_username);
    Ok(())
}

/// The browser is on another machine: a person carries the addresses.
async fn sign_in_by_hand(client: &Client) -> Outcome {
    let login = client.oauth2().authorization_request(NOWHERE).begin()?;
    println!("open {}", login.url());
    println!("then paste the address at which the browser ends; the page itself cannot be there:");
    let mut pasted = String::new();
    std::io::stdin().read_line(&mut pasted)?;
    login.finish(Callback::parse(pasted.trim())?).await?;
    Ok(())
}

/// The browser is on this machine.
async fn sign_in_here(client: &Client, visitor: Visitor) -> Outcome {
    let receiver = LoopbackReceiver::bind().await?;
    let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin()?;
    println!("waiting for the browser at {}", receiver.redirect_uri());
    let visit = visited(&receiver.start_url(&login)?, visitor)?;
    let callback = receiver.receive(&login, DEADLINE).await?;
    if let Some(visit) = visit {
        visit.await??;
    }
    login.finish(callback).await?;
    Ok(())
}

type Visit = tokio::task::JoinHandle<std::io::Result<()>>;

/// Sends the visitor to the one-time address of the login: that of the server holds the state, and would stand in the list of
/// processes while a browser is started with it.
fn visited(url: &Url, visitor: Visitor) -> Result<Option<Visit>, Box<dyn Error>> {
    match visitor {
        Visitor::Browser => {
            if let Err(error) = open_browser(url) {
                println!("{error}: {url}");
            }
        }
        Visitor::Reader | Visitor::Paster => println!("open {url}"),
        Visitor::Ourselves => {
            let url = url.to_string();
            return Ok(Some(tokio::task::spawn_blocking(move || browser::visit(&url))));
        }
    }
    Ok(None)
}

/// What a browser does when the page agrees at once: it follows the redirects, the last one to the receiver, and keeps the cookie of
/// the receiver for it.
mod browser {
    use std::io::{Error, Read as _, Result, Write as _};
    use std::net::TcpStream;

    pub(crate) fn visit(start: &str) -> Result<()> {
        let (mut url, mut cookie) = (start.to_owned(), None);
        let receiver = host(start)?;
        for _ in 0..5 {
            let own = cookie.as_deref().filter(|_| host(&url).is_ok_and(|host| host == receiver));
            let answer = get(&url, own)?;
            cookie = cookie.or_else(|| field(&answer, "set-cookie")?.split(';').next().map(str::to_owned));
            match (answer.split(' ').nth(1), field(&answer, "location")) {
                (Some("200"), _) => return Ok(()),
                (Some("302" | "303"), Some(location)) => url = location.to_owned(),
                (status, _) => return Err(Error::other(format!("the page answered {}", status.unwrap_or_default()))),
            }
        }
        Err(Error::other("too many redirects"))
    }

    fn host(url: &str) -> Result<&str> {
        let rest = url.strip_prefix("http://").ok_or_else(|| Error::other("this browser knows http alone"))?;
        Ok(&rest[..rest.find('/').unwrap_or(rest.len())])
    }

    fn get(url: &str, cookie: Option<&str>) -> Result<String> {
        let host = host(url)?;
        let path = &url["http://".len() + host.len()..];
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let mut stream = TcpStream::connect(host)?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{cookie}Connection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
        let fields = answer.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}
