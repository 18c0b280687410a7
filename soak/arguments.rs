//! The arguments of a run.

use super::Outcome;

/// The choices of a run.
pub(crate) struct Arguments {
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
    /// The file that gets a line for everything that happens.
    pub log: Option<String>,
    /// What is left out.
    without: Vec<Kind>,
}

/// What happens to a run beside faults on the wire and kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The store falls back by one or more generations.
    Rollback,
    /// The store is damaged.
    Damage,
    /// Another program signs in and writes a token set where the record is.
    Foreign,
    /// Calls run on a runtime that is dropped.
    Runtime,
    /// Calls and clients have less time than an answer takes.
    Limits,
    /// The server calls living refresh tokens inactive in every other login.
    Lies,
}

impl Kind {
    const ALL: [(&'static str, Kind); 6] = [
        ("rollback", Kind::Rollback),
        ("damage", Kind::Damage),
        ("foreign", Kind::Foreign),
        ("runtime", Kind::Runtime),
        ("limits", Kind::Limits),
        ("lies", Kind::Lies),
    ];

    fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }

    pub(crate) fn name(self) -> &'static str {
        Kind::ALL.into_iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

const USAGE: &str = "soak --minutes N [--processes P] [--expires-in SECONDS] [--faults PERCENT] [--kill-every MILLISECONDS] \
     [--store file|redis] [--log FILE] [--without rollback|damage|foreign|runtime|limits|lies]...";

impl Arguments {
    /// Reads the words of the command line.
    pub(crate) fn read(words: &[String]) -> Outcome<Self> {
        let mut read = Arguments {
            minutes: 1,
            processes: 8,
            expires_in: 5,
            faults: 5,
            kill_every: 1_000,
            redis: false,
            log: None,
            without: Vec::new(),
        };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("{word} {value} is not a number\n{USAGE}"));
            match (word, value, Kind::named(value)) {
                ("--minutes", ..) => read.minutes = number()?,
                ("--processes", ..) => read.processes = usize::try_from(number()?)?.max(1),
                ("--expires-in", ..) => read.expires_in = number()?,
                ("--faults", ..) => read.faults = number()?.min(100),
                ("--kill-every", ..) => read.kill_every = number()?,
                ("--store", "file" | "redis", _) => read.redis = value == "redis",
                ("--log", ..) => read.log = Some(value.to_owned()),
                ("--without", _, Some(kind)) => read.without.push(kind),
                _ => return Err(format!("{word} {value} is not known\n{USAGE}").into()),
            }
        }
        Ok(read)
    }

    /// Whether this happens in the run.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        !self.without.contains(&kind)
    }
}
