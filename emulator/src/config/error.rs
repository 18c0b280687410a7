//! The error of every setting: what is wrong, where it is, what would be right.

use std::error::Error;
use std::fmt;
use std::path::Path;

/// A flag, a configuration file or a request says what cannot be done.
///
/// Its text is one sentence for a person: the place, the problem, and what is allowed instead.
#[derive(Debug)]
pub struct ConfigError {
    place: Option<String>,
    problem: String,
    source: Option<std::io::Error>,
}

impl ConfigError {
    /// Something else.
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { place: None, problem: problem.into(), source: None }
    }

    /// A name that is not known, with those that are.
    pub(crate) fn name(what: &str, name: &str, known: &[&str]) -> Self {
        let meant = nearest(name, known).map_or(String::new(), |near| format!(" did you mean {near:?}?"));
        Self::new(format!("no {what} is called {name:?};{meant} known are {}", known.join(", ")))
    }

    /// A value that does not fit its name, with those that would.
    pub(crate) fn value(name: &str, value: &str, allowed: &str) -> Self {
        Self::new(format!("{value:?} is not a value of {name:?}; allowed are {allowed}"))
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(path: &Path, source: std::io::Error) -> Self {
        Self { source: Some(source), ..Self::new("the file cannot be read").at(path.display().to_string()) }
    }

    /// The same error with its place, unless it has one.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place.get_or_insert(place.into());
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.problem),
            None => f.write_str(&self.problem),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// The longest name that is compared with known ones; a longer one was never meant as any of them.
const LONGEST: usize = 64;

/// The known name that is nearest, if it is near enough to have been meant.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let near = known.iter().map(|known| (distance(name, known), *known)).min()?;
    (near.0 <= 1 + name.chars().count() / 4).then_some(near.1)
}

/// How many letters must be added, dropped, replaced or swapped with their neighbour to make one name of the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(a != b);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        for (from, to, count) in [("", "ab", 2), ("port", "prot", 1), ("seed", "seeds", 1), ("abc", "xyz", 3)] {
            assert_eq!((distance(from, to), distance(to, from)), (count, count), "{from} {to}");
        }
    }

    #[test]
    fn only_a_near_name_is_proposed() {
        assert_eq!(nearest("prot", &["seed", "port"]), Some("port"));
        assert_eq!(nearest("colour", &["seed", "port"]), None);
        assert_eq!(nearest(&"p".repeat(1 << 20), &["port"]), None, "at once");
    }

    #[test]
    fn the_first_place_stays() {
        let error = ConfigError::new("it is wrong").at("a.toml:3").at("elsewhere");
        assert_eq!(error.to_string(), "a.toml:3: it is wrong");
    }
}
