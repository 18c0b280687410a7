//! What the auth core costs, and that it counts right: `cargo bench --bench auth`, or a part of it with `-- read`, `-- write`,
//! `-- refresh`, `-- crowd` behind it. Times are reported and never judged, because
//! a busy machine is not a failure; a count that is wrong ends the program with 1.

mod crowd;
mod persist;
mod read;
mod refresh;
mod server;
mod table;

use std::process::ExitCode;

use table::Table;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is done.
#[derive(Clone, Copy)]
struct Size {
    /// Tasks that read the token at the same time.
    readers: usize,
    /// Batches of reads in each of them.
    batches: usize,
    /// Tasks that meet each expiry.
    tasks: usize,
    /// Expiries of T1.
    expiries: u64,
    /// Expiries of T2, where every request is sent twice.
    late_expiries: u64,
    /// Durable writes.
    writes: usize,
    /// Whole refreshes of each kind.
    refreshes: usize,
}

const FULL: Size = Size {
    readers: 64,
    batches: 10_000,
    tasks: 10_000,
    expiries: 1_000,
    late_expiries: 1_000,
    writes: 2_000,
    refreshes: 500,
};

/// What `cargo test --all-targets` runs, so that this program cannot rot: debug builds are slow.
const SMALL: Size =
    Size { readers: 64, batches: 20, tasks: 200, expiries: 10, late_expiries: 5, writes: 20, refreshes: 10 };

fn main() -> ExitCode {
    // Cargo says `--bench` to a benchmark and nothing to a test.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    match measured(if is_bench { FULL } else { SMALL }) {
        Ok(table) => {
            println!("{table}");
            ExitCode::from(u8::from(table.is_wrong()))
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measured(size: Size) -> Outcome<Table> {
    let parts: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut table = Table::default();
    runtime.block_on(async {
        if wants("read") {
            read::measure(size, &mut table).await?;
        }
        if wants("write") {
            persist::measure(size, &mut table).await?;
        }
        if wants("refresh") {
            refresh::measure(size, &mut table).await?;
        }
        if wants("crowd") {
            crowd::expire(size, &mut table).await?;
            crowd::expire_with_late_answers(size, &mut table).await?;
        }
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    Ok(table)
}
