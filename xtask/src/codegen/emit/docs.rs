//! Words as documentation comments. A text keeps its paragraphs, lists, tables and code.

use proc_macro2::TokenStream;
use quote::quote;

use crate::codegen::format::wrapped;

/// How wide a line of an emitted comment may be, without its indent and marks.
pub(crate) const WIDTH: usize = 110;

/// The attribute that documents an item; paragraphs are set apart by an empty line, and empty ones or those that repeat an
/// earlier one are left out.
pub(crate) fn comment<S: AsRef<str>>(paragraphs: &[S]) -> TokenStream {
    let mut lines = Vec::new();
    let mut said: Vec<&str> = Vec::new();
    for paragraph in paragraphs.iter().map(|paragraph| paragraph.as_ref().trim()) {
        if paragraph.is_empty() || said.contains(&paragraph) {
            continue;
        }
        if !said.is_empty() {
            lines.push(String::new());
        }
        lines.extend(
            laid_out(paragraph).into_iter().map(|line| if line.is_empty() { line } else { format!(" {line}") }),
        );
        said.push(paragraph);
    }
    quote!(#(#[doc = #lines])*)
}

/// The article before a name.
pub(super) fn article(name: &str) -> &'static str {
    if begins_with_vowel(name) { "an" } else { "a" }
}

/// The same at the beginning of a sentence.
pub(super) fn capital_article(name: &str) -> &'static str {
    if begins_with_vowel(name) { "An" } else { "A" }
}

/// Names with U begin as `User` and `Uuid` do.
fn begins_with_vowel(name: &str) -> bool {
    name.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o'])
}

/// An example of our own, which is compiled: it stands as it is.
pub(super) fn example(code: &str) -> TokenStream {
    let lines = code.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#[doc = ""] #(#[doc = #lines])*)
}

/// The lines of a text as documentation of the file that they stand in.
pub(crate) fn inner(text: &str) -> String {
    laid_out(text).iter().map(|line| format!("//! {line}").trim_end().to_owned() + "\n").collect()
}

/// What a line of a text begins.
enum Begins {
    Nothing,
    Fence,
    Row,
    /// An entry of a list, with the number of letters of its mark and of the blanks before.
    Entry(usize),
    Words,
}

/// Whether a line is words that a paragraph goes on with.
pub(super) fn is_running(line: &str) -> bool {
    matches!(begins(line), Begins::Words) && !line.starts_with(' ')
}

fn begins(line: &str) -> Begins {
    let words = line.trim_start();
    let blanks = line.len() - words.len();
    let is_number = |mark: &str| mark.len() < 4 && !mark.is_empty() && mark.bytes().all(|byte| byte.is_ascii_digit());
    match words {
        "" => Begins::Nothing,
        _ if words.starts_with("```") => Begins::Fence,
        _ if words.starts_with('|') || words.starts_with('#') => Begins::Row,
        _ if ["- ", "* ", "+ "].iter().any(|mark| words.starts_with(mark)) => Begins::Entry(blanks + 2),
        _ => match words.split_once(". ") {
            Some((mark, _)) if is_number(mark) => Begins::Entry(blanks + mark.len() + 2),
            _ => Begins::Words,
        },
    }
}

/// Paragraphs and entries of lists are wrapped, each on its own; rows of tables and code stand as they are.
fn laid_out(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut source = text.lines();
    while let Some(line) = source.next() {
        match begins(line) {
            Begins::Words => match &mut open {
                Some((_, words)) => {
                    words.push(' ');
                    words.push_str(line.trim());
                }
                None => open = Some((0, line.trim().to_owned())),
            },
            Begins::Entry(mark) => {
                close(&mut open, &mut lines);
                open = Some((mark, line.trim_end().to_owned()));
            }
            Begins::Nothing => {
                close(&mut open, &mut lines);
                if lines.last().is_some_and(|last| !last.is_empty()) {
                    lines.push(String::new());
                }
            }
            Begins::Row => {
                close(&mut open, &mut lines);
                lines.push(line.trim().to_owned());
            }
            Begins::Fence => {
                close(&mut open, &mut lines);
                // Named, so that no one takes it for Rust that could be run.
                lines.push("```text".to_owned());
                lines.extend(
                    source.by_ref().take_while(|line| !line.trim_start().starts_with("```")).map(str::to_owned),
                );
                lines.push("```".to_owned());
            }
        }
    }
    close(&mut open, &mut lines);
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Wraps what is open; further lines of an entry are indented so that they stay part of it.
fn close(open: &mut Option<(usize, String)>, lines: &mut Vec<String>) {
    let Some((mark, words)) = open.take() else { return };
    let blanks = words.len() - words.trim_start().len();
    let wrapped = wrapped(&words, WIDTH - mark.min(WIDTH / 2));
    let indented = wrapped.into_iter().enumerate().map(|(index, line)| match index {
        0 => format!("{}{line}", " ".repeat(blanks.min(8))),
        _ => format!("{}{line}", " ".repeat(mark.min(10))),
    });
    lines.extend(indented);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_code_tables_and_paragraphs_stay_what_they_are() {
        let text =
            "One\nline.\n\n\n- first\n  goes on\n- second\n\n```json\n{ \"a\":  1 }\n```\n| a | b |\n|---|---|\n1. x";
        let lines = [
            "One line.",
            "",
            "- first goes on",
            "- second",
            "",
            "```text",
            "{ \"a\":  1 }",
            "```",
            "| a | b |",
            "|---|---|",
            "1. x",
        ];
        assert_eq!(laid_out(text), lines);
    }

    #[test]
    fn a_long_entry_goes_on_below_its_words() {
        let lines = laid_out(&format!("- {}", "word ".repeat(40)));
        assert!(lines.len() == 2 && lines[1].starts_with("  word"), "{lines:?}");
    }

    #[test]
    fn what_was_said_is_not_said_again() {
        assert_eq!(comment(&["A.", "", "A.", "B."]).to_string(), comment(&["A.", "B."]).to_string());
    }
}
