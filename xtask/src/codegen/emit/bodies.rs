//! Bodies and answers: what the tag says of them, what the method takes and answers.

use proc_macro2::TokenStream;
use quote::quote;

use super::{docs, ident, runtime, type_of};
use crate::codegen::format::Fragment;
use crate::codegen::model::{
    Answer, Body, BodyArgument, BodyFormat, BodyVariant, CallShape, Encoding, NamedType, Operation, Type, Verb,
};

/// What the tag says of body and answer.
pub(super) fn of_tag(operation: &Operation) -> TokenStream {
    let runtime = runtime();
    let body = operation.body.as_ref().map(|body| {
        let body = request_body(body);
        quote!(.body(#body))
    });
    let answer = answer(operation).map(|answer| quote!(.answer(#runtime::ResponseBody::#answer)));
    quote!(#body #answer)
}

fn request_body(body: &Body) -> TokenStream {
    let Body { format, media_type, encoding, required } = body;
    let runtime = runtime();
    let usual = match format {
        BodyFormat::Json => Some(quote!(JSON)),
        BodyFormat::Form => Some(quote!(FORM)),
        BodyFormat::Multipart => Some(quote!(MULTIPART)),
        BodyFormat::Value | BodyFormat::Text | BodyFormat::Bytes => None,
    };
    let head = match usual.filter(|_| media_type == format.media_type()) {
        Some(usual) => quote!(#runtime::RequestBody::#usual),
        None => {
            let format = ident(format.word());
            quote!(#runtime::RequestBody::new(#runtime::BodyFormat::#format, #media_type))
        }
    };
    let optional = (!required).then(|| quote!(.optional()));
    let encoding = (!encoding.is_empty()).then(|| {
        let encoding = encoding.iter().map(of_member);
        quote!(.encoding(&[#(#encoding),*]))
    });
    quote!(#head #optional #encoding)
}

fn of_member(encoding: &Encoding) -> TokenStream {
    let Encoding { name, style, media_type } = encoding;
    let runtime = runtime();
    let style = style.map(|(style, explode)| {
        let style = ident(style.word());
        quote!(.style(#runtime::Style::#style, #explode))
    });
    let media_type = media_type.as_ref().map(|media_type| quote!(.media_type(#media_type)));
    quote!(#runtime::Encoding::new(#name) #style #media_type)
}

/// What the tag says of an answer; nothing of one that is empty.
fn answer(operation: &Operation) -> Option<TokenStream> {
    let (format, media_type) = match &operation.call {
        CallShape::Verb(Verb::List) => return Some(quote!(ROWS)),
        CallShape::Verb(Verb::Create | Verb::Get | Verb::Update) => return Some(quote!(RECORD)),
        CallShape::Verb(Verb::Exists | Verb::Delete) => return None,
        CallShape::Plain { answer, .. } => match answer {
            Answer::Empty => return None,
            Answer::Redirect => return Some(quote!(REDIRECT)),
            Answer::Any => return Some(quote!(ANY)),
            Answer::Optional(inner) if is_usual(inner) => return Some(quote!(VALUE)),
            Answer::Several(_, asked) if asked.is_empty() => return None,
            answer if is_usual(answer) => return Some(quote!(VALUE)),
            answer => (format_of(answer), answer.media_type()),
        },
    };
    let (format, runtime) = (ident(format), runtime());
    Some(quote!(new(#runtime::ResponseFormat::#format, #media_type)))
}

fn is_usual(answer: &Answer) -> bool {
    matches!(answer, Answer::Json(_, media_type) if media_type == "application/json")
}

fn format_of(answer: &Answer) -> &'static str {
    match answer {
        Answer::Text(_) => "Text",
        Answer::Bytes(_) => "Bytes",
        Answer::Events(..) => "Events",
        Answer::Optional(inner) => format_of(inner),
        _ => "Value",
    }
}

/// The arguments of a method for its body, and the step that sets it.
pub(super) fn argument(operation: &Operation, taken: &BodyArgument) -> (TokenStream, TokenStream) {
    let (name, runtime) = (ident(taken.argument()), runtime());
    let is_required = operation.body.as_ref().is_some_and(|body| body.required);
    let optional = |ty: TokenStream| quote!(#name: impl Into<Option<#ty>>);
    match (taken, is_required) {
        (BodyArgument::Members(ty), true) => {
            let ty = ident(ty);
            (quote!(#name: #ty), quote!(.body(#name.into_fields())))
        }
        (BodyArgument::Members(ty), false) => {
            let ty = ident(ty);
            (optional(quote!(#ty)), quote!(.optional_body(#name.into().map(#ty::into_fields))))
        }
        (BodyArgument::Value(ty), true) => {
            let ty = type_of(ty);
            (quote!(#name: #ty), quote!(.value(&#name)))
        }
        (BodyArgument::Value(ty), false) => (optional(type_of(ty)), quote!(.optional_value(#name.into().as_ref()))),
        (BodyArgument::Confidential(ty), true) => {
            let ty = type_of(ty);
            (quote!(#name: #ty), quote!(.confidential(#name)))
        }
        (BodyArgument::Confidential(ty), false) => {
            (optional(type_of(ty)), quote!(.optional_confidential(#name.into())))
        }
        (BodyArgument::Content, true) => (quote!(#name: impl Into<#runtime::Content>), quote!(.content(#name))),
        (BodyArgument::Content, false) => {
            (optional(quote!(#runtime::Content)), quote!(.optional_content(#name.into())))
        }
        (BodyArgument::ContentOf, true) => {
            let arguments = quote!(media_type: &str, #name: impl Into<#runtime::Content>);
            (arguments, quote!(.content_of(media_type, #name)))
        }
        (BodyArgument::ContentOf, false) => {
            let argument = optional(quote!(#runtime::Content));
            (quote!(media_type: &str, #argument), quote!(.optional_content_of(media_type, #name.into())))
        }
        (BodyArgument::OneOf(ty), true) => {
            let ty = ident(ty);
            (quote!(#name: #ty), quote!(.one_of(#name)))
        }
        (BodyArgument::OneOf(ty), false) => {
            let ty = ident(ty);
            (optional(quote!(#ty)), quote!(.optional_one_of(#name.into())))
        }
        (BodyArgument::Map(ty), is_required) => map(&name, ty, is_required),
    }
}

/// Members whose names are the caller's.
fn map(name: &proc_macro2::Ident, ty: &Type, is_required: bool) -> (TokenStream, TokenStream) {
    let of = type_of(ty);
    let is_files = matches!(ty, Type::Table(inner) if **inner == Type::File);
    let step = match (ty, is_required) {
        (Type::Object, true) => quote!(.body(#name.into())),
        (Type::Object, false) => quote!(.optional_body(#name.into().map(Fields::from))),
        (_, true) if is_files => quote!(.file_members(#name)),
        (_, false) if is_files => quote!(.optional_file_members(#name.into())),
        (_, true) => quote!(.members(#name)),
        (_, false) => quote!(.optional_members(#name.into())),
    };
    (if is_required { quote!(#name: #of) } else { quote!(#name: impl Into<Option<#of>>) }, step)
}

/// An enum with a variant for each body.
pub(super) fn of_enum(ty: &NamedType, variants: &[BodyVariant]) -> Vec<Fragment> {
    let (name, comment) = (ident(&ty.name), docs::comment(&[&ty.description]));
    let runtime = runtime();
    let items = variants.iter().map(|variant| {
        let (name, comment) = (ident(&variant.name), docs::comment(&[format!("As `{}`.", variant.media_type)]));
        let payload = variant.ty.as_ref().map_or_else(|| quote!(#runtime::Content), type_of);
        quote!(#comment #name(#payload))
    });
    let item = quote! {
        #comment
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#items,)*
        }
    };
    let row = |variant: &BodyVariant| {
        let write = if variant.ty.is_some() { "json" } else { "content" };
        format!("    {} as {write} = {:?};\n", variant.name, variant.media_type)
    };
    let rows: String = variants.iter().map(row).collect();
    vec![Fragment::Item(item), Fragment::Text(format!("bodies!({} {{\n{rows}}});", ty.name))]
}
