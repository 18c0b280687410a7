//! What a call costs beside the same call by hand, in instructions: `cargo bench --bench instructions`. Needs valgrind, and ends with 1
//! where a ratio is above what docs/performance.md says must hold.
//!
//! The program runs itself: once as server, and under cachegrind as client, by zeyos or by reqwest and serde alone. A client runs with few
//! calls and with many; the difference is what the calls cost, without the start of the program. No clock is read, so that a busy machine
//! does not decide.

mod by_hand;
mod count;
mod ours;
mod server;
mod task;

use std::process::ExitCode;

use count::Count;
use task::{Program, Task};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

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
        let counts = Program::ALL.map(|program| Count::of(program, task, &server));
        let [ours, by_hand, unlimited] = counts;
        let (ours, by_hand, unlimited) = (ours?.0, by_hand?.0, unlimited?.0);
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
    Ok(if is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
