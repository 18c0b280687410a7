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
        lines.extend(wrapped(paragraph.as_ref(), WIDTH).into_iter().map(|line| format!(" {line}")));
    }
    quote!(#(#[doc = #lines])*)
}
