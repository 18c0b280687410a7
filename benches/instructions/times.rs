//! What calls take beside the same calls by hand, where instructions do not say it: `cargo bench --bench times`. CPU time of a page of
//! 10,000 rows and the memory that it needs, and requests a second of 64 tasks. Ends with 1 where a figure is beyond what
//! docs/performance.md says must hold.
//!
//! Both programs take turns within this process, beside the server, so that a busy machine slows both; medians count.

#[allow(dead_code, reason = "the bench of instructions runs what is not used here")]
mod by_hand;
#[allow(dead_code, reason = "the bench of instructions runs what is not used here")]
mod ours;
#[allow(dead_code, reason = "the bench of instructions runs what is not used here")]
mod server;
#[allow(dead_code, reason = "the bench of instructions runs what is not used here")]
mod task;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use task::Task;
use tokio::runtime::{Builder, Runtime};

/// The most CPU time of a page, and the most memory over the rows that are kept of it.
const CPU: f64 = 1.05;
const MEMORY: f64 = 1.5;

/// The fewest requests a second over those by hand.
const REQUESTS: f64 = 0.95;

/// How many tasks send, and how many requests each in a round.
const TASKS: usize = 64;
const EACH: usize = 50;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How often both take their turn.
#[derive(Clone, Copy)]
struct Rounds {
    pages: usize,
    crowds: usize,
}

const FULL: Rounds = Rounds { pages: 31, crowds: 21 };

/// What `cargo test --all-targets` runs, so that this program cannot rot.
const SMALL: Rounds = Rounds { pages: 1, crowds: 1 };

fn main() -> Outcome<ExitCode> {
    // Cargo says `--bench` to a benchmark and nothing to a test.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let rounds = if is_bench { FULL } else { SMALL };
    let server = server::start()?;
    let kept = [pages(rounds.pages, &server)?, memory(&server)?, crowds(rounds.crowds, &server)?];
    let is_kept = kept.into_iter().all(|kept| kept);
    Ok(if is_kept || !is_bench { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A client of one of the programs.
#[derive(Clone)]
enum Caller {
    Ours(zeyos::Client),
    ByHand(reqwest::Client, String),
}

impl Caller {
    async fn call(&self, task: Task) -> Outcome {
        let rows = match self {
            Self::Ours(client) => ours::call(client, task).await?,
            Self::ByHand(client, url) => by_hand::call(client, task, url, true).await?,
        };
        if rows == task.records() { Ok(()) } else { Err(format!("{rows} rows came").into()) }
    }
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// Ours and the one by hand.
fn callers(url: &str) -> Outcome<[Caller; 2]> {
    Ok([Caller::Ours(ours::client(url)?), Caller::ByHand(by_hand::client(true)?, url.to_owned())])
}

/// CPU time of a page.
fn pages(rounds: usize, url: &str) -> Outcome<bool> {
    let (runtime, callers) = (runtime()?, callers(url)?);
    let mut times = [Vec::new(), Vec::new()];
    // The first one opens the connection.
    for round in 0..=rounds {
        for (caller, times) in callers.iter().zip(&mut times) {
            let before = cpu()?;
            runtime.block_on(caller.call(Task::Page))?;
            let taken = cpu()?.saturating_sub(before).as_secs_f64();
            if round > 0 {
                times.push(taken);
            }
        }
    }
    let [ours, by_hand] = times.map(median);
    println!("a page of 10000: {:.1} ms of CPU, by hand {:.1} ms", ours * 1e3, by_hand * 1e3);
    Ok(judged("CPU time of a page over that by hand", ours / by_hand, CPU, ours / by_hand <= CPU))
}

/// The time that this thread has run.
fn cpu() -> Outcome<Duration> {
    // The system adds it up when a thread waits.
    std::thread::sleep(Duration::from_micros(50));
    let path = "/proc/thread-self/schedstat";
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}; CPU time is read on Linux"))?;
    let nanoseconds = text.split_whitespace().next().ok_or("the system tells no times")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// The most memory while a page is read, over that of its rows.
fn memory(url: &str) -> Outcome<bool> {
    let (runtime, client) = (runtime()?, ours::client(url)?);
    let limit = Task::Page.rows().unwrap_or(0);
    // What is made once is not of the page.
    drop(runtime.block_on(ours::rows(&client, limit))?);
    let mut rows = Ok(Vec::new());
    let counted = allocation_counter::measure(|| rows = runtime.block_on(ours::rows(&client, limit)));
    let (most, kept) = (counted.bytes_max as f64, counted.bytes_current as f64);
    println!("a page of {}: {:.1} MB at most, {:.1} MB of rows", rows?.len(), most / 1e6, kept / 1e6);
    Ok(judged("memory of a page over its rows", most / kept, MEMORY, most / kept <= MEMORY))
}

/// Requests a second of many tasks.
fn crowds(rounds: usize, url: &str) -> Outcome<bool> {
    let (runtime, callers) = (Builder::new_multi_thread().worker_threads(2).enable_all().build()?, callers(url)?);
    let mut ratios = Vec::new();
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        let mut both = [0.0; 2];
        for (caller, rate) in callers.iter().zip(&mut both) {
            *rate = runtime.block_on(crowd(caller))?;
        }
        if round > 0 {
            ratios.push(both[0] / both[1]);
            rates.iter_mut().zip(both).for_each(|(rates, rate)| rates.push(rate));
        }
    }
    let [ours, by_hand] = rates.map(median);
    println!("{TASKS} tasks: {ours:.0} requests a second, by hand {by_hand:.0}");
    let ratio = median(ratios);
    Ok(judged("requests a second over those by hand", ratio, REQUESTS, ratio >= REQUESTS))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock of the machine")]
async fn crowd(caller: &Caller) -> Outcome<f64> {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let caller = caller.clone();
            tokio::spawn(async move {
                for _ in 0..EACH {
                    caller.call(Task::Get).await?;
                }
                Outcome::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok((TASKS * EACH) as f64 / begun.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn judged(name: &str, ratio: f64, must: f64, is_kept: bool) -> bool {
    println!("{name}: {ratio:.3}, must {must:.2}: {}", if is_kept { "met" } else { "missed" });
    is_kept
}
