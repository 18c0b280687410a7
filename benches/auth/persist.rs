//! How long it takes until tokens are on the disk.

use std::path::Path;
use std::time::{Duration, Instant};

use zeyos::store::{Commit, Pending, SharedTokenStore, TokenRecord, TokenStore};
use zeyos::{FileTokenStore, Timestamp, TokenSet};

use super::table::{Table, percentile};
use super::{Outcome, Size};

/// Tokens in the lengths of the service.
fn tokens(number: usize) -> TokenSet {
    TokenSet::bearer(format!("{number:040x}")).with_refresh_token(format!("{number:040x}"))
}

/// Measures on the disk that the build goes to.
pub(crate) async fn measure(size: Size, table: &mut Table) -> Outcome {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = both(&folder, size, table).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn both(folder: &Path, size: Size, table: &mut Table) -> Outcome {
    let store = FileTokenStore::open(folder.join("plain.json"))?;
    let mut samples = written(&store, size.writes).await?;
    rows("file store, `set`", &mut samples, table);
    let store = FileTokenStore::open(folder.join("shared.json"))?;
    match store.shared() {
        Some(shared) => {
            rows("file store, a whole refresh: mark, journal, commit", &mut renewed(shared, size.writes).await?, table)
        }
        None => table.note("file store, a whole refresh: mark, journal, commit", "not shared"),
    }
    Ok(())
}

fn rows(name: &str, samples: &mut [f64], table: &mut Table) {
    let count = samples.len();
    table.time(format!("{name}, p50 of {count}"), percentile(samples, 0.50), None);
    table.time(format!("{name}, p99 of {count}"), percentile(samples, 0.99), Some(5e6));
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
async fn written(store: &FileTokenStore, writes: usize) -> Outcome<Vec<f64>> {
    let mut samples = Vec::with_capacity(writes);
    for number in 0..writes {
        let tokens = tokens(number);
        let begun = Instant::now();
        store.set(Some(&tokens)).await?;
        samples.push(begun.elapsed().as_secs_f64() * 1e9);
    }
    Ok(samples)
}

/// What the store has to do for one refresh, from the lock to the release.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
async fn renewed(store: &dyn SharedTokenStore, writes: usize) -> Outcome<Vec<f64>> {
    let mut samples = Vec::with_capacity(writes);
    for number in 0..writes {
        let mut record = TokenRecord::default();
        (record.generation, record.tokens) = (number as u64 + 1, Some(tokens(number)));
        let begun = Instant::now();
        if renew(store, number as u64, &record).await? != Commit::Stored {
            return Err("the store has another generation than it was given".into());
        }
        samples.push(begun.elapsed().as_secs_f64() * 1e9);
    }
    Ok(samples)
}

async fn renew(store: &dyn SharedTokenStore, generation: u64, record: &TokenRecord) -> Outcome<Commit> {
    let mut lock = store.lock(Duration::from_secs(10)).await?;
    lock.read().await?;
    let mut pending = Pending::new(generation, Timestamp::from_unix(1_800_000_000), "0123456789abcdef");
    pending.refresh_token_hash = Some("0".repeat(64));
    lock.prepare(&pending).await?;
    lock.journal(bytes::Bytes::from_static(&[b'x'; 300])).await?;
    let commit = lock.commit(generation, record).await?;
    lock.release().await?;
    Ok(commit)
}
