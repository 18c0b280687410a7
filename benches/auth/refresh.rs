//! What a whole refresh takes, from the caller's word to the new tokens in his hand.

use std::path::Path;
use std::time::{Duration, Instant};

use zeyos::{Client, Error, FileTokenStore, RefreshLimits, TokenSet};
use zeyos_emulator::{Emulator, Seed};

use super::server::Server;
use super::table::{Table, percentile};
use super::{Outcome, Size};

/// Over a network, with the tokens in a file, as programs do it; then with server and store in memory, which leaves what the
/// library itself takes.
pub(crate) async fn measure(size: Size, table: &mut Table) -> Outcome {
    let zeyos = Emulator::builder().seed(Seed::Empty).start().await?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-refresh-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = samples(&over_the_network(&zeyos, &folder)?, size.refreshes).await;
    std::fs::remove_dir_all(&folder)?;
    rows("refresh over a loopback connection, tokens in a file", measured?, table);
    let client = Server::default().client().build()?;
    rows("refresh with server and store in memory", samples(&client, size.refreshes).await?, table);
    Ok(())
}

fn over_the_network(zeyos: &Emulator, folder: &Path) -> Outcome<Client> {
    let credentials = zeyos.credentials();
    let tokens =
        TokenSet::bearer(credentials.access_token.as_str()).with_refresh_token(credentials.refresh_token.as_str());
    let limits = RefreshLimits::default().floor(Duration::ZERO);
    let client = Client::builder(zeyos.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .token_set(tokens)
        .token_store(FileTokenStore::open(folder.join("tokens.json"))?)
        .refresh_limits(limits);
    Ok(client.build()?)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
async fn samples(client: &Client, count: usize) -> Result<Vec<f64>, Error> {
    let mut samples = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        client.oauth2().refresh().await?;
        samples.push(begun.elapsed().as_secs_f64() * 1e9);
    }
    Ok(samples)
}

fn rows(name: &str, mut samples: Vec<f64>, table: &mut Table) {
    let count = samples.len();
    table.time(format!("{name}, p50 of {count}"), percentile(&mut samples, 0.50), None);
    table.time(format!("{name}, p99 of {count}"), percentile(&mut samples, 0.99), None);
}
