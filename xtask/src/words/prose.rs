//! The words of a text that people read: all of Markdown, comments and literals of Rust.

/// A word in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// Only blanks, ends of lines and signs of comments are between it and the word before.
    pub follows: bool,
}

/// The words of a Markdown file.
pub(super) fn of_markdown(text: &str) -> Vec<Word> {
    words(text)
}

/// The words of the comments and literals of a Rust file.
pub(super) fn of_rust(text: &str) -> Vec<Word> {
    words(&without_code(text))
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut line, mut follows, mut current) = (1, false, String::new());
    // After `{` stands the name of a value, as in `{name:?}`: a word that is not known.
    let mut is_name = false;
    for character in text.chars().chain([' ']) {
        let is_inside = character.is_alphanumeric() || character == '_' || (character == '\'' && !current.is_empty());
        if is_inside {
            current.extend(character.to_lowercase());
            continue;
        }
        if !current.is_empty() {
            let text = std::mem::take(&mut current).trim_end_matches('\'').to_owned();
            if !is_name {
                words.push(Word { text, line, follows });
            }
            follows = !is_name;
        }
        is_name = character == '{';
        if is_name {
            words.push(Word { text: "{}".to_owned(), line, follows });
        }
        if character == '\n' {
            line += 1;
        } else if !character.is_whitespace() && !"/!>*".contains(character) {
            follows = false;
        }
    }
    words
}

/// What stands at some point of a Rust file.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Code,
    LineComment,
    BlockComment,
    Text,
    /// A raw literal with so many hashes.
    RawText(usize),
}

/// The same text with a `;` in place of every character of code but blanks. Lines stay.
fn without_code(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let (mut prose, mut state, mut at) = (String::with_capacity(text.len()), State::Code, 0);
    while at < characters.len() {
        let rest = &characters[at..];
        let (next, length) = step(state, rest);
        for character in &rest[..length] {
            prose.push(match (state, next, character) {
                (_, _, blank) if blank.is_whitespace() => *blank,
                // The sign of a comment; two comments in a row are one text.
                (State::Code, State::LineComment | State::BlockComment, _) => ' ',
                (State::Code, ..) | (_, State::Code, _) => ';',
                // The end of a line inside of a literal, or an escape.
                (State::Text, _, _) if length == 2 => {
                    if rest[1] == '\n' {
                        ' '
                    } else {
                        ';'
                    }
                }
                _ => *character,
            });
        }
        (state, at) = (next, at + length);
    }
    prose
}

/// The state after the next characters, and how many they are.
fn step(state: State, rest: &[char]) -> (State, usize) {
    match (state, rest) {
        (State::Code, ['/', '/', ..]) => (State::LineComment, 2),
        (State::Code, ['/', '*', ..]) => (State::BlockComment, 2),
        (State::Code, ['"', ..]) => (State::Text, 1),
        (State::Code, ['\'', '\\', _, ..]) => (State::Code, 3),
        (State::Code, ['\'', _, '\'', ..]) => (State::Code, 3),
        (State::Code, ['r', '"' | '#', ..]) => raw(rest),
        (State::LineComment, ['\n', ..]) => (State::Code, 1),
        (State::BlockComment, ['*', '/', ..]) => (State::Code, 2),
        (State::Text, ['\\', _, ..]) => (State::Text, 2),
        (State::Text, ['"', ..]) => (State::Code, 1),
        (State::RawText(hashes), ['"', hash @ ..])
            if hash.iter().take_while(|sign| **sign == '#').count() >= hashes =>
        {
            (State::Code, 1 + hashes)
        }
        (state, _) => (state, 1),
    }
}

/// The begin of a raw literal, unless it is a raw name.
fn raw(rest: &[char]) -> (State, usize) {
    let hashes = rest[1..].iter().take_while(|sign| **sign == '#').count();
    match rest.get(1 + hashes) {
        Some('"') => (State::RawText(hashes), 2 + hashes),
        _ => (State::Code, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn words_know_their_lines_and_what_is_between_them() {
        let word = |text: &str, line, follows| Word { text: text.to_owned(), line, follows };
        let found = of_markdown("One two,\nis {name:?}three's 'a_b'");
        assert_eq!(
            found,
            [
                word("one", 1, false),
                word("two", 1, true),
                word("is", 2, false),
                word("{}", 2, true),
                word("three's", 2, false),
                word("a_b", 2, false)
            ]
        );
    }

    #[test]
    fn comments_and_literals_are_read_and_code_is_not() {
        let text = "/* a */ let b = \"c \\\" d\"; // e's\nlet f = r#\"g \"h\" \"#; let i = 'j'; let k: &'l str; '\"' m";
        assert_eq!(texts(&of_rust(text)), ["a", "c", "d", "e's", "g", "h"]);
        assert_eq!(of_rust("code\n// x").first().map(|word| word.line), Some(2));
    }

    #[test]
    fn a_comment_over_two_lines_is_one_text() {
        let words = of_rust("    /// is\n    /// no\n    //\n    fn x() {} // other");
        assert_eq!(words.iter().map(|word| word.follows).collect::<Vec<_>>(), [false, true, false]);
    }
}
