//! What a call costs beside the same call by hand, in instructions and allocations, what reading an answer does, and building a client:
//! `cargo bench --bench instructions`. Needs valgrind, and ends with 1 where a figure is above what docs/performance.md says must hold.
//!
//! The program runs itself: once as server, and under valgrind as client, by zeyos or by reqwest and serde alone. A client runs with few
//! calls and with many; the difference is what the calls cost, without the start of the program. No clock is read, so that a busy machine
//! does not decide.

mod by_hand;
mod count;
mod ours;
mod server;
mod task;

use std::process::ExitCode;

use count::Counted;
use task::{Program, Task};

/// The most allocations over the program by hand, and the most instructions of building a client.
const ALLOCATIONS: f64 = 1.15;
const CLIENT: f64 = 1_000_000.0;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => judge(),
        [program, task, calls, url] => {
            let (task, calls) = (Task::named(task)?, calls.parse()?);
            run(Program::named(program)?, task, calls, url)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("usage: instructions [PROGRAM TASK CALLS URL]".into()),
    }
}

/// One client, in this process.
fn run(program: Program, task: Task, calls: usize, url: &str) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match program {
            Program::Ours => ours::run(task, calls, url).await,
            Program::ByHand => by_hand::run(task, calls, url, true).await,
            Program::Unlimited => by_hand::run(task, calls, url, false).await,
        }
    })
}

/// All of them, in processes of their own.
fn judge() -> Outcome<ExitCode> {
    let server = server::start()?;
    let mut is_missed = false;
    println!("{:<16} {:>12} {:>12} {:>12}  ratio   without limits", "", "zeyos", "by hand", "no limits");
    for task in Task::ALL {
        let counts = Program::ALL.map(|program| Counted::Instructions.of(program, task, &server));
        let [ours, by_hand, unlimited] = counts;
        let (ours, by_hand, unlimited) = (ours?, by_hand?, unlimited?);
        let ratio = ours / by_hand;
        let is_met = ratio <= task.must();
        is_missed |= !is_met;
        println!(
            "{:<16} {ours:>12.0} {by_hand:>12.0} {unlimited:>12.0}  {ratio:.3}   {:.3}   must {:.2}: {}",
            task.name(),
            ours / unlimited,
            task.must(),
            if is_met { "met" } else { "missed" },
        );
    }
    println!("allocations");
    for task in Task::CALLS {
        let count = |program| Counted::Allocations.of(program, task, &server);
        let (ours, by_hand) = (count(Program::Ours)?, count(Program::ByHand)?);
        let ratio = ours / by_hand;
        is_missed |= ratio > ALLOCATIONS;
        let word = if ratio <= ALLOCATIONS { "met" } else { "missed" };
        println!(
            "{:<16} {ours:>12.1} {by_hand:>12.1} {:>12}  {ratio:.3}   must {ALLOCATIONS:.2}: {word}",
            task.name(),
            ""
        );
    }
    let client = Counted::Instructions.of(Program::Ours, Task::Client, &server)?;
    is_missed |= client > CLIENT;
    let word = if client <= CLIENT { "met" } else { "missed" };
    println!("building a client: {client:.0} instructions, must {CLIENT:.0}: {word}");
    Ok(if is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
