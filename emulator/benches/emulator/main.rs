//! How fast the emulator is, beside a bare handler of the same rows, and how fast it starts:
//! `cargo bench --bench emulator`, with `-- get`, `-- list` or `-- start` for one part. Figures are
//! reported and never judged, because a busy machine is no failure; answers that differ from those of the bare handler
//! end the program with 1.

mod bare;
mod cpu;
mod duel;
mod load;
mod place;
mod start;

use std::process::ExitCode;
use std::time::Duration;

use place::Place;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is done.
#[derive(Clone, Copy)]
struct Size {
    /// Rows of the table.
    rows: i64,
    /// Connections to each server.
    connections: usize,
    /// Rounds of each server.
    rounds: usize,
    /// How long a round is.
    round: Duration,
    /// Starts of each kind.
    starts: usize,
}

const FULL: Size = Size { rows: 100_000, connections: 64, rounds: 11, round: Duration::from_secs(1), starts: 9 };

/// What `cargo test --all-targets` runs, so that this program cannot rot: debug builds are slow.
const SMALL: Size = Size { rows: 1_000, connections: 8, rounds: 2, round: Duration::from_millis(50), starts: 1 };

fn main() -> ExitCode {
    let (flags, parts): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    // Cargo says `--bench` to a benchmark and nothing to a test.
    let size = if flags.iter().any(|flag| flag == "--bench") { FULL } else { SMALL };
    match measured(size, &parts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measured(size: Size, parts: &[String]) -> Outcome {
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|asked| asked == part);
    let place = Place::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let file = runtime.block_on(place::filled(place.file("tickets.db"), size.rows))?;
    let Size { rows, connections, rounds, round, .. } = size;
    let bytes = std::fs::metadata(&file)?.len() >> 20;
    println!("{rows} tickets in a file of {bytes} MB; {connections} connections; {rounds} rounds of {round:?}");
    if asked("get") || asked("list") {
        let bare = bare::serve(&file)?;
        runtime.block_on(duel::fight(size, &file, bare, asked))?;
    }
    if asked("start") {
        start::measure(size, &place)?;
        runtime.block_on(start::under_load(size, &file))?;
    }
    Ok(())
}
