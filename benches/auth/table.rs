//! The figures of a run: measured beside wanted.

use std::fmt;

/// The rows so far.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    measured: String,
    target: String,
    verdict: &'static str,
}

impl Table {
    /// A time, in nanoseconds. It is compared with the target for the reader, not for the exit code.
    pub(crate) fn time(&mut self, name: impl Into<String>, measured: f64, target: Option<f64>) {
        let verdict = match target {
            Some(target) if measured <= target => "reached",
            Some(_) => "not reached",
            None => "",
        };
        let target = target.map_or(String::new(), |target| format!("<= {}", time(target)));
        self.rows.push(Row { name: name.into(), measured: time(measured), target, verdict });
    }

    /// A count that has to be exactly so.
    pub(crate) fn count(&mut self, name: impl Into<String>, measured: u64, wanted: u64) {
        let verdict = if measured == wanted { "right" } else { WRONG };
        let (measured, target) = (measured.to_string(), format!("= {wanted}"));
        self.rows.push(Row { name: name.into(), measured, target, verdict });
    }

    /// Something to know.
    pub(crate) fn note(&mut self, name: impl Into<String>, measured: impl Into<String>) {
        let (name, measured) = (name.into(), measured.into());
        self.rows.push(Row { name, measured, target: String::new(), verdict: "" });
    }

    /// Whether a count is wrong.
    pub(crate) fn is_wrong(&self) -> bool {
        self.rows.iter().any(|row| row.verdict == WRONG)
    }
}

const WRONG: &str = "WRONG";

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 10_000.0 => format!("{short:.0} ns"),
        medium if medium < 1e9 => format!("{:.2} ms", medium / 1e6),
        long => format!("{:.1} s", long / 1e9),
    }
}

/// The value that this part of the samples does not exceed.
pub(crate) fn percentile(samples: &mut [f64], part: f64) -> f64 {
    samples.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place")]
    let place = (samples.len() as f64 * part).ceil() as usize;
    samples.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { name, measured, target, verdict } in &self.rows {
            writeln!(f, "| {name:<66} | {measured:>12} | {target:>12} | {verdict:<11} |")?;
        }
        Ok(())
    }
}
