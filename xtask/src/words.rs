//! `cargo xtask words`: words that this project does not use, in comments, documents and messages, each with what to write instead.

mod prose;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::file;
use prose::Word;

/// A phrase that is not used.
struct Banned {
    /// Its words in lower case; `*` is any word.
    phrase: &'static str,
    instead: &'static str,
    /// Where the word before is one of these, the phrase is good English.
    unless_after: &'static [&'static str],
    /// Where the word that `*` stands for is one of these, too.
    unless_any: &'static [&'static str],
}

const fn banned(phrase: &'static str, instead: &'static str) -> Banned {
    Banned { phrase, instead, unless_after: &[], unless_any: &[] }
}

/// `is no number` for `is not a number`; `there is no number` and `is no longer` stay.
const fn is_no(phrase: &'static str) -> Banned {
    Banned {
        unless_after: &["there"],
        unless_any: &[
            "better",
            "different",
            "good",
            "harm",
            "less",
            "longer",
            "matter",
            "more",
            "one",
            "one's",
            "use",
            "wiser",
        ],
        ..banned(phrase, "is not, is not a, are not")
    }
}

const BANNED: [Banned; 25] = [
    banned("somebody", "someone"),
    banned("somebody's", "someone's"),
    banned("nobody", "no one"),
    banned("nobody's", "no one's"),
    banned("anybody", "anyone"),
    banned("everybody", "everyone"),
    is_no("is no *"),
    is_no("are no *"),
    is_no("was no *"),
    is_no("were no *"),
    banned("hears of", "learns of"),
    banned("hear of", "learn of"),
    banned("heard of", "learned of"),
    banned("lives for", "is valid for, lasts"),
    banned("live for", "are valid for, last"),
    banned("by its name", "by name"),
    banned("by their name", "by name"),
    banned("by their names", "by name"),
    banned("told of", "told about"),
    banned("tells of", "reports"),
    banned("held against", "checked against"),
    banned("for want of", "for lack of"),
    banned("documents of others", "third-party documents"),
    banned("document of others", "third-party document"),
    banned("nought", "zero"),
];

/// What is emitted, documents of tests, and the list above.
const SKIPPED: [&str; 5] =
    ["examples/kennel/client/", "generated/", "tests/it/emitted/", "xtask/src/words", "xtask/testdata/"];

/// Fails with each place where such a word stands in a tracked file.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    let mut found = Vec::new();
    let names = tracked(root)?;
    ensure!(!names.is_empty(), "git lists no file of {}", root.display());
    for name in names {
        let text = file::read(&root.join(&name))?;
        found.extend(findings(&text, name.ends_with(".rs")).into_iter().map(|finding| format!("{name}:{finding}")));
    }
    ensure!(found.is_empty(), "{}\n{} words to replace", found.join("\n"), found.len());
    file::print("no word that this project does not use");
    Ok(())
}

/// The files of people: Rust and Markdown, but for those of [`SKIPPED`].
fn tracked(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "*.rs", "*.md"]).current_dir(root);
    let output = git.output().context("git cannot be started")?;
    ensure!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).context("a name of a file is not UTF-8")?;
    let is_checked = |name: &&str| !name.is_empty() && !SKIPPED.iter().any(|skipped| name.starts_with(skipped));
    let exists = |name: &&str| root.join(name).exists();
    Ok(names.split('\0').filter(is_checked).filter(exists).map(str::to_owned).collect())
}

/// The findings in one text: line, phrase, and what to write instead.
fn findings(text: &str, is_rust: bool) -> Vec<String> {
    let words = if is_rust { prose::of_rust(text) } else { prose::of_markdown(text) };
    let mut found = Vec::new();
    for index in 0..words.len() {
        for banned in BANNED.iter().filter(|banned| banned.matches(&words, index)) {
            let phrase: Vec<&str> =
                words[index..].iter().take(banned.length()).map(|word| word.text.as_str()).collect();
            found.push(format!("{}: \"{}\": write {}", words[index].line, phrase.join(" "), banned.instead));
        }
    }
    found
}

impl Banned {
    fn length(&self) -> usize {
        self.phrase.split(' ').count()
    }

    /// Whether the words from this one on are the phrase, with nothing but blanks between them.
    fn matches(&self, words: &[Word], index: usize) -> bool {
        for (at, part) in (index..).zip(self.phrase.split(' ')) {
            let Some(word) = words.get(at) else { return false };
            let joined = at == index || word.follows;
            let same = if part == "*" { !self.unless_any.contains(&word.text.as_str()) } else { word.text == part };
            if !joined || !same {
                return false;
            }
        }
        let before = index.checked_sub(1).map(|before| &words[before]).filter(|_| words[index].follows);
        !before.is_some_and(|word| self.unless_after.contains(&word.text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_the_line_the_phrase_and_what_to_write() {
        let found = findings("One line.\nNobody knows, and nobody's wiser.\n", false);
        assert_eq!(found, ["2: \"nobody\": write no one", "2: \"nobody's\": write no one's"]);
    }

    #[test]
    fn a_phrase_is_found_over_the_end_of_a_line_of_a_comment() {
        assert_eq!(findings("/// A text that is\n/// no number.\n", true).len(), 1);
        assert_eq!(findings("// It is. No number comes.\n", true).len(), 0);
    }

    #[test]
    fn good_english_stays() {
        for text in ["there is no file", "it is no longer so", "is no better", "no one", "nobody_knows()"] {
            assert_eq!(findings(text, false), Vec::<String>::new(), "{text}");
        }
        assert_eq!(findings("this is no file", false), ["1: \"is no file\": write is not, is not a, are not"]);
    }

    #[test]
    fn code_is_not_looked_at_but_messages_are() {
        assert!(findings("fn nobody() { somebody.is_there() }", true).is_empty());
        assert_eq!(findings("bail!(\"{name} is no text\")", true).len(), 1);
        assert_eq!(findings("bail!(\"this is no {kind:?}\")", true).len(), 1);
        assert_eq!(findings("let x = r#\"asks \"somebody\"\"#;", true).len(), 1);
    }

    #[test]
    fn every_phrase_of_the_list_is_found() {
        for banned in &BANNED {
            let text = banned.phrase.replace('*', "file");
            assert_eq!(findings(&text, false).len(), 1, "{text}");
        }
    }
}
