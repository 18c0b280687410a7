//! Texts with a type of their own.

use quote::quote;

use super::{Draft, docs, ident};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Document, TextType};

/// The texts of a document, in a file of their own.
pub(super) fn draft(document: &Document, module: &str) -> Option<Draft> {
    let fragments = document.texts.iter().flat_map(text).collect();
    (!document.texts.is_empty())
        .then(|| Draft::new(format!("{module}/texts.rs"), "Texts with a type of their own.", fragments))
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
