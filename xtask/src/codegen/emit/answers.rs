//! Answers of calls, and enums of answers by status.

use proc_macro2::TokenStream;
use quote::quote;

use super::{docs, ident, runtime, type_of};
use crate::codegen::format::Fragment;
use crate::codegen::model::{Answer, AnswerVariant, EventData, NamedType, PageInput, Pages, Type};

/// The type of a call with this answer.
pub(super) fn call(answer: &Answer) -> TokenStream {
    let (ty, kind) = parts(answer);
    // The kind of calls that answer JSON is the default.
    if matches!(answer, Answer::Json(..)) { quote!(Call<#ty>) } else { quote!(Call<#ty, #kind>) }
}

/// The type of a call with a stream of events.
pub(super) fn events(data: EventData, ty: &Type) -> TokenStream {
    call(&Answer::Events(data, ty.clone()))
}

/// The type of a call that answers a page of a list.
pub(super) fn paged(answer: &Answer, pages: &Pages) -> TokenStream {
    let ((ty, _), item) = (parts(answer), type_of(&pages.item));
    quote!(Call<#ty, kind::Paged<#item>>)
}

/// What the tag says of pages.
pub(super) fn paging(pages: &Pages) -> TokenStream {
    let (runtime, kind) = (runtime(), ident(pages.kind.word()));
    let items = Some(&pages.items).filter(|items| !items.is_empty()).map(|items| quote!(.items(#items)));
    let input = |input: &PageInput| match input {
        PageInput::Query(name) => quote!(#runtime::PageInput::Query(#name)),
        PageInput::Body(pointer) => quote!(#runtime::PageInput::Body(#pointer)),
    };
    let moves = pages.moves.as_ref().map(input).map(|input| quote!(.moves(#input)));
    let size = pages.size.as_ref().map(input).map(|input| quote!(.size(#input)));
    let places = pages.places.iter().map(|(sets, pointer)| {
        let sets = ident(sets);
        quote!(.#sets(#pointer))
    });
    let first = pages.first.map(proc_macro2::Literal::u64_unsuffixed).map(|first| quote!(.first(#first)));
    quote!(#runtime::Paging::new(#runtime::PagingKind::#kind) #items #moves #size #(#places)* #first)
}

/// What is answered, and the kind that reads it.
fn parts(answer: &Answer) -> (TokenStream, TokenStream) {
    match answer {
        Answer::Json(ty, _) => (type_of(ty), quote!(kind::Json)),
        Answer::Empty => (quote!(()), quote!(kind::Empty)),
        Answer::Redirect => (quote!(Redirect), quote!(kind::Redirection)),
        Answer::Text(_) => (quote!(String), quote!(kind::Text)),
        Answer::Bytes(_) | Answer::Any => {
            let runtime = runtime();
            (quote!(#runtime::bytes::Bytes), quote!(kind::Binary))
        }
        Answer::Events(data, ty) => {
            let kind = match data {
                EventData::Json => quote!(kind::Events),
                EventData::Text => quote!(kind::TextEvents),
                EventData::Whole => quote!(kind::WholeEvents),
            };
            (type_of(ty), kind)
        }
        Answer::Optional(inner) => {
            let (ty, kind) = parts(inner);
            (quote!(Option<#ty>), quote!(kind::Optional<#kind>))
        }
        Answer::Several(name, _) => {
            let name = ident(name);
            (quote!(#name), quote!(kind::Several))
        }
    }
}

/// An enum with a variant for each answer.
pub(super) fn of_enum(ty: &NamedType, variants: &[AnswerVariant]) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[&ty.description]));
    let variants_of = variants.iter().map(|variant| {
        let (name, comment) = (ident(&variant.name), docs::comment(&[&variant.description]));
        match payload(variant) {
            Some((ty, _)) => quote!(#comment #name(#ty)),
            None => quote!(#comment #name),
        }
    });
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants_of,)*
        }
    };
    let rows: String = variants.iter().map(row).collect();
    vec![Fragment::Item(item), Fragment::Text(format!("answers!({} {{\n{rows}}});", ty.name))]
}

/// What a variant holds.
fn payload(variant: &AnswerVariant) -> Option<(TokenStream, TokenStream)> {
    (!matches!(variant.content, Answer::Empty)).then(|| parts(&variant.content))
}

fn row(variant: &AnswerVariant) -> String {
    let spaced = |tokens: TokenStream| tokens.to_string().replace(' ', "").replace(",", ", ");
    let payload =
        payload(variant).map(|(ty, kind)| format!("({} as {})", spaced(ty), spaced(kind))).unwrap_or_default();
    let statuses: Vec<String> = variant.statuses.iter().map(|(first, last)| format!("({first}, {last})")).collect();
    let media = variant.media.word();
    format!("    {}{payload} = &[{}], Media::{media};\n", variant.name, statuses.join(", "))
}

/// Another name of a type.
pub(super) fn alias(ty: &NamedType, name: &str) -> Vec<Fragment> {
    let (alias, name, comment) = (ident(&ty.name), ident(name), docs::comment(&[&ty.description]));
    vec![Fragment::Item(quote!(#comment pub type #alias = #name;))]
}
