//! The report of an import.

use crate::file;

/// Collected while documents are merged, printed once they are written.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Published for the first time.
    pub new: Vec<String>,
    /// No longer published: dropped together with our words.
    pub gone: Vec<String>,
    /// Places where the published documents disagree with themselves.
    pub contradictions: Vec<String>,
    /// Places that lack a text or another thing that only we can write.
    pub lacking: Vec<String>,
}

impl Report {
    /// Adds a contradiction with what was decided about it.
    pub(super) fn contradiction(&mut self, place: &str, problem: &str, decision: &str) {
        self.contradictions.push(format!("{place}: {problem}. Decision: {decision}."));
    }

    pub(super) fn print(&self) {
        print("New", &self.new);
        print("Gone, dropped with our words", &self.gone);
        print("Contradictions in the published documents", &self.contradictions);
        print("Lacking", &self.lacking);
    }
}

fn print(title: &str, lines: &[String]) {
    if !lines.is_empty() {
        file::print(format_args!("\n{title} ({}):", lines.len()));
        lines.iter().for_each(|line| file::print(format_args!("  {line}")));
    }
}
