//! What happened in which order: kept for findings, which have to be understood.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use super::Outcome;

/// How many lines a finding shows.
const SHOWN: usize = 120;

#[derive(Default)]
pub(crate) struct Log {
    last: VecDeque<String>,
    file: Option<File>,
}

impl Log {
    /// With a file that gets everything, if one is named.
    pub(crate) fn to(path: Option<&str>) -> Outcome<Self> {
        Ok(Log { last: VecDeque::new(), file: path.map(File::create).transpose()? })
    }

    pub(crate) fn note(&mut self, at: Duration, text: &str) {
        let line = format!("{:9.3} {text}", at.as_secs_f64());
        if let Some(file) = &mut self.file {
            // The run is worth more than its log.
            let _ = writeln!(file, "{line}");
        }
        self.last.push_back(line);
        self.last.drain(..self.last.len().saturating_sub(SHOWN));
    }

    /// Shows what came before a finding.
    pub(crate) fn show(&self, finding: &str) {
        eprintln!("== {finding}; before that:");
        self.last.iter().for_each(|line| eprintln!("{line}"));
    }
}
