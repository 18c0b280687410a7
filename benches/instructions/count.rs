//! Instructions of another process, as cachegrind counts them.

use std::process::Command;

use super::Outcome;
use super::task::{Program, Task};

/// Instructions a call.
pub(crate) struct Count(pub(crate) f64);

impl Count {
    pub(crate) fn of(program: Program, task: Task, url: &str) -> Outcome<Self> {
        let [few, many] = task.calls();
        let more = run(program, task, many, url)? - run(program, task, few, url)?;
        Ok(Self(more / f64::from(many - few)))
    }
}

fn run(program: Program, task: Task, calls: u32, url: &str) -> Outcome<f64> {
    let valgrind = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"];
    let arguments = [program.name(), task.name(), &calls.to_string(), url].map(str::to_owned);
    let output = Command::new("valgrind")
        .args(valgrind)
        .arg(std::env::current_exe()?)
        .args(arguments)
        .output()
        .map_err(|error| format!("valgrind: {error}; it counts the instructions (apt install valgrind)"))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("{} failed at {}:\n{told}", program.name(), task.name()).into());
    }
    let line = told.lines().find(|line| line.contains("I   refs:") || line.contains("I refs:"));
    let number = line.and_then(|line| line.rsplit_once(':')).map(|(_, number)| number.trim().replace(',', ""));
    Ok(number.ok_or_else(|| format!("valgrind counted nothing:\n{told}"))?.parse()?)
}
