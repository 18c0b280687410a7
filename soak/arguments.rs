//! What a run is told.

use super::Outcome;

/// The choices of a run.
pub struct Arguments {
    pub minutes: u64,
    pub processes: usize,
    /// How long access tokens live, in seconds.
    pub expires_in: u64,
    /// How many of a hundred token requests meet a fault.
    pub faults: u64,
    /// How many milliseconds pass between two kills in the mean; 0 for none.
    pub kill_every: u64,
    /// Whether the store is a Redis; else it is a file.
    pub redis: bool,
}

const USAGE: &str = "soak --minutes N [--processes P] [--expires-in SECONDS] [--faults PERCENT] [--kill-every MILLISECONDS] [--store file|redis]";

impl Arguments {
    /// Reads the words of the command line.
    pub fn read(words: &[String]) -> Outcome<Self> {
        let mut read =
            Arguments { minutes: 1, processes: 8, expires_in: 5, faults: 5, kill_every: 1_000, redis: false };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("{word} {value} is no number\n{USAGE}"));
            match (word, value) {
                ("--minutes", _) => read.minutes = number()?,
                ("--processes", _) => read.processes = usize::try_from(number()?)?,
                ("--expires-in", _) => read.expires_in = number()?,
                ("--faults", _) => read.faults = number()?.min(100),
                ("--kill-every", _) => read.kill_every = number()?,
                ("--store", "file" | "redis") => read.redis = value == "redis",
                _ => return Err(format!("{word} {value} is not known\n{USAGE}").into()),
            }
        }
        Ok(read)
    }
}
