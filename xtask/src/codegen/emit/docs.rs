//! Words as documentation comments.

use proc_macro2::TokenStream;
use quote::quote;

/// How wide a line of an emitted comment may be, without its indent and marks.
const WIDTH: usize = 110;

/// The attribute that documents an item; paragraphs are set apart by an empty line.
pub fn comment<S: AsRef<str>>(paragraphs: &[S]) -> TokenStream {
    let mut lines = Vec::new();
    for (index, paragraph) in paragraphs.iter().enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        lines.extend(wrapped(paragraph.as_ref(), WIDTH).into_iter().map(|line| format!(" {line}")));
    }
    quote!(#(#[doc = #lines])*)
}

/// The words on lines of at most this many characters, unless one word is longer.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        assert_eq!(wrapped("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("extraordinary", 5), ["extraordinary"]);
        assert!(wrapped("", 5).is_empty());
    }
}
