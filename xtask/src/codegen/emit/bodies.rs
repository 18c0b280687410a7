//! Bodies and answers: what the tag says of them, what the method takes and answers.

use proc_macro2::TokenStream;
use quote::quote;

use super::{ident, runtime, type_of};
use crate::codegen::model::{Answer, Body, BodyFormat, CallShape, Encoding, Operation, Taken, Verb};

/// What the tag says of body and answer.
pub fn of_tag(operation: &Operation) -> TokenStream {
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

/// The argument of a method for its body, and the step that sets it.
pub fn argument(operation: &Operation, taken: &Taken) -> (TokenStream, TokenStream) {
    let (name, runtime) = (ident(taken.argument()), runtime());
    let is_required = operation.body.as_ref().is_some_and(|body| body.required);
    match (taken, is_required) {
        (Taken::Members(ty), true) => {
            let ty = ident(ty);
            (quote!(#name: #ty), quote!(.body(#name.into_fields())))
        }
        (Taken::Members(ty), false) => {
            let ty = ident(ty);
            (quote!(#name: impl Into<Option<#ty>>), quote!(.optional_body(#name.into().map(#ty::into_fields))))
        }
        (Taken::Value(ty), true) => {
            let ty = type_of(ty);
            (quote!(#name: #ty), quote!(.value(&#name)))
        }
        (Taken::Value(ty), false) => {
            let ty = type_of(ty);
            (quote!(#name: impl Into<Option<#ty>>), quote!(.optional_value(#name.into().as_ref())))
        }
        (Taken::Confidential(ty), true) => {
            let ty = type_of(ty);
            (quote!(#name: #ty), quote!(.confidential(#name)))
        }
        (Taken::Confidential(ty), false) => {
            let ty = type_of(ty);
            (quote!(#name: impl Into<Option<#ty>>), quote!(.optional_confidential(#name.into())))
        }
        (Taken::Content, true) => (quote!(#name: impl Into<#runtime::Content>), quote!(.content(#name))),
        (Taken::Content, false) => {
            (quote!(#name: impl Into<Option<#runtime::Content>>), quote!(.optional_content(#name.into())))
        }
    }
}
