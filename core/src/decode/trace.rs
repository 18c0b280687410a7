//! Where in the JSON a decoding stands, for error messages, and what a tolerant decoding filled in.
//!
//! serde passes no context down to the types, so the scope of one decoding lives in a thread-local value; decoding never
//! leaves its thread. Nothing is written there while all goes well: the path is collected on the way back from an error.

use std::cell::RefCell;

use super::{Decoding, FilledDefault};
use crate::error::{DecodeError, Place};

#[derive(Default)]
struct Scope {
    decoding: Decoding,
    /// From the innermost place outwards.
    path: Vec<Step>,
    column: Option<&'static str>,
    /// The innermost record.
    record: Option<&'static str>,
    is_missing: bool,
    defaulted: Vec<FilledDefault>,
}

/// A step into a value.
pub(crate) enum Step {
    Member(String),
    Index(usize),
}

thread_local! {
    static SCOPE: RefCell<Scope> = RefCell::default();
}

/// Runs one decoding in a scope of its own; scopes nest.
pub(crate) fn scope<T>(
    decoding: Decoding,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<(T, Vec<FilledDefault>), DecodeError> {
    let outer = SCOPE.replace(Scope { decoding, ..Scope::default() });
    let restore = Restore(Some(outer));
    let value = decode()?;
    let inner = restore.finish();
    Ok((value, inner.defaulted))
}

/// Puts the outer scope back, also when decoding fails or panics.
struct Restore(Option<Scope>);

impl Restore {
    fn finish(mut self) -> Scope {
        SCOPE.replace(self.0.take().unwrap_or_default())
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        if let Some(outer) = self.0.take() {
            SCOPE.set(outer);
        }
    }
}

/// An error is on its way out of this member.
pub(crate) fn member(name: &str) {
    SCOPE.with_borrow_mut(|scope| scope.path.push(Step::Member(name.to_owned())));
}

/// An error is on its way out of this column of a record.
pub(crate) fn record_column(record: &'static str, name: &'static str) {
    SCOPE.with_borrow_mut(|scope| {
        scope.column = Some(name);
        scope.record.get_or_insert(record);
    });
}

/// The error is that there is no value.
pub(crate) fn is_missing() {
    SCOPE.with_borrow_mut(|scope| scope.is_missing = true);
}

/// An error is on its way out of this element.
pub(crate) fn index(index: usize) {
    SCOPE.with_borrow_mut(|scope| scope.path.push(Step::Index(index)));
}

/// Whether a missing value may be replaced; notes it if so.
pub(crate) fn replaces(record: &'static str, column: &'static str) -> bool {
    SCOPE.with_borrow_mut(|scope| {
        let tolerant = scope.decoding == Decoding::Tolerant;
        if tolerant {
            scope.defaulted.push(FilledDefault { record, column });
        }
        tolerant
    })
}

/// The error that has just come out, with its place.
pub(super) fn error(source: serde_json::Error) -> DecodeError {
    let (column, record, is_missing) = SCOPE.with_borrow(|scope| (scope.column, scope.record, scope.is_missing));
    DecodeError::new(Place { path: path(), column, record }, is_missing, source)
}

/// Where the error is.
fn path() -> String {
    SCOPE.with_borrow(|scope| written(scope.path.iter().rev()))
}

/// As in `$[3].items[0].amount`.
pub(crate) fn written<'s>(steps: impl Iterator<Item = &'s Step>) -> String {
    steps.fold("$".to_owned(), |path, step| match step {
        Step::Member(name) => format!("{path}.{name}"),
        Step::Index(index) => format!("{path}[{index}]"),
    })
}
