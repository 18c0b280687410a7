//! Drift: what an answer has that its document does not describe, or lacks that it promises. It is noticed while the answer is read, if
//! someone listens.
//!
//! serde passes no context down, so what is noticed stands in a thread-local value, which is there only while someone listens. No one
//! looks at it before something is odd.

use std::cell::RefCell;

/// How a server differs from the document that this program was made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Drift {
    /// A number for which an enum has no name.
    UnknownCode {
        /// The enum.
        of: &'static str,
        /// The number.
        code: i64,
    },
    /// A text for which an enum has no name. It is not repeated, since it may be anything.
    UnknownText {
        /// The enum.
        of: &'static str,
    },
    /// A member that a record or an object does not have by its document. Nothing of its value is kept.
    UnknownMember {
        /// The type.
        of: &'static str,
        /// The name of the member without secrets, as far as it has 64 letters. Where an answer brings tokens no name is repeated.
        name: Box<str>,
    },
    /// A column or a member that must have a value is absent or null.
    AbsentColumn {
        /// The type.
        of: &'static str,
        /// The column.
        column: &'static str,
    },
}

/// What was noticed in one answer, each with how often.
pub type Drifts = Vec<(Drift, u64)>;

/// How many different ones of an answer are kept: a server may send anything.
const KEPT: usize = 32;

/// The longest name that is kept, in bytes. None is cut here: a part of a secret could not be told from anything else.
const NAME: usize = 1024;

thread_local! {
    static NOTICED: RefCell<Option<Drifts>> = const { RefCell::new(None) };
}

/// Reads, and returns the drift that was noticed meanwhile if someone listens.
pub(crate) fn watched<T>(is_heard: bool, read: impl FnOnce() -> T) -> (T, Drifts) {
    if !is_heard {
        return (read(), Drifts::new());
    }
    let restore = Restore(NOTICED.replace(Some(Drifts::new())));
    let value = read();
    let noticed = NOTICED.take().unwrap_or_default();
    drop(restore);
    (value, noticed)
}

/// Puts back what was there, also when reading panics.
struct Restore(Option<Drifts>);

impl Drop for Restore {
    fn drop(&mut self) {
        NOTICED.set(self.0.take());
    }
}

#[cold]
fn notice(drift: impl FnOnce() -> Drift) {
    NOTICED.with_borrow_mut(|noticed| {
        let Some(noticed) = noticed else { return };
        let (drift, has_room) = (drift(), noticed.len() < KEPT);
        match noticed.iter_mut().find(|(known, _)| *known == drift) {
            Some((_, count)) => *count += 1,
            None if has_room => noticed.push((drift, 1)),
            None => {}
        }
    });
}

/// For emitted code: this enum has no name for a number.
#[doc(hidden)]
#[cold]
pub fn unknown_code(of: &'static str, code: i64) {
    notice(|| Drift::UnknownCode { of, code });
}

/// For emitted code: this enum has no name for a text.
#[doc(hidden)]
#[cold]
pub fn unknown_text(of: &'static str) {
    notice(|| Drift::UnknownText { of });
}

pub(super) fn unknown_member(of: &'static str, name: &str) {
    notice(|| Drift::UnknownMember { of, name: if name.len() > NAME { "" } else { name }.into() });
}

pub(super) fn absent(of: &'static str, column: &'static str) {
    notice(|| Drift::AbsentColumn { of, column });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_odd_is_counted_for_those_who_listen() {
        let ((), noticed) = watched(true, || {
            (0..3).for_each(|_| unknown_code("Tip", 7));
            unknown_member("Pen", "ink");
            let ((), inner) = watched(true, || absent("Nib", "width"));
            assert_eq!(inner, [(Drift::AbsentColumn { of: "Nib", column: "width" }, 1)]);
            unknown_text("Ink");
        });
        let member = Drift::UnknownMember { of: "Pen", name: "ink".into() };
        let code = Drift::UnknownCode { of: "Tip", code: 7 };
        assert_eq!(noticed, [(code, 3), (member, 1), (Drift::UnknownText { of: "Ink" }, 1)]);
        assert_eq!(watched(false, || unknown_text("Ink")).1, []);
    }

    #[test]
    fn an_answer_cannot_make_the_list_grow_without_end() {
        let ((), noticed) = watched(true, || (0..1000).for_each(|code| unknown_member("Pen", &"é".repeat(code))));
        assert_eq!(noticed.len(), KEPT);
        let ((), noticed) = watched(true, || unknown_member("Pen", &"é".repeat(1000)));
        assert!(matches!(&noticed[..], [(Drift::UnknownMember { name, .. }, 1)] if name.is_empty()));
    }
}
