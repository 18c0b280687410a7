//! Tokens to text: item by item, so that items stand apart, with everything that only text can say.

use anyhow::Context as _;
use proc_macro2::TokenStream;

/// A part of an emitted file.
pub(super) enum Fragment {
    /// One item, formatted.
    Item(TokenStream),
    /// Items inside one block, formatted, with a blank line between them.
    Block { header: TokenStream, members: Vec<TokenStream> },
    /// Text as it stands.
    Text(String),
}

/// The words on lines of at most this many characters, unless one word is longer.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
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

/// The words as lines of a comment with this mark.
pub(super) fn comment(mark: &str, text: &str, width: usize) -> String {
    wrapped(text, width).iter().map(|line| format!("{mark} {line}\n")).collect()
}

/// The parts of a file as text, a blank line between them.
pub(super) fn file(header: &str, docs: &str, fragments: &[Fragment]) -> anyhow::Result<String> {
    let mut text = format!("{header}\n\n{}", comment("//!", docs, 114));
    for fragment in fragments {
        text.push('\n');
        text.push_str(&formatted(fragment)?);
    }
    Ok(text)
}

fn formatted(fragment: &Fragment) -> anyhow::Result<String> {
    match fragment {
        Fragment::Item(tokens) => items(tokens),
        Fragment::Text(text) => Ok(format!("{}\n", text.trim_end())),
        Fragment::Block { header, members } => {
            let mut lines = vec![format!("{} {{", unparse_header(header)?)];
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    lines.push(String::new());
                }
                lines.extend(inner_lines(header, member)?);
            }
            lines.push("}\n".to_owned());
            Ok(lines.join("\n"))
        }
    }
}

/// Items as text.
pub(super) fn items(tokens: &TokenStream) -> anyhow::Result<String> {
    let file = syn::parse2(tokens.clone()).with_context(|| format!("emitted tokens are not Rust: {tokens}"))?;
    Ok(prettyplease::unparse(&file))
}

fn unparse_header(header: &TokenStream) -> anyhow::Result<String> {
    let empty = items(&quote::quote!(#header {}))?;
    Ok(empty.trim_end().trim_end_matches("{}").trim_end().to_owned())
}

/// The lines of a member as they are formatted inside its block.
fn inner_lines(header: &TokenStream, member: &TokenStream) -> anyhow::Result<Vec<String>> {
    let block = items(&quote::quote!(#header { #member }))?;
    let lines: Vec<String> = block.lines().map(str::to_owned).collect();
    let inner = lines.len().saturating_sub(1);
    Ok(lines.into_iter().take(inner).skip(1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn items_and_members_stand_apart() {
        let fragments = [
            Fragment::Item(quote!(
                pub struct Pen;
            )),
            Fragment::Block {
                header: quote!(impl Pen),
                members: vec![
                    quote!(
                        fn a(&self) {}
                    ),
                    quote!(
                        fn b(&self) {}
                    ),
                ],
            },
            Fragment::Text("record!(Pen {});\n\n".to_owned()),
        ];
        let text = file("// @generated", "Pens.", &fragments).unwrap();
        assert_eq!(
            text,
            "// @generated\n\n//! Pens.\n\npub struct Pen;\n\nimpl Pen {\n    fn a(&self) {}\n\n    fn b(&self) {}\n}\n\nrecord!(Pen {});\n"
        );
    }

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        assert_eq!(wrapped("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("extraordinary", 5), ["extraordinary"]);
        assert!(wrapped("", 5).is_empty());
        assert_eq!(comment("///", "one\ntwo", 5), "/// one\n/// two\n");
    }

    #[test]
    fn tokens_that_are_no_rust_are_an_error() {
        assert!(file("", "", &[Fragment::Item(quote!(struct))]).is_err());
    }
}
