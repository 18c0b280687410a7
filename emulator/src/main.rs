//! The program: an emulator from the command line. It parses arguments, prints how to sign in, and waits.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use zeyos_emulator::{Authorize, Emulator, Seed, StartError, Switches};

/// A local ZeyOS server for development and tests.
///
/// Point any client at the printed URL (origin and instance) and use what is printed beside it: the access token as a
/// bearer token, the session as the cookie ZEYOSID, or the client pair with the user name and password at the token
/// endpoint.
#[derive(Debug, Parser)]
#[command(name = "zeyos-emulator", version, after_help = EXAMPLES)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Name of the instance, the first segment of every path
    #[arg(long, default_value = "demo")]
    instance: String,
    /// File to keep the data in; without it they are gone when the program ends
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// What a new database holds
    #[arg(long, value_enum, default_value_t = SeedName::Demo)]
    seed: SeedName,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Pointing a client at it:
  curl -H \"Authorization: Bearer $ACCESS_TOKEN\" -X POST http://127.0.0.1:8080/demo/api/v1/tickets -d limit=3
  curl -H \"Cookie: ZEYOSID=$SESSION\" http://127.0.0.1:8080/demo/oauth2/v1/userinfo
  curl -u \"$CLIENT_ID:$CLIENT_SECRET\" http://127.0.0.1:8080/demo/oauth2/v1/token \\
       -d grant_type=password -d username=demo -d password=demo

Any ZeyOS client: set its base URL, or platform and instance, to the printed URL. Services live under it as in the cloud:
  /api/v1      standard REST interface
  /oauth2/v1   OAuth 2.0; authorize leads to a page where a user signs in and agrees
  /auth/v1     legacy sign-in and password tokens
  /            in a browser: signing in and out without an application";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeedName {
    /// A small company with customers, tickets, projects and sales
    Demo,
    /// The demo user and application alone
    Empty,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zeyos-emulator: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let json = arguments.json;
        // Listened for before anything is printed: whoever reads the first line may send a signal at once.
        let interrupted = interrupted()?;
        let zeyos = start(arguments).await?;
        println!("{}", if json { object(&zeyos) } else { banner(&zeyos) });
        interrupted.await;
        zeyos.stop().await;
        Ok(())
    })
}

async fn start(arguments: Arguments) -> Result<Emulator, StartError> {
    let seed = match arguments.seed {
        SeedName::Demo => Seed::Demo,
        SeedName::Empty => Seed::Empty,
    };
    // Whoever runs a program has a browser at hand; a test that embeds the library has not.
    let mut switches = Switches::default();
    switches.authorize = Authorize::Form;
    let builder = Emulator::builder().port(arguments.port).instance(arguments.instance).seed(seed).switches(switches);
    match arguments.db {
        Some(path) => builder.database(path).start().await,
        None => builder.start().await,
    }
}

/// Url and credentials under the names that scripts read.
fn members(zeyos: &Emulator) -> [(&'static str, &str); 8] {
    let credentials = zeyos.credentials();
    [
        ("url", zeyos.url()),
        ("client_id", &credentials.client_id),
        ("client_secret", &credentials.client_secret),
        ("username", &credentials.username),
        ("password", &credentials.password),
        ("access_token", &credentials.access_token),
        ("refresh_token", &credentials.refresh_token),
        ("session", &credentials.session),
    ]
}

fn object(zeyos: &Emulator) -> String {
    let members = members(zeyos).map(|(name, value)| format!("\"{name}\":{}", serde_json::Value::from(value)));
    format!("{{{}}}", members.join(","))
}

fn banner(zeyos: &Emulator) -> String {
    let lines = members(zeyos).into_iter().map(|(name, value)| format!("  {name:<14} {value}"));
    format!("ZeyOS emulator\n{}\nCtrl-C stops it.", lines.collect::<Vec<_>>().join("\n"))
}

/// Listens for Ctrl-C and for the signal by which a system ends a program; the future waits for either.
#[cfg(unix)]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C; the future waits for it.
#[cfg(not(unix))]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
