//! The request body of an operation: which of its media types is sent, and how members of it are written.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{
    ReferenceOr, RequestBody, Schema, SchemaKind, StringFormat, StringType, Type as SchemaType, VariantOrUnknownOrEmpty,
};
use serde_json::Value;

use super::operations::SourceOperation;
use super::properties::properties;
use super::refusal::Refused;
use super::scope::{Scope, text};
use crate::codegen::location::Location;
use crate::codegen::media::{self, is_json};
use crate::codegen::model::{Body, BodyFormat, Encoding, Field, Requirement, SchemeKind, Style, Type};
use crate::codegen::normalise::{ANY, REFUSED};
use crate::codegen::styles;

/// A body with the schema of what is sent, if the document has one.
pub(super) struct FoundBody<'a> {
    pub body: Body,
    pub schema: Option<(&'a ReferenceOr<Schema>, Location)>,
    /// All media types with their schemas, where a caller chooses.
    pub choices: Vec<Choice<'a>>,
    /// Where its media type is.
    location: Location,
}

/// One of several media types.
pub(super) struct Choice<'a> {
    pub media_type: &'a str,
    pub schema: Option<(&'a ReferenceOr<Schema>, Location)>,
    pub location: Location,
}

/// The request body that is sent, if there is any.
pub(super) fn find<'a>(scope: &Scope<'a>, found: &SourceOperation<'a>) -> anyhow::Result<Option<FoundBody<'a>>> {
    let Some(body) = &found.source.request_body else { return Ok(None) };
    let (body, at) = scope.request_body(body, &found.location(scope).child("requestBody"))?;
    let at = at.child("content");
    let own = scope.body.media_type();
    let mut others = body.content.iter();
    let (media_type, content) = match (body.content.get_key_value(own), others.next(), others.next()) {
        (Some(found), ..) | (None, Some(found), None) => found,
        (None, None, _) => bail!("{at}: no media type"),
        _ if scope.is_foreign() => return Ok(Some(chosen(scope, body, &at)?)),
        _ => bail!("{at}: a body in several media types, none of them {own}, is not understood"),
    };
    if scope.is_foreign() && (media_type.contains('*') || is_parts(media_type)) {
        return Ok(Some(chosen(scope, body, &at)?));
    }
    let location = at.child(media_type);
    let schema = content.schema.as_ref().map(|schema| (schema, location.child("schema")));
    let format = format(scope, media_type, schema.as_ref(), &location)?;
    let can_encode = matches!(format, BodyFormat::Form | BodyFormat::Multipart);
    ensure!(can_encode || content.encoding.is_empty(), "{}: it has no meaning there", location.child("encoding"));
    let body = Body { format, media_type: media_type.clone(), encoding: Vec::new(), required: body.required };
    Ok(Some(FoundBody { body, schema, choices: Vec::new(), location }))
}

/// Parts other than those of a form: their boundary stands in the media type.
fn is_parts(media_type: &str) -> bool {
    media_type.starts_with("multipart/") && media::bare(media_type) != BodyFormat::Multipart.media_type()
}

/// A body of which the caller chooses the media type: there are several, or a range of them.
fn chosen<'a>(scope: &Scope<'a>, source: &'a RequestBody, location: &Location) -> anyhow::Result<FoundBody<'a>> {
    let (mut is_text, mut choices) = (true, Vec::new());
    for (media_type, content) in &source.content {
        let at = location.child(media_type);
        let schema = content.schema.as_ref().map(|schema| (schema, at.child("schema")));
        if let Some((schema, at)) = &schema {
            let (schema, at) = target(scope, schema, at)?;
            if let Some(construct) = text(&schema.schema_data.extensions, REFUSED) {
                bail!(Refused::new(construct, &at));
            }
            is_text &= of_text(schema) != Some(false);
        }
        is_text &= self::is_text(media_type);
        choices.push(Choice { media_type, schema, location: at });
    }
    let has_json = choices.iter().any(|choice| is_json(choice.media_type) && !choice.media_type.contains('*'));
    let format = match (has_json, is_text) {
        (true, _) => BodyFormat::Value,
        (false, true) => BodyFormat::Text,
        (false, false) => BodyFormat::Bytes,
    };
    let media_type = choices.iter().map(|choice| choice.media_type).collect::<Vec<_>>().join(", ");
    let body = Body { format, media_type, encoding: Vec::new(), required: source.required };
    Ok(FoundBody { body, schema: None, choices, location: location.clone() })
}

/// How a body of this media type is written.
fn format(
    scope: &Scope<'_>,
    media_type: &str,
    schema: Option<&(&ReferenceOr<Schema>, Location)>,
    location: &Location,
) -> anyhow::Result<BodyFormat> {
    ensure!(!media_type.contains('*'), "{location}: a range of media types says not what is sent");
    let resolved = schema.map(|(schema, at)| target(scope, schema, at)).transpose()?;
    if let (Some((schema, at)), true) = (&resolved, scope.is_foreign())
        && let Some(construct) = text(&schema.schema_data.extensions, REFUSED)
    {
        bail!(Refused::new(construct, at));
    }
    let bare = media::bare(media_type);
    match bare.as_str() {
        "application/x-www-form-urlencoded" => Ok(BodyFormat::Form),
        "multipart/form-data" => Ok(BodyFormat::Multipart),
        _ if bare.starts_with("multipart/") => bail!("{location}: parts other than those of a form are not understood"),
        _ if is_json(media_type) => {
            let (schema, _) = resolved.with_context(|| format!("{location}: no schema"))?;
            let is_merged = matches!(schema.schema_kind, SchemaKind::AllOf { .. }) && !scope.is_foreign();
            let has_members = !properties(schema).is_empty() || is_merged;
            Ok(if has_members { BodyFormat::Json } else { BodyFormat::Value })
        }
        _ => match resolved {
            None => Ok(BodyFormat::Bytes),
            // Whatever it is, the caller writes it.
            Some((schema, _)) if is_any(scope, schema) => Ok(BodyFormat::Bytes),
            Some((schema, at)) => {
                let is_one = match of_text(schema) {
                    // What an object looks like as text is up to the caller.
                    None if scope.is_foreign() => true,
                    is_one => is_one.with_context(|| format!("{at}: a body of the type {bare:?} is text or bytes"))?,
                };
                Ok(if is_one && is_text(&bare) { BodyFormat::Text } else { BodyFormat::Bytes })
            }
        },
    }
}

/// What a schema refers to, with words beside it or without.
pub(super) fn link<'s>(scope: &Scope<'_>, schema: &'s ReferenceOr<Schema>) -> Option<&'s str> {
    match schema {
        ReferenceOr::Reference { reference } => Some(reference),
        ReferenceOr::Item(Schema { schema_kind: SchemaKind::AllOf { all_of }, .. }) if scope.is_foreign() => {
            match all_of.as_slice() {
                [ReferenceOr::Reference { reference }] => Some(reference),
                _ => None,
            }
        }
        ReferenceOr::Item(_) => None,
    }
}

/// A schema, or the one that it refers to.
pub(super) fn target<'s, 'a: 's>(
    scope: &Scope<'a>,
    schema: &'s ReferenceOr<Schema>,
    location: &Location,
) -> anyhow::Result<(&'s Schema, Location)> {
    match link(scope, schema) {
        Some(reference) => scope.schema(reference, location),
        None => scope.resolved(schema, location),
    }
}

/// Whether a third-party document does not say what a schema is.
pub(super) fn is_any(scope: &Scope<'_>, schema: &Schema) -> bool {
    scope.is_foreign() && schema.schema_data.extensions.contains_key(ANY)
}

/// Whether a text is one, and not bytes; `None` for anything else.
pub(super) fn of_text(schema: &Schema) -> Option<bool> {
    let SchemaKind::Type(SchemaType::String(StringType { format, enumeration, .. })) = &schema.schema_kind else {
        return None;
    };
    match format {
        _ if !enumeration.is_empty() => None,
        VariantOrUnknownOrEmpty::Empty => Some(true),
        VariantOrUnknownOrEmpty::Item(StringFormat::Binary) => Some(false),
        _ => None,
    }
}

/// Whether a media type is that of texts, which are UTF-8.
pub(super) fn is_text(media_type: &str) -> bool {
    let bare = media::bare(media_type);
    let known =
        ["application/xml", "application/yaml", "application/x-yaml", "application/x-ndjson", "application/javascript"];
    bare.starts_with("text/") || bare.ends_with("+xml") || bare.ends_with("+yaml") || known.contains(&bare.as_str())
}

/// Where a credential may be all that the body has.
pub(super) fn of_credentials(scope: &Scope<'_>, security: &[Vec<Requirement>]) -> Option<Body> {
    let in_body = |needed: &Requirement| matches!(needed.scheme.kind, SchemeKind::InBody { .. });
    let format = scope.body;
    let media_type = format.media_type().to_owned();
    let body = Body { format, media_type, encoding: Vec::new(), required: false };
    security.iter().flatten().any(in_body).then_some(body)
}

impl FoundBody<'_> {
    /// Makes files of the members that are bytes.
    pub(super) fn with_files(&self, scope: &Scope<'_>, schema: &Schema, fields: &mut [Field]) -> anyhow::Result<()> {
        for (wire, property) in properties(schema) {
            let Some(field) = fields.iter_mut().find(|field| field.wire == *wire) else { continue };
            let is_list = matches!(field.ty, Type::List(_));
            let (resolved, at) = target(scope, &property, &field.location)?;
            let is_file = match &resolved.schema_kind {
                SchemaKind::Type(SchemaType::Array(array)) if is_list => {
                    let items = array.items.clone().map(ReferenceOr::unbox);
                    match &items {
                        Some(items) => of_text(scope.resolved(items, &at.child("items"))?.0) == Some(false),
                        None => false,
                    }
                }
                _ => of_text(resolved) == Some(false),
            };
            // Texts inside of other bodies of third-party documents are left as they are.
            if !is_file || (scope.is_foreign() && self.body.format != BodyFormat::Multipart) {
                continue;
            }
            ensure!(self.body.format == BodyFormat::Multipart, "{}: a file needs a multipart body", field.location);
            ensure!(!field.may_be_null, "{}: a file that may be null is not understood", field.location);
            field.ty = if is_list { Type::List(Box::new(Type::File)) } else { Type::File };
        }
        Ok(())
    }

    /// How single members are written.
    pub(super) fn encode(&mut self, scope: &Scope<'_>, fields: &[Field]) -> anyhow::Result<()> {
        for (name, node, at) in scope.members(&self.location.child("encoding"))? {
            let field = fields.iter().find(|field| field.wire == name);
            let field = match field {
                None if scope.is_foreign() => continue,
                field => field.with_context(|| format!("{at}: there is no member {name:?} to be written"))?,
            };
            let media_type = node.get("contentType").and_then(Value::as_str);
            let style = style(&node, &at)?;
            ensure!(media_type.is_none() || style.is_none(), "{at}: a style beside contentType is not understood");
            match self.body.format {
                BodyFormat::Form => form_member(&field.ty, style, media_type, &at)?,
                _ => part(scope, &field.ty, style, media_type, &at)?,
            }
            let media_type = media_type.map(str::to_owned);
            self.body.encoding.push(Encoding { name: name.to_owned(), style, media_type });
        }
        Ok(())
    }
}

/// The style, and whether it is exploded, which is the default of the style where it is not given.
fn style(node: &Value, location: &Location) -> anyhow::Result<Option<(Style, bool)>> {
    let (style, explode) = (node.get("style").and_then(Value::as_str), node.get("explode").and_then(Value::as_bool));
    if style.is_none() && explode.is_none() {
        return Ok(None);
    }
    let fits = styles::of("query").unwrap_or_default();
    let word = style.unwrap_or(fits[0]);
    let default = styles::is_exploded(word);
    // But for `form` a style has one form alone.
    let is_one = word == "form" || explode.is_none_or(|explode| explode == default);
    match Style::named(word).filter(|_| is_one && fits.contains(&word)) {
        Some(style) => Ok(Some((style, explode.unwrap_or(default)))),
        None => {
            let explode = explode.map(|explode| format!(" with explode: {explode}")).unwrap_or_default();
            bail!("{location}: the style {word:?}{explode} is not understood")
        }
    }
}

fn is_single(ty: &Type) -> bool {
    use Type::{Boolean, Flag, Float, Format, Id, Integer, Secret, Text, Timestamp};
    matches!(ty, Integer | Float | Boolean | Flag | Text | Format(_) | Secret | Timestamp | Id(_))
}

fn form_member(
    ty: &Type,
    style: Option<(Style, bool)>,
    media_type: Option<&str>,
    location: &Location,
) -> anyhow::Result<()> {
    let needs_members = style.is_some_and(|(style, _)| style != Style::Form);
    ensure!(!needs_members || !is_single(ty), "{location}: the style has no meaning for a single value");
    match media_type {
        None => Ok(()),
        Some(own) if is_json(own) => Ok(()),
        Some("text/plain") if is_single(ty) => Ok(()),
        Some(own) => bail!("{location}: a member of the type {own:?} in a form is not understood"),
    }
}

fn part(
    scope: &Scope<'_>,
    ty: &Type,
    style: Option<(Style, bool)>,
    media_type: Option<&str>,
    location: &Location,
) -> anyhow::Result<()> {
    // OpenAPI 3.1 gives styles a meaning there, and the rules of 3.0 have taken them out.
    ensure!(style.is_none() || scope.is_foreign(), "{location}: a style has no meaning in a multipart body");
    let is_file = matches!(ty, Type::File) || matches!(ty, Type::List(inner) if **inner == Type::File);
    match media_type {
        None => Ok(()),
        Some(own) if is_file || is_json(own) => {
            let is_named = own
                .split(',')
                .all(|own| own.trim().split_once('/').is_some_and(|(kind, sort)| !kind.is_empty() && !sort.is_empty()));
            ensure!(is_named, "{location}: {own:?} is not a media type");
            Ok(())
        }
        Some(own) if is_single(ty) && own.starts_with("text/") && !own.contains([',', '*']) => Ok(()),
        Some(own) => bail!("{location}: a part of the type {own:?} that is not a file is not understood"),
    }
}
