//! What another process does, as valgrind counts it.

use std::process::Command;

use super::Outcome;
use super::task::{Program, Task};

/// What is counted, for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Instructions,
    Allocations,
}

impl Counted {
    fn tool(self) -> &'static [&'static str] {
        match self {
            Self::Instructions => &["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"],
            Self::Allocations => &["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"],
        }
    }

    /// The number in what valgrind has told.
    fn number(self, told: &str) -> Option<f64> {
        let number = match self {
            Self::Instructions => {
                let line = told.lines().find(|line| line.contains("I   refs:") || line.contains("I refs:"));
                line?.rsplit_once(':')?.1
            }
            Self::Allocations => {
                let line = told.lines().find_map(|line| line.split_once("total heap usage:"));
                line?.1.split_once("allocs")?.0
            }
        };
        number.trim().replace(',', "").parse().ok()
    }

    pub(crate) fn of(self, program: Program, task: Task, url: &str) -> Outcome<f64> {
        let [few, many] = task.calls();
        let more = self.run(program, task, many, url)? - self.run(program, task, few, url)?;
        Ok(more / f64::from(many - few))
    }

    fn run(self, program: Program, task: Task, calls: u32, url: &str) -> Outcome<f64> {
        let arguments = [program.name(), task.name(), &calls.to_string(), url].map(str::to_owned);
        let output = Command::new("valgrind")
            .args(self.tool())
            .arg(std::env::current_exe()?)
            .args(arguments)
            .output()
            .map_err(|error| format!("valgrind: {error}; it counts (apt install valgrind)"))?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(format!("{} failed at {}:\n{told}", program.name(), task.name()).into());
        }
        self.number(&told).ok_or_else(|| format!("valgrind counted nothing:\n{told}").into())
    }
}
