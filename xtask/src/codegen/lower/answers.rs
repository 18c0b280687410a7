//! What an operation answers: the statuses that are results, and what they hold.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{ReferenceOr, Response, Schema, StatusCode};

use super::bodies;
use super::operations::Found;
use super::scope::Scope;
use crate::codegen::model::is_json;
use crate::codegen::place::Place;

/// The statuses that are results, in order, and what all of them hold.
pub struct Results<'a> {
    pub codes: Vec<u16>,
    pub content: Content<'a>,
}

/// What a result holds.
#[derive(Debug)]
pub enum Content<'a> {
    Empty,
    Json(&'a ReferenceOr<Schema>, Place, String),
    Redirect,
    /// Text of this media type.
    Text(String),
    /// Bytes of this media type.
    Bytes(String),
    Any,
}

impl Content<'_> {
    fn is_like(&self, other: &Content<'_>) -> bool {
        match (self, other) {
            (Content::Json(left, _, one), Content::Json(right, _, other)) => left == right && one == other,
            (Content::Text(one), Content::Text(other)) | (Content::Bytes(one), Content::Bytes(other)) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// The listed statuses below 400. Only a `conditional` read may answer that nothing has changed.
pub fn results<'a>(scope: &Scope<'a>, found: &Found<'a>, conditional: bool) -> anyhow::Result<Results<'a>> {
    let place = found.place(scope).child("responses");
    let mut listed: Vec<(u16, &'a ReferenceOr<Response>)> = Vec::new();
    for (status, response) in &found.source.responses.responses {
        match status {
            StatusCode::Code(code) if *code < 400 => listed.push((*code, response)),
            StatusCode::Code(_) => {}
            StatusCode::Range(_) => bail!("{place}: a range of statuses is not understood"),
        }
    }
    listed.sort_by_key(|(code, _)| *code);
    let mut contents: Vec<Content<'a>> = Vec::new();
    for (code, response) in listed.iter().filter(|(code, _)| !(conditional && *code == 304)) {
        let (response, at) = scope.response(response, &place.child(&code.to_string()))?;
        contents.push(content(scope, *code, response, &at)?);
    }
    let mut contents = contents.into_iter();
    let content = contents.next().with_context(|| format!("{place}: no status is a result"))?;
    ensure!(contents.all(|other| content.is_like(&other)), "{place}: the results do not all hold the same");
    Ok(Results { codes: listed.into_iter().map(|(code, _)| code).collect(), content })
}

fn content<'a>(scope: &Scope<'a>, code: u16, response: &'a Response, place: &Place) -> anyhow::Result<Content<'a>> {
    match code {
        200..=299 => {}
        301 | 302 | 303 | 307 | 308 => {
            ensure!(
                response.headers.contains_key("Location"),
                "{place}: a redirect without a Location header is not understood"
            );
            return Ok(Content::Redirect);
        }
        _ => bail!("{place}: the status {code} is not understood as a result"),
    }
    let mut types = response.content.iter();
    let Some((name, content)) = types.next() else { return Ok(Content::Empty) };
    let at = place.child("content");
    ensure!(types.next().is_none(), "{at}: an answer in several media types is not understood");
    let at = at.child(name);
    if is_json(name) {
        let schema = content.schema.as_ref().with_context(|| format!("{at}: no schema"))?;
        return Ok(Content::Json(schema, at.child("schema"), name.clone()));
    }
    let text = match &content.schema {
        None => false,
        Some(schema) => {
            let (schema, at) = bodies::target(scope, schema, &at.child("schema"))?;
            let any = bodies::is_any(scope, schema).then_some(false);
            any.or_else(|| bodies::of_text(schema))
                .with_context(|| format!("{at}: an answer of the type {name:?} is text or bytes"))?
        }
    };
    match name.as_str() {
        "*/*" if !text => Ok(Content::Any),
        name if name.contains('*') => bail!("{at}: an answer of the type {name:?} is not understood"),
        name if text && bodies::is_text(name) => Ok(Content::Text(name.to_owned())),
        name => Ok(Content::Bytes(name.to_owned())),
    }
}
