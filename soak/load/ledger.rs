//! What tasks were told about their writes: a line for each, in a file.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Outcome;

/// A write of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    Create,
    Update,
    Delete,
}

/// What became of it, as far as its task was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// It was carried out.
    Done,
    /// Nothing of it left the client.
    Unsent,
    /// No one can say.
    Open,
}

pub(super) struct Ledger(Mutex<BufWriter<File>>);

impl Ledger {
    pub(super) fn create(path: &Path) -> Outcome<Self> {
        Ok(Ledger(Mutex::new(BufWriter::new(File::create(path)?))))
    }

    /// The version is that which the record has after the write.
    pub(super) fn say(&self, name: &str, write: Write, told: Told, version: u64) -> Outcome {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(writeln!(file, "{name}\t{write:?}\t{told:?}\t{version}")?)
    }

    pub(super) fn close(&self) -> Outcome {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()?)
    }
}

/// Reads the lines in their order.
pub(super) fn read(path: &Path, mut line: impl FnMut(&str, Write, Told, u64)) -> Outcome {
    for text in BufReader::new(File::open(path)?).lines() {
        let text = text?;
        let parts: Vec<&str> = text.split('\t').collect();
        let [name, write, told, version] = parts[..] else { return Err(format!("no line of a ledger: {text}").into()) };
        let write =
            [Write::Create, Write::Update, Write::Delete].into_iter().find(|known| format!("{known:?}") == write);
        let told = [Told::Done, Told::Unsent, Told::Open].into_iter().find(|known| format!("{known:?}") == told);
        line(name, write.ok_or("no such write")?, told.ok_or("no such ending")?, version.parse()?);
    }
    Ok(())
}
