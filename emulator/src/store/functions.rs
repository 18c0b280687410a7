//! SQL functions that SQLite lacks: regular expressions, LIKE as PostgreSQL has it, text classes of check rules.
//! A null argument gives null, as in PostgreSQL.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use regex::{Regex, RegexBuilder};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use super::case::lower;
use super::dialect;

/// The longest pattern, in bytes; one beyond it is refused.
const LONGEST: usize = 10_000;

/// The largest compiled expression; a pattern beyond it is refused.
const SIZE_LIMIT: usize = 1 << 20;

/// The order of a dictionary that belongs to no language: the root of CLDR.
static LOCALE: LazyLock<Option<CollatorBorrowed<'static>>> = LazyLock::new(|| {
    // The data are part of the program, so it is there.
    Collator::try_new(CollatorPreferences::default(), CollatorOptions::default()).ok()
});

/// Two texts in the order of a dictionary. What is equal there still has an order, as in PostgreSQL.
fn by_locale(left: &str, right: &str) -> Ordering {
    let order = LOCALE.as_ref().map_or(Ordering::Equal, |locale| locale.compare(left, right));
    order.then_with(|| left.cmp(right))
}

/// Expressions that stay compiled from one statement to the next.
#[derive(Debug, Default)]
struct Kept(Mutex<HashMap<String, Arc<Regex>>>);

impl Kept {
    /// The most that are kept. The check rules have fewer, and nothing else matches patterns while rows are written.
    const MOST: usize = 64;

    /// The expression for a pattern; none if it is not a pattern.
    fn get(&self, pattern: &str, compile: Compile) -> Option<Arc<Regex>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = kept.get(pattern) {
            return Some(Arc::clone(regex));
        }
        let regex = Arc::new(compile(pattern)?);
        if kept.len() < Self::MOST {
            kept.insert(pattern.to_owned(), Arc::clone(&regex));
        }
        Some(regex)
    }
}

/// From a pattern to an expression; none if it is not a pattern.
type Compile = fn(&str) -> Option<Regex>;

/// Makes the functions known to a connection.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    add(connection, |pattern| posix(pattern).map(Arc::new))
}

/// The same for a connection that writes: the patterns of check rules come again with every row, so they stay compiled.
pub(crate) fn register_for_rules(connection: &Connection) -> Result<()> {
    let kept = Kept::default();
    add(connection, move |pattern| kept.get(pattern, posix))
}

fn add<C>(connection: &Connection, posix: C) -> Result<()>
where
    C: Fn(&str) -> Option<Arc<Regex>> + Send + UnwindSafe + RefUnwindSafe + 'static,
{
    connection.create_collation("locale", by_locale)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("text_matches", 2, flags, move |context| matched(context, &posix, false))?;
    connection
        .create_scalar_function("text_matches_ci", 2, flags, |context| matched(context, fresh(posix_ci), false))?;
    connection.create_scalar_function("text_like", 2, flags, |context| matched(context, fresh(like), false))?;
    connection.create_scalar_function("text_like_ci", 2, flags, |context| matched(context, fresh(like_ci), true))?;
    connection.create_scalar_function("text_class", 2, flags, |context| {
        text(context, 1)?.map(|text| context.get::<String>(0).map(|class| in_class(&class, &text))).transpose()
    })?;
    connection
        .create_scalar_function("text_lower", 1, flags, |context| Ok(text(context, 0)?.map(|text| lower(&text))))?;
    connection.create_scalar_function("json_filled", 1, flags, |context| {
        let text = text(context, 0)?;
        Ok(text.map(|text| !matches!(text.split_whitespace().collect::<String>().as_str(), "{}" | "[]" | "null")))
    })
}

/// A regular expression in the sense of PostgreSQL.
pub(crate) fn posix(pattern: &str) -> Option<Regex> {
    built(&dialect::translate(within(pattern)?, false)?)
}

/// The same, ignoring case.
pub(crate) fn posix_ci(pattern: &str) -> Option<Regex> {
    built(&dialect::translate(within(pattern)?, true)?)
}

/// A LIKE pattern: `%` any text, `_` any one character, a backslash takes the next one as it is.
pub(crate) fn like(pattern: &str) -> Option<Regex> {
    built(&like_pattern(within(pattern)?)?)
}

/// The same for a text in small letters, which is how PostgreSQL ignores case here.
pub(crate) fn like_ci(pattern: &str) -> Option<Regex> {
    built(&like_pattern(&lower(within(pattern)?))?)
}

/// The pattern, if it is not too long.
fn within(pattern: &str) -> Option<&str> {
    (pattern.len() <= LONGEST).then_some(pattern)
}

fn built(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build().ok()
}

/// A LIKE pattern as a regular expression; none if it ends in the middle of an escape, which PostgreSQL refuses.
fn like_pattern(pattern: &str) -> Option<String> {
    let mut out = String::from(r"(?s)\A");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '\\' => out.push_str(&regex::escape(characters.next()?.encode_utf8(&mut [0; 4]))),
            other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    Some(out + r"\z")
}

/// Compiles every pattern anew.
fn fresh(compile: Compile) -> impl Fn(&str) -> Option<Arc<Regex>> {
    move |pattern| compile(pattern).map(Arc::new)
}

/// Argument 1 against the pattern in argument 0, which is compiled once a statement.
fn matched(
    context: &Context<'_>,
    compile: impl Fn(&str) -> Option<Arc<Regex>>,
    in_small_letters: bool,
) -> Result<Option<bool>> {
    let Some(text) = text(context, 1)? else { return Ok(None) };
    if matches!(context.get_raw(0), ValueRef::Null) {
        return Ok(None);
    }
    let regex = context.get_or_create_aux(0, |value| -> std::result::Result<Arc<Regex>, &'static str> {
        compile(value.as_str().map_err(|_| "no text")?).ok_or("no regular expression")
    })?;
    Ok(Some(if in_small_letters { regex.is_match(&lower(&text)) } else { regex.is_match(&text) }))
}

/// An argument as text. A text is lent, not copied: these functions run for every row.
fn text<'a>(context: &'a Context<'_>, index: usize) -> Result<Option<Cow<'a, str>>> {
    match context.get_raw(index) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) => Ok(Some(String::from_utf8_lossy(bytes))),
        ValueRef::Integer(number) => Ok(Some(number.to_string().into())),
        ValueRef::Real(number) => Ok(Some(number.to_string().into())),
        ValueRef::Blob(_) => Err(Error::InvalidFunctionParameterType(index, rusqlite::types::Type::Blob)),
    }
}

/// Whether a text is of a class of the check rules.
fn in_class(class: &str, text: &str) -> bool {
    let blank = |character: char| matches!(character, ' ' | '\t' | '\u{b}');
    let broken = |character: char| matches!(character, '\r' | '\n');
    let outer = |inner: &dyn Fn(char) -> bool| text.starts_with(inner) || text.ends_with(inner);
    match class {
        "line" => !outer(&blank) && !text.contains(broken),
        "filled-line" => !text.is_empty() && !outer(&blank) && !text.contains(broken),
        "block" => !outer(&|character| blank(character) || broken(character)),
        "end-trimmed" => !text.ends_with(|character| blank(character) || broken(character)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_minds_case_and_escapes() {
        assert!(like("S_a%").unwrap().is_match("Seal\n40"));
        assert!(!like("s%").unwrap().is_match("Seal"));
        assert!(like_ci("S%").unwrap().is_match("seal"), "the text comes in small letters");
        assert!(like(r"100\%").unwrap().is_match("100%"));
        assert!(!like(r"100\%").unwrap().is_match("1000"));
        assert!(!like("a.c").unwrap().is_match("abc"));
        assert!(like(r"a\\").unwrap().is_match(r"a\"));
        assert!(like(r"a\").is_none());
    }

    #[test]
    fn a_dictionary_has_letters_before_accents_before_capitals() {
        let mut words = ["Zebra", "apple", "Apple", "äpple", "b", "_", "Ål", "ål", "10", "9"];
        words.sort_by(|left, right| by_locale(left, right));
        assert_eq!(words, ["_", "10", "9", "ål", "Ål", "apple", "Apple", "äpple", "b", "Zebra"]);
        assert_eq!(by_locale("\u{e9}", "e\u{301}"), "\u{e9}".cmp("e\u{301}"), "never equal unless the same");
    }

    #[test]
    fn a_broken_or_huge_expression_is_refused() {
        assert!(posix("(").is_none());
        assert!(posix("((a{200}){200}){200}").is_none());
    }

    #[test]
    fn expressions_of_rules_are_compiled_once_and_only_so_many_are_kept() {
        let kept = Kept::default();
        let first = kept.get("^a", posix).unwrap();
        assert!(Arc::ptr_eq(&first, &kept.get("^a", posix).unwrap()));
        assert!(kept.get("(", posix).is_none());
        for index in 0..2 * Kept::MOST {
            assert!(kept.get(&format!("^{index}$"), posix).unwrap().is_match(&index.to_string()));
        }
        assert_eq!(kept.0.lock().unwrap().len(), Kept::MOST);
    }

    #[test]
    fn null_gives_null_and_text_is_folded_beyond_ascii() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let sql = "SELECT text_matches('a', NULL), text_like(NULL, 'a'), text_lower('ÆRLIG')";
        let row: (Option<bool>, Option<bool>, String) =
            connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        assert_eq!(row, (None, None, "ærlig".to_owned()));
    }
}
