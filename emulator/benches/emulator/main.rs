//! How fast the emulator is, beside a bare handler of the same rows, and how fast it starts:
//! `cargo bench --bench emulator`, with `-- get`, `-- list` or `-- start` for one part. What is judged is processor time, into
//! which a busy machine puts little; rates and durations are reported beside it. The program ends with 1 where a figure is not
//! met, and where an answer differs from that of the bare handler.

mod baseline;
mod comparison;
mod cpu;
mod database;
mod load;
mod start;

use std::process::ExitCode;
use std::time::Duration;

use database::TempDir;

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
    /// Whether a figure that is not met is a failure.
    judged: bool,
}

const FULL: Size =
    Size { rows: 100_000, connections: 64, rounds: 11, round: Duration::from_secs(1), starts: 9, judged: true };

/// What `cargo test --all-targets` runs, so that this program cannot rot: debug builds are slow.
const SMALL: Size =
    Size { rows: 1_000, connections: 8, rounds: 2, round: Duration::from_millis(50), starts: 1, judged: false };

/// What was not met.
#[derive(Default)]
struct Missed(Vec<String>);

impl Missed {
    /// Notes a figure that is not met; the answer is how it is printed.
    fn judge(&mut self, name: &str, met: bool) -> &'static str {
        if met {
            return "met";
        }
        self.0.push(name.to_owned());
        "missed"
    }
}

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
    let folder = TempDir::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let file = runtime.block_on(database::filled(folder.file("tickets.db"), size.rows))?;
    let Size { rows, connections, rounds, round, .. } = size;
    let bytes = std::fs::metadata(&file)?.len() >> 20;
    println!("{rows} tickets in a file of {bytes} MB; {connections} connections; {rounds} rounds of {round:?}");
    let mut missed = Missed::default();
    if asked("get") || asked("list") {
        let bare = baseline::serve(&file)?;
        runtime.block_on(comparison::run(size, &file, bare, asked, &mut missed))?;
    }
    if asked("start") {
        start::measure(size, &folder, &mut missed)?;
        runtime.block_on(start::under_load(size, &file))?;
    }
    match missed.0.join(", ") {
        missed if size.judged && !missed.is_empty() => Err(format!("not met: {missed}").into()),
        _ => Ok(()),
    }
}
