//! What others do to a store: they damage it, put an older copy in its place, or write tokens of their own into it.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::store_location::{Image, RawStore};
use super::{Outcome, random};

/// How many older copies there are to fall back to.
const COPIES: usize = 12;

const GARBAGE: &[u8] = b"\x00\xffgarbage {\"access_token\": 7}";

/// Damages the record, the record and its copy, all pieces but the lock, or any one of them. Answers what was done.
pub(crate) fn damage(raw_store: &RawStore) -> Outcome<String> {
    let how = random::below(5)?;
    let all = raw_store.present()?;
    let (which, names) = match random::below(4)? {
        0 => ("the record", vec![raw_store.record().to_owned()]),
        1 => ("record and copy", vec![raw_store.record().to_owned(), raw_store.copy().to_owned()]),
        2 => ("everything", all.into_iter().filter(|name| name != raw_store.notes()).collect()),
        _ => ("one piece", random::one_of(&all)?.cloned().into_iter().collect()),
    };
    for name in &names {
        damage_one(raw_store, name, how)?;
    }
    let how =
        ["removed", "blanked", "cut", "one bit", "garbage"].get(usize::try_from(how)?).copied().unwrap_or_default();
    Ok(format!("{which} {how}: {}", names.join(" ")))
}

fn damage_one(raw_store: &RawStore, name: &str, how: u64) -> Outcome {
    let mut whole = raw_store.get(name).unwrap_or_default();
    match how {
        // Whoever removes the lock lets two writers in: that is a test of its own.
        0 if name != raw_store.notes() => raw_store.remove(name),
        0 | 1 => raw_store.write(name, b""),
        2 => raw_store.write(name, &whole[..whole.len() / 2]),
        3 => {
            let at = usize::try_from(random::below(whole.len() as u64)?)?;
            if let Some(byte) = whole.get_mut(at) {
                *byte ^= 1 << random::below(8)?;
            }
            raw_store.write(name, &whole)
        }
        _ => raw_store.write(name, GARBAGE),
    }
}

/// Copies of the store, the oldest first.
#[derive(Default)]
pub(crate) struct Copies(VecDeque<Image>);

impl Copies {
    /// Keeps a copy, if the record is another one than that of the last.
    pub(crate) fn keep(&mut self, raw_store: &RawStore) -> Outcome {
        let image = raw_store.image()?;
        let record = |image: &Image| image.get(raw_store.record()).cloned();
        let is_new = record(&image).is_some_and(|bytes| !bytes.is_empty())
            && self.0.back().is_none_or(|last| record(last) != record(&image));
        if is_new {
            self.0.push_back(image);
            self.0.drain(..self.0.len().saturating_sub(COPIES));
        }
        Ok(())
    }

    /// Puts one of them in the place of the store. Answers what was done; nothing if there is none.
    pub(crate) fn restore_one(&self, raw_store: &RawStore) -> Outcome<Option<String>> {
        let now = raw_store.image()?;
        let differs = |image: &&Image| image.get(raw_store.record()) != now.get(raw_store.record());
        let older: Vec<&Image> = self.0.iter().filter(differs).collect();
        // The last ones are met as often as all others together.
        let back = random::below(older.len() as u64)?.min(random::below(older.len() as u64)?);
        let Some(image) = older.iter().rev().nth(usize::try_from(back)?) else { return Ok(None) };
        let with_notes = random::percent(60)?;
        raw_store.restore(image, with_notes)?;
        let notes = if with_notes { "with" } else { "without" };
        Ok(Some(format!("{} copies back, {notes} the notes of newer ones", back + 1)))
    }
}

/// Writes the answer to a sign-in where the record is, as a program does that knows no records: with the time of receipt, or
/// nothing but the tokens. Answers what was done.
pub(crate) fn write_foreign(raw_store: &RawStore, answer: &Value, now: u64) -> Outcome<String> {
    let is_bare = random::percent(50)?;
    let tokens = if is_bare {
        json!({"access_token": answer["access_token"], "refresh_token": answer["refresh_token"]})
    } else {
        let mut tokens = answer.clone();
        tokens["obtained_at"] = now.into();
        tokens
    };
    let (bytes, is_in_place) = (tokens.to_string(), random::percent(50)?);
    if is_in_place {
        raw_store.write(raw_store.record(), bytes.as_bytes())?;
    } else {
        raw_store.replace(raw_store.record(), bytes.as_bytes())?;
    }
    let (what, how) = (
        if is_bare { "two tokens" } else { "tokens with their time" },
        if is_in_place { "written over" } else { "put in its place" },
    );
    Ok(format!("{what}, {how}"))
}
