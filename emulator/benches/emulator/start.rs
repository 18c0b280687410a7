//! How long the program takes from its start to its first line, and what memory it needs then and at work.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::database::TempDir;
use super::load::Crowd;
use super::{Missed, Outcome, Size, comparison, cpu, database};

/// A program that ends with its measurement.
struct Running(Child);

impl Running {
    /// Starts it; answers what it says and how long that took.
    fn start(arguments: &[&str], database: Option<&Path>) -> Outcome<(Self, Value, Duration)> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zeyos-emulator"));
        command.args(["--port", "0", "--json"]).args(arguments).stdout(Stdio::piped());
        if let Some(database) = database {
            command.arg("--db").arg(database);
        }
        let begun = Instant::now();
        let mut running = Self(command.spawn()?);
        let mut line = String::new();
        BufReader::new(running.0.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let took = begun.elapsed();
        Ok((running, serde_json::from_str(&line)?, took))
    }

    /// Its memory, for a reader.
    fn memory(&self) -> String {
        cpu::memory(self.0.id()).map_or("?".to_owned(), |kilobytes| format!("{} MB", kilobytes >> 10))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts with both seeds, in memory and in a new file. In milliseconds of processor time, those in memory are judged: by the least of
/// them, because whatever else the machine does only adds to it.
pub(crate) fn measure(size: Size, folder: &TempDir, missed: &mut Missed) -> Outcome {
    for (seed, wanted) in [("empty", 25.0), ("demo", 80.0)] {
        let (text, used) = starts(size, seed, None)?;
        let met = missed.judge(&format!("start {seed}"), used.is_nan() || used <= wanted);
        println!("{text}, wanted {wanted}: {met}");
        println!("{}", starts(size, seed, Some(&folder.file(seed)))?.0);
    }
    Ok(())
}

/// Starts several times; what is to be said of it, and the least processor time.
fn starts(size: Size, seed: &str, file: Option<&Path>) -> Outcome<(String, f64)> {
    let (mut took, mut used, mut memory) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..size.starts {
        let (running, _, time) = Running::start(&["--seed", seed], file)?;
        took.push(time.as_secs_f64() * 1e3);
        used.extend(cpu::of(running.0.id()).map(|time| time.as_secs_f64() * 1e3));
        memory = running.memory();
        drop(running);
        file.map_or(Ok(()), database::remove)?;
    }
    let (low, middle, high) = comparison::spread(&mut took);
    let (used, middle_used, _) = comparison::spread(&mut used);
    let name = if file.is_some() { "in a new file" } else { "in memory" };
    let text = format!(
        "start {seed:<6} {name:<14} {middle:>4.0} ms ({low:.0} to {high:.0}); {memory}; processor {middle_used:.0} ms, \
         at least {used:.0}"
    );
    Ok((text, used))
}

/// Opens the large file, and reads from it as the others do.
pub(crate) async fn under_load(size: Size, file: &Path) -> Outcome {
    let (running, told, took) = Running::start(&[], Some(file))?;
    let before = running.memory();
    let text = |name: &str| told[name].as_str().ok_or("not told");
    let server = comparison::Server::new(text("url")?, text("access_token")?)?;
    for requests in [server.gets(size), server.lists(size)] {
        Crowd::connect(server.address, size.connections, requests).await?.round(size.round).await?;
    }
    println!(
        "start of the large file {took:.0?}; {before}, after {} connections have read {}",
        size.connections,
        running.memory()
    );
    Ok(())
}
