//! The messages of a process, one line each.

use std::fmt;

/// A line of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// So many calls of this kind were made since the last such line.
    Did(Calls, u64),
    /// A call failed.
    Failed(String),
    /// These are the tokens in use.
    Holds { generation: u64, refresh_token: String },
    /// The tokens in use have changed, or their place.
    Changed(Change, u64),
    /// The login is lost, for this reason.
    Lost(u64, String),
}

/// The calls that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Calls {
    /// Answered.
    Good,
    /// Made on a runtime that was dropped.
    Dropped,
    /// Made with little time.
    Limited,
    /// Refreshes that the caller ordered.
    Ordered,
}

/// An event of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Refreshed,
    Adopted,
    Recovered,
    Restored,
    Unpersisted,
    Persisted,
}

const CALLS: [(&str, Calls); 4] =
    [("good", Calls::Good), ("dropped", Calls::Dropped), ("limited", Calls::Limited), ("ordered", Calls::Ordered)];

const CHANGES: [(&str, Change); 6] = [
    ("refreshed", Change::Refreshed),
    ("adopted", Change::Adopted),
    ("recovered", Change::Recovered),
    ("restored", Change::Restored),
    ("unpersisted", Change::Unpersisted),
    ("persisted", Change::Persisted),
];

fn named<T: Copy>(names: &[(&str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn name<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name)
}

impl Message {
    /// Reads a line; none if no process of ours says such a thing.
    pub(crate) fn read(line: &str) -> Option<Message> {
        let (word, rest) = line.split_once(' ')?;
        if word == "failed" {
            return Some(Message::Failed(rest.to_owned()));
        }
        let (number, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let number: u64 = number.parse().ok()?;
        match word {
            "holds" => Some(Message::Holds { generation: number, refresh_token: text.to_owned() }),
            "lost" => Some(Message::Lost(number, text.to_owned())),
            _ => named(&CALLS, word)
                .map(|calls| Message::Did(calls, number))
                .or_else(|| named(&CHANGES, word).map(|change| Message::Changed(change, number))),
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Did(calls, times) => write!(f, "{} {times}", name(&CALLS, calls)),
            Message::Failed(error) => write!(f, "failed {}", error.replace('\n', " ")),
            Message::Holds { generation, refresh_token } => write!(f, "holds {generation} {refresh_token}"),
            Message::Changed(change, generation) => write!(f, "{} {generation}", name(&CHANGES, change)),
            Message::Lost(generation, cause) => write!(f, "lost {generation} {cause}"),
        }
    }
}
