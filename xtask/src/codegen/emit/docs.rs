//! Words as documentation comments.

use proc_macro2::TokenStream;
use quote::quote;

use crate::codegen::format::wrapped;

/// How wide a line of an emitted comment may be, without its indent and marks.
pub const WIDTH: usize = 110;

/// The attribute that documents an item; paragraphs are set apart by an empty line.
pub fn comment<S: AsRef<str>>(paragraphs: &[S]) -> TokenStream {
    let mut lines = Vec::new();
    for (index, paragraph) in paragraphs.iter().enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        lines.extend(indented(paragraph.as_ref()));
    }
    quote!(#(#[doc = #lines])*)
}

/// The lines of a paragraph; those of a list entry are indented so that they stay part of it.
fn indented(paragraph: &str) -> Vec<String> {
    let indent = if paragraph.starts_with("- ") { "  " } else { "" };
    let lines = wrapped(paragraph, WIDTH - indent.len()).into_iter().enumerate();
    lines.map(|(index, line)| if index == 0 { format!(" {line}") } else { format!(" {indent}{line}") }).collect()
}
