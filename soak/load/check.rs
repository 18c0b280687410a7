//! Holds the rows of the server against what tasks were told.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use zeyos::Client;
use zeyos::rest::Ticket;

use super::Outcome;
use super::ledger::{self, Told, Write};

/// What a record may be by what its task was told.
#[derive(Default)]
struct Fate {
    created: Option<Told>,
    /// The versions that it may have; the last acknowledged one and those of which no one can say.
    versions: BTreeSet<u64>,
    deleted: Option<Told>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Rows that the server has in the end.
    pub rows: usize,
    /// Writes that were acknowledged, and those of which no one could say.
    pub acknowledged: u64,
    pub open: u64,
    /// Each a sentence; none where all is well.
    pub findings: Vec<String>,
}

pub(super) async fn rows(client: &Client, ledger: &Path) -> Outcome<Verdict> {
    let mut verdict = Verdict::default();
    let mut fates: HashMap<String, Fate> = HashMap::new();
    ledger::read(ledger, |name, write, told, version| {
        match told {
            Told::Done => verdict.acknowledged += 1,
            Told::Open => verdict.open += 1,
            Told::Unsent => {}
        }
        fates.entry(name.to_owned()).or_default().take(write, told, version);
    })?;
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    let mut rows = client.api().list_tickets(Ticket::query()).stream();
    while let Some(row) = rows.next().await {
        let row = row?;
        verdict.rows += 1;
        found.entry(row.name).or_default().push(row.description);
    }
    for (name, fate) in &fates {
        let versions = found.remove(name).unwrap_or_default();
        verdict.findings.extend(fate.wrong(&versions).map(|wrong| format!("{name} {wrong}")));
    }
    verdict.findings.extend(found.keys().map(|name| format!("no one has made {name}")));
    Ok(verdict)
}

impl Fate {
    fn take(&mut self, write: Write, told: Told, version: u64) {
        match (write, told) {
            (Write::Create, _) => {
                self.created = Some(told);
                self.versions.insert(version);
            }
            (Write::Update, Told::Done) => self.versions = [version].into(),
            (Write::Update, Told::Open) => drop(self.versions.insert(version)),
            (Write::Update, Told::Unsent) => {}
            (Write::Delete, _) => self.deleted = Some(told),
        }
    }

    /// What is wrong with the rows of a record, if anything is.
    fn wrong(&self, rows: &[String]) -> Option<String> {
        let must_be = self.created == Some(Told::Done) && matches!(self.deleted, None | Some(Told::Unsent));
        let must_not_be = self.created == Some(Told::Unsent) || self.deleted == Some(Told::Done);
        match rows {
            [] if must_be => Some("was acknowledged and is lost".to_owned()),
            [] => None,
            [_] if must_not_be => Some("is there, although it was not sent or was deleted".to_owned()),
            [row] if row.parse().is_ok_and(|version| self.versions.contains(&version)) => None,
            [row] => Some(format!("has the version {row}; acknowledged or open are {:?}", self.versions)),
            more => Some(format!("is there {} times", more.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(told: &[(Write, Told, u64)]) -> Fate {
        let mut fate = Fate::default();
        told.iter().for_each(|(write, told, version)| fate.take(*write, *told, *version));
        fate
    }

    fn wrong(told: &[(Write, Told, u64)], rows: &[&str]) -> bool {
        fate(told).wrong(&rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>()).is_some()
    }

    #[test]
    fn a_lost_or_doubled_write_is_found() {
        use Told::{Done, Open, Unsent};
        use Write::{Create, Delete, Update};
        let created = (Create, Done, 0);
        assert!(wrong(&[created], &[]) && wrong(&[created], &["0", "0"]) && !wrong(&[created], &["0"]));
        assert!(wrong(&[created, (Update, Done, 1)], &["0"]) && !wrong(&[created, (Update, Done, 1)], &["1"]));
        let open = [created, (Update, Done, 1), (Update, Open, 2)];
        assert!(!wrong(&open, &["1"]) && !wrong(&open, &["2"]) && wrong(&open, &["0"]));
        assert!(wrong(&[created, (Update, Unsent, 1)], &["1"]));
        assert!(wrong(&[created, (Delete, Done, 0)], &["0"]) && !wrong(&[created, (Delete, Open, 0)], &["0"]));
        assert!(wrong(&[created, (Delete, Unsent, 0)], &[]) && !wrong(&[created, (Delete, Done, 0)], &[]));
        assert!(wrong(&[(Create, Unsent, 0)], &["0"]) && !wrong(&[(Create, Open, 0)], &[]));
        assert!(wrong(&[(Create, Open, 0)], &["0", "0"]));
    }
}
