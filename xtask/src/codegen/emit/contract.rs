//! The name of the contract in crates of their own: they depend on the runtime alone, and reach the contract through it.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

use super::RUNTIME;
use crate::codegen::format::Fragment;

/// The crate that an emitted crate of its own depends on, and its folder in the workspace.
pub(super) const PACKAGE: &str = "zeyos-runtime";
pub(crate) const FOLDER: &str = "runtime";

/// The pieces with the contract under the name that it has there.
pub(super) fn through_runtime(fragments: &[Fragment]) -> Vec<Fragment> {
    fragments.iter().map(renamed).collect()
}

fn renamed(fragment: &Fragment) -> Fragment {
    match fragment {
        Fragment::Item(tokens) => Fragment::Item(tokens_of(tokens.clone())),
        Fragment::Block { header, members } => Fragment::Block {
            header: tokens_of(header.clone()),
            members: members.iter().cloned().map(tokens_of).collect(),
        },
        Fragment::Text(text) => Fragment::Text(text.replace(&format!("{RUNTIME}::"), "zeyos_runtime::core::")),
    }
}

fn tokens_of(tokens: TokenStream) -> TokenStream {
    let mut renamed = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) if name == RUNTIME => renamed.extend(quote!(zeyos_runtime::core)),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), tokens_of(group.stream()));
                inner.set_span(group.span());
                renamed.extend([TokenTree::Group(inner)]);
            }
            other => renamed.extend([other]),
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_renamed_at_any_depth_and_texts_are_not() {
        let tokens = quote!(
            fn f(a: zeyos_core::Json) {
                g(&[zeyos_core::Id], "zeyos_core::Json")
            }
        );
        let expected = quote!(
            fn f(a: zeyos_runtime::core::Json) {
                g(&[zeyos_runtime::core::Id], "zeyos_core::Json")
            }
        );
        assert_eq!(tokens_of(tokens).to_string(), expected.to_string());
    }
}
