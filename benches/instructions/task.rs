//! What is asked for, by which program, and what must hold.

use super::Outcome;

/// A call that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Get,
    List,
    Page,
    /// No call: a page is read from memory.
    Decode,
    /// No call: a client is built, and dropped.
    Client,
}

impl Task {
    /// Those that are judged beside the program by hand.
    pub(crate) const ALL: [Self; 4] = [Self::Get, Self::List, Self::Page, Self::Decode];

    /// Those that are calls.
    pub(crate) const CALLS: [Self; 3] = [Self::Get, Self::List, Self::Page];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list of 25",
            Self::Page => "page of 10000",
            Self::Decode => "decoding 10000",
            Self::Client => "client",
        }
    }

    pub(crate) fn named(name: &str) -> Outcome<Self> {
        Self::ALL
            .into_iter()
            .chain([Self::Client])
            .find(|task| task.name() == name)
            .ok_or_else(|| format!("no task {name}").into())
    }

    /// How many records an answer has; none in a list is a record alone.
    pub(crate) fn rows(self) -> Option<u32> {
        match self {
            Self::Get | Self::Client => None,
            Self::List => Some(25),
            Self::Page | Self::Decode => Some(10_000),
        }
    }

    /// How many records come.
    pub(crate) fn records(self) -> usize {
        self.rows().unwrap_or(1) as usize
    }

    /// Few and many calls.
    pub(crate) fn calls(self) -> [u32; 2] {
        match self {
            Self::Get | Self::List => [20, 220],
            Self::Page | Self::Decode => [1, 4],
            Self::Client => [2, 22],
        }
    }

    /// The most instructions over the program by hand.
    pub(crate) fn must(self) -> f64 {
        match self {
            Self::Get => 1.12,
            Self::List => 1.05,
            Self::Page | Self::Decode => 1.00,
            Self::Client => f64::INFINITY,
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// zeyos.
    Ours,
    /// reqwest and serde's derive, with the limits that zeyos has.
    ByHand,
    /// The same without any limit.
    Unlimited,
}

impl Program {
    pub(crate) const ALL: [Self; 3] = [Self::Ours, Self::ByHand, Self::Unlimited];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "zeyos",
            Self::ByHand => "by-hand",
            Self::Unlimited => "unlimited",
        }
    }

    pub(crate) fn named(name: &str) -> Outcome<Self> {
        Self::ALL.into_iter().find(|program| program.name() == name).ok_or_else(|| format!("no program {name}").into())
    }
}
