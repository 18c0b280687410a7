//! What the fuzz targets reach of the generator.

use crate::codegen::any_document;

/// Reads a third-party document as `codegen --spec --skip` does, up to the text of its crate. Answers whether it was understood, else the
/// message.
///
/// # Errors
/// What is wrong with the document, as the command would print it.
pub fn document(text: &str) -> Result<usize, String> {
    any_document::emitted(text).map(|files| files.len()).map_err(|error| format!("{error:#}"))
}
