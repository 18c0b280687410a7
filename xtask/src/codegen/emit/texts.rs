//! Texts with a type of their own.

use quote::quote;

use super::{Emitted, docs, ident, prelude, written};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Document, TextType};

/// The texts of a document, in a file of their own.
pub(super) fn file(document: &Document, module: &str) -> anyhow::Result<Option<Emitted>> {
    if document.texts.is_empty() {
        return Ok(None);
    }
    let fragments = document.texts.iter().flat_map(text);
    let fragments: Vec<Fragment> = [prelude("super")].into_iter().chain(fragments).collect();
    written(document, format!("{module}/texts.rs"), "Texts with a type of their own.", &fragments).map(Some)
}

fn text(text: &TextType) -> Vec<Fragment> {
    let (name, comment) = (ident(&text.name), docs::comment(&[&text.description]));
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct #name(String);
    };
    vec![Fragment::Item(item), Fragment::Text(format!("text_type!({} = {:?});", text.name, text.pattern))]
}
