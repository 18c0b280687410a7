//! What a stream of many rows takes: `cargo bench --bench stream`. Its memory does not depend on how many rows come, and the next page is
//! on its way while one is worked on. The server is in memory, so that nothing else is measured. Both bounds are ratios within one run;
//! beyond either the program ends with 1.

mod memory;
mod pages;
mod server;

use std::process::ExitCode;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is done.
#[derive(Clone, Copy)]
struct Size {
    /// Rows of the short stream, which the long one is compared with.
    few: i64,
    /// Rows of the long stream.
    many: i64,
    /// Pages that are read and worked on.
    pages: i64,
}

const FULL: Size = Size { few: 10_000, many: 1_000_000, pages: 100 };

/// What `cargo test --all-targets` runs, so that this program cannot rot.
const SMALL: Size = Size { few: 4_000, many: 20_000, pages: 8 };

fn main() -> ExitCode {
    // Cargo says `--bench` to a benchmark and nothing to a test.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    match measured(if is_bench { FULL } else { SMALL }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether both bounds are kept.
fn measured(size: Size) -> Outcome<bool> {
    let flat = memory::measure(size)?;
    let fast = pages::measure(size)?;
    Ok(flat && fast)
}

/// A line of the table, with what becomes of it.
fn judged(name: &str, measured: f64, is_kept: bool, bound: &str) -> bool {
    let verdict = if is_kept { "kept" } else { "BROKEN" };
    println!("{name:52} {measured:8.2} {bound:10} {verdict}");
    is_kept
}
