//! What an operation answers: the statuses that are results, and what they hold.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{ReferenceOr, Response, Schema, StatusCode};

use super::bodies;
use super::operations::SourceOperation;
use super::scope::Scope;
use crate::codegen::location::Location;
use crate::codegen::media::{self, is_json};
use crate::codegen::model::EVENTS;

/// The statuses that are results, in order, and what they hold: more than one thing in third-party documents alone.
pub(super) struct Results<'a> {
    pub codes: Vec<u16>,
    pub groups: Vec<Group<'a>>,
    /// The schema of a stream of events that is offered beside another answer, or is one of several results.
    pub events: Option<(Option<&'a ReferenceOr<Schema>>, Location)>,
}

/// Statuses that hold the same.
pub(super) struct Group<'a> {
    pub codes: Vec<u16>,
    pub content: Content<'a>,
    pub words: String,
    pub location: Location,
}

/// What a result holds.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Empty,
    Json(&'a ReferenceOr<Schema>, Location, String),
    Redirect,
    /// Text of this media type.
    Text(String),
    /// Bytes of this media type.
    Bytes(String),
    /// Events with data of this schema.
    Events(Option<&'a ReferenceOr<Schema>>, Location),
    Any,
}

impl Content<'_> {
    fn is_like(&self, other: &Content<'_>) -> bool {
        match (self, other) {
            (Content::Json(left, _, one), Content::Json(right, _, other)) => left == right && one == other,
            (Content::Text(one), Content::Text(other)) | (Content::Bytes(one), Content::Bytes(other)) => one == other,
            (Content::Events(one, _), Content::Events(other, _)) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// The listed statuses below 400. Only a `conditional` read may answer that nothing has changed.
pub(super) fn results<'a>(
    scope: &Scope<'a>,
    found: &SourceOperation<'a>,
    conditional: bool,
) -> anyhow::Result<Results<'a>> {
    let location = found.location(scope).child("responses");
    let mut listed: Vec<(u16, &'a ReferenceOr<Response>)> = Vec::new();
    for (status, response) in &found.source.responses.responses {
        match status {
            StatusCode::Code(code) if *code < 400 => listed.push((*code, response)),
            StatusCode::Range(4 | 5) if scope.is_foreign() => {}
            StatusCode::Code(_) => {}
            StatusCode::Range(_) => bail!("{location}: a range of statuses is not understood"),
        }
    }
    listed.sort_by_key(|(code, _)| *code);
    let (mut groups, mut events): (Vec<Group<'a>>, _) = (Vec::new(), None);
    for (code, response) in listed.iter().filter(|(code, _)| !(conditional && *code == 304)) {
        let (response, at) = scope.response(response, &location.child(&code.to_string()))?;
        let content = content(scope, *code, response, &at)?;
        events = events.or_else(|| beside(response, &at));
        match groups.iter_mut().find(|group| group.content.is_like(&content)) {
            Some(group) => group.codes.push(*code),
            None => {
                let words = response.description.clone();
                groups.push(Group { codes: vec![*code], content, words, location: at });
            }
        }
    }
    // One of several results is read by a method of its own, as a stream beside another media type is.
    if groups.len() > 1 {
        let stream = groups.iter().find_map(|group| match &group.content {
            Content::Events(schema, at) => Some((*schema, at.clone())),
            _ => None,
        });
        events = events.or(stream);
    }
    ensure!(!groups.is_empty(), "{location}: no status is a result");
    ensure!(scope.is_foreign() || groups.len() == 1, "{location}: the results do not all hold the same");
    Ok(Results { codes: listed.into_iter().map(|(code, _)| code).collect(), groups, events })
}

/// The stream of events that a response of a third-party document offers beside something else.
fn beside<'a>(response: &'a Response, location: &Location) -> Option<(Option<&'a ReferenceOr<Schema>>, Location)> {
    let (name, media) = response.content.iter().find(|(name, _)| is_events(name))?;
    let at = location.child("content").child(name).child("schema");
    (response.content.len() > 1).then_some((media.schema.as_ref(), at))
}

fn is_events(media_type: &str) -> bool {
    media::bare(media_type) == EVENTS
}

fn content<'a>(
    scope: &Scope<'a>,
    code: u16,
    response: &'a Response,
    location: &Location,
) -> anyhow::Result<Content<'a>> {
    match code {
        200..=299 => {}
        301 | 302 | 303 | 307 | 308 => {
            ensure!(
                response.headers.contains_key("Location"),
                "{location}: a redirect without a Location header is not understood"
            );
            return Ok(Content::Redirect);
        }
        _ => bail!("{location}: the status {code} is not understood as a result"),
    }
    described(scope, response, location)
}

/// What a response holds, by its media types and their schemas.
pub(super) fn described<'a>(
    scope: &Scope<'a>,
    response: &'a Response,
    location: &Location,
) -> anyhow::Result<Content<'a>> {
    let at = location.child("content");
    let mut types = response.content.iter();
    let Some((name, content)) = types.next() else { return Ok(Content::Empty) };
    if scope.is_foreign() {
        return foreign(scope, response, &at);
    }
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
            bodies::of_text(schema).with_context(|| format!("{at}: an answer of the type {name:?} is text or bytes"))?
        }
    };
    match name.as_str() {
        "*/*" if !text => Ok(Content::Any),
        name if name.contains('*') => bail!("{at}: an answer of the type {name:?} is not understood"),
        name if text && bodies::is_text(name) => Ok(Content::Text(name.to_owned())),
        name => Ok(Content::Bytes(name.to_owned())),
    }
}

/// JSON before everything else; else events, or whatever comes as text or bytes.
fn foreign<'a>(scope: &Scope<'a>, response: &'a Response, location: &Location) -> anyhow::Result<Content<'a>> {
    if let Some((name, content)) = response.content.iter().find(|(name, _)| is_json(name)) {
        let at = location.child(name);
        let schema = content.schema.as_ref().with_context(|| format!("{at}: no schema"))?;
        return Ok(Content::Json(schema, at.child("schema"), name.clone()));
    }
    if let [(name, content)] = Vec::from_iter(&response.content).as_slice()
        && is_events(name)
    {
        return Ok(Content::Events(content.schema.as_ref(), location.child(name).child("schema")));
    }
    let (mut is_text, mut names) = (true, Vec::new());
    for (name, content) in response.content.iter().filter(|(name, _)| !is_events(name)) {
        let is_any = match &content.schema {
            None => true,
            Some(schema) => {
                let (schema, _) = bodies::target(scope, schema, &location.child(name).child("schema"))?;
                bodies::is_any(scope, schema) || bodies::of_text(schema) == Some(false)
            }
        };
        // What an object looks like as text is up to who reads it.
        is_text &= !is_any && bodies::is_text(name);
        names.push(name.as_str());
    }
    Ok(match names.join(", ") {
        all if all == "*/*" => Content::Any,
        all if is_text => Content::Text(all),
        all => Content::Bytes(all),
    })
}
