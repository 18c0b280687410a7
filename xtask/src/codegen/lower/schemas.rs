//! From a schema to a type. Structs and enums found on the way are registered by name.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{
    AdditionalProperties, ReferenceOr, Schema, SchemaKind, StringFormat, Type as SchemaType, VariantOrUnknownOrEmpty,
};
use serde_json::Value;

use super::properties::{description, named};
use super::refusal::Refused;
use super::scope::{Extensions, Scope, is_set, text};
use super::types::Types;
use super::{enums, foreign, names, rules, unions};
use crate::codegen::location::Location;
use crate::codegen::model::{AdditionalMembers, Bounds, Field, Format, MadeFrom, NamedType, Shape, Type};

/// A type and whether null is one of its values.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub ty: Type,
    pub nullable: bool,
    pub bounds: Bounds,
}

impl Typed {
    fn bounded(ty: Type, bounds: Bounds) -> Self {
        Typed { ty, nullable: false, bounds }
    }

    /// The type, where nothing could say that the value is null.
    pub(super) fn never_null(self, location: &Location) -> anyhow::Result<Type> {
        ensure!(!self.nullable, "{location}: a value there that may be null is not understood");
        Ok(self.ty)
    }
}

impl From<Type> for Typed {
    fn from(ty: Type) -> Self {
        Typed { ty, nullable: false, bounds: Bounds::default() }
    }
}

/// Lowers schemas of one document.
pub(super) struct Lowering<'a> {
    pub scope: &'a Scope<'a>,
    pub types: &'a mut Types,
}

impl<'a> Lowering<'a> {
    /// The type of a schema; `name` is what an unnamed struct or enum is called.
    pub(super) fn typed(
        &mut self,
        schema: &ReferenceOr<Schema>,
        name: &str,
        location: &Location,
    ) -> anyhow::Result<Typed> {
        match schema {
            ReferenceOr::Item(schema) => self.item(schema, name, location),
            ReferenceOr::Reference { reference } => self.reference(reference, location),
        }
    }

    fn reference(&mut self, reference: &str, location: &Location) -> anyhow::Result<Typed> {
        let component = self.scope.name(reference, "schemas", location)?;
        if let Some(record) = self.scope.records.get(&component) {
            return Ok(Type::Named(record.clone()).into());
        }
        let (schema, at) = self.scope.schema(reference, location)?;
        let name = named(&schema.schema_data.extensions, || names::camel(&names::spelled(&component)));
        if self.scope.is_foreign() {
            return self.shared(reference, schema, &name, &at);
        }
        let scope = self.scope;
        self.types.follow(reference, location, |types| Lowering { scope, types }.item(schema, &name, &at))
    }

    /// What a reference in a third-party document leads to. Each is looked at once; one that leads back to itself has a name by then.
    fn shared(&mut self, reference: &str, schema: &Schema, name: &str, at: &Location) -> anyhow::Result<Typed> {
        if let Some(known) = self.types.known(reference) {
            return Ok(known);
        }
        if self.types.is_open(reference) {
            if !foreign::makes_a_type(schema) {
                // A list or a map of itself has a name of its own, which its type gets once it is known.
                let name = self.types.wrapper(reference, name, at);
                return Ok(Typed { nullable: is_nullable(schema), ..Type::Named(name).into() });
            }
            let nullable = is_nullable(schema);
            return Ok(Typed { nullable, ..Type::Named(self.types.claim(name, at, "")).into() });
        }
        let scope = self.scope;
        let typed = self.types.follow(reference, at, |types| Lowering { scope, types }.item(schema, name, at))?;
        let typed = self.wrapped(reference, typed, schema, at)?;
        self.types.remember(reference, &typed);
        Ok(typed)
    }

    /// The type around another one, where that led back here.
    fn wrapped(&mut self, reference: &str, typed: Typed, schema: &Schema, at: &Location) -> anyhow::Result<Typed> {
        let Some(name) = self.types.wrapper_of(reference) else { return Ok(typed) };
        let is_itself = matches!(&typed.ty, Type::Named(inner) if *inner == name);
        ensure!(!is_itself, Refused::new("schemas that lead to each other without a type", at));
        let words = schema.schema_data.description.clone();
        let description = words.unwrap_or_else(|| format!("`{name}`."));
        let shape = Shape::Wrapper(typed.ty, typed.bounds);
        let ty = self.types.add(NamedType { name, description, is_sent: false, shape, location: at.clone() })?;
        Ok(Typed { nullable: typed.nullable, ..ty.into() })
    }

    /// The name of a type made at this place: a third-party document is not asked to tell equal ones apart.
    pub(super) fn claimed(&mut self, extensions: &Extensions, name: &str, location: &Location) -> String {
        let name = named(extensions, || name.to_owned());
        if self.scope.is_foreign() { self.types.claim(&name, location, "") } else { name }
    }

    fn item(&mut self, schema: &Schema, name: &str, location: &Location) -> anyhow::Result<Typed> {
        let extensions = &schema.schema_data.extensions;
        if let Some(typed) = foreign::typed(self, schema, name, location)? {
            return Ok(typed);
        }
        let typed: Typed = match &schema.schema_kind {
            SchemaKind::Type(ty) => self.simple(schema, ty, name, location)?,
            SchemaKind::OneOf { one_of } => {
                let typed = unions::one_of(self, schema, one_of, name, location)?;
                return Ok(Typed { nullable: typed.nullable || is_nullable(schema), ..typed });
            }
            SchemaKind::AllOf { all_of } => unions::all_of(self, schema, all_of, name, location)?.into(),
            SchemaKind::Any(any)
                if any.typ.is_none()
                    && !any.properties.is_empty()
                    && any.one_of.is_empty()
                    && any.all_of.is_empty() =>
            {
                let name = self.claimed(extensions, name, location);
                self.object(schema, &name, location)?.into()
            }
            _ => bail!("{location}: the schema is not understood"),
        };
        // Declared as an object alone, kept as JSON: servers may answer the text.
        let typed = if is_set(extensions, "x-also-text") {
            let expanded = Box::new(typed.ty);
            Type::Composite { plain: Box::new(Type::Text), expanded, plain_is_read_only: false }.into()
        } else {
            typed
        };
        Ok(Typed { nullable: is_nullable(schema), ..typed })
    }

    fn simple(&mut self, schema: &Schema, ty: &SchemaType, name: &str, location: &Location) -> anyhow::Result<Typed> {
        let extensions = &schema.schema_data.extensions;
        let ty = match ty {
            SchemaType::String(string) if !string.enumeration.is_empty() => {
                enums::of_texts(self, schema, &string.enumeration, name, location)?
            }
            SchemaType::String(string) => self.text(&string.format),
            SchemaType::Integer(integer) => self.integer(schema, &integer.enumeration, name, location)?,
            SchemaType::Number(number) => {
                ensure!(number.enumeration.is_empty(), "{location}: an enum of fractions is not understood");
                if is_set(extensions, "x-integer") { Type::Integer } else { Type::Float }
            }
            SchemaType::Boolean(_) => Type::Boolean,
            SchemaType::Array(array) => {
                let Some(items) = &array.items else {
                    let any = Type::Opaque("the document does not say what the list holds");
                    return Ok(Typed::bounded(Type::List(Box::new(any)), rules::around(schema, Bounds::default())));
                };
                let at = location.child("items");
                let inner = self.typed(&items.clone().unbox(), &names::member(name, "item"), &at)?;
                let bounds = rules::around(schema, inner.bounds.clone());
                return Ok(Typed::bounded(Type::List(Box::new(self.inner(inner, &at)?)), bounds));
            }
            SchemaType::Object(object) => match text(extensions, "x-values") {
                Some(values) => {
                    ensure!(object.properties.is_empty(), "{location}: x-values beside properties is not understood");
                    Type::Table(Box::new(value_type(values, location)?))
                }
                None if object.properties.is_empty() => {
                    let typed = foreign::map(self, object, name, location)?;
                    return Ok(Typed { bounds: rules::around(schema, typed.bounds), ..typed });
                }
                None => {
                    let name = self.claimed(extensions, name, location);
                    self.object(schema, &name, location)?
                }
            },
        };
        // A type with a name has its rules itself, and the values of an enum are listed.
        let bounds =
            if matches!(ty, Type::Named(_)) { Bounds::default() } else { rules::around(schema, Bounds::default()) };
        Ok(Typed::bounded(ty, bounds))
    }

    /// The type of a text. In `spec/` only secrets have one of their own.
    fn text(&self, format: &VariantOrUnknownOrEmpty<StringFormat>) -> Type {
        let word = match format {
            VariantOrUnknownOrEmpty::Item(StringFormat::Password) => return Type::Secret,
            VariantOrUnknownOrEmpty::Item(StringFormat::Date) => "date",
            VariantOrUnknownOrEmpty::Item(StringFormat::DateTime) => "date-time",
            VariantOrUnknownOrEmpty::Item(StringFormat::Byte) => "byte",
            VariantOrUnknownOrEmpty::Unknown(word) => word,
            VariantOrUnknownOrEmpty::Item(StringFormat::Binary) | VariantOrUnknownOrEmpty::Empty => "",
        };
        Format::named(word).filter(|_| self.scope.is_foreign()).map_or(Type::Text, Type::Format)
    }

    /// A value inside a list or a map, where no field says that it may be null.
    pub(super) fn inner(&self, typed: Typed, location: &Location) -> anyhow::Result<Type> {
        match typed {
            Typed { ty, nullable: true, .. } if self.scope.is_foreign() => Ok(Type::Nullable(Box::new(ty))),
            typed => typed.never_null(location),
        }
    }

    fn integer(
        &mut self,
        schema: &Schema,
        listed: &[Option<i64>],
        name: &str,
        location: &Location,
    ) -> anyhow::Result<Type> {
        let extensions = &schema.schema_data.extensions;
        if is_set(extensions, "x-flag") {
            let is_bit = |value: &i64| (0..=1).contains(value);
            ensure!(listed.iter().flatten().all(is_bit), "{location}: a flag (x-flag) is 0 or 1");
            return Ok(Type::Flag);
        }
        if let Some(unit) = extensions.get("x-timestamp") {
            ensure!(unit == "seconds", "{location}: a time (x-timestamp) in {unit} is not understood");
            return Ok(Type::Timestamp);
        }
        let target =
            extensions.get("x-references").and_then(|reference| reference.get("table")).and_then(Value::as_str);
        if let Some(target) = target.or_else(|| text(extensions, "x-points-to")) {
            return self
                .scope
                .records
                .get(target)
                .map(|record| Type::Id(record.clone()))
                .with_context(|| format!("{location}: {target:?} is not a resource of this document"));
        }
        if extensions.contains_key("x-enum") {
            return enums::of_integers(self, schema, name, location);
        }
        // A list of one number says what the number always is, not what else it could be.
        ensure!(listed.len() < 2, "{location}: the values of the enum have no names (x-enum)");
        Ok(Type::Integer)
    }

    /// Registers a struct for an object with properties.
    pub(super) fn object(&mut self, schema: &Schema, name: &str, location: &Location) -> anyhow::Result<Type> {
        let fields = self.fields(schema, name, location)?;
        let description = description(schema, location)?;
        let made_from = made_from(schema, &fields, location)?;
        let others = self.others(schema, name, location)?;
        let shape = Shape::Object { fields, others, rules: rules::of(schema), made_from };
        self.types.add(NamedType {
            name: name.to_owned(),
            description,
            is_sent: false,
            shape,
            location: location.clone(),
        })
    }
}

impl Lowering<'_> {
    /// The members that an open schema does not list.
    pub(super) fn others(
        &mut self,
        schema: &Schema,
        name: &str,
        location: &Location,
    ) -> anyhow::Result<Option<AdditionalMembers>> {
        if !is_set(&schema.schema_data.extensions, "x-open") {
            return Ok(None);
        }
        let values = match &schema.schema_kind {
            SchemaKind::Type(SchemaType::Object(object)) => object.additional_properties.as_ref(),
            SchemaKind::Any(any) => any.additional_properties.as_ref(),
            _ => None,
        };
        let Some(AdditionalProperties::Schema(values)) = values.filter(|_| self.scope.is_foreign()) else {
            let ty = Type::Opaque("the document does not say what other members hold");
            return Ok(Some(AdditionalMembers { ty, bounds: Bounds::default() }));
        };
        let at = location.child("additionalProperties");
        let typed = self.typed(values, &names::member(name, "value"), &at)?;
        let bounds = typed.bounds.clone();
        Ok(Some(AdditionalMembers { ty: self.inner(typed, &at)?, bounds }))
    }
}

/// What a whole object is made from (`x-made-from`): a text or bytes, which become the member that is named.
fn made_from(schema: &Schema, fields: &[Field], location: &Location) -> anyhow::Result<Option<MadeFrom>> {
    let Some(words) = schema.schema_data.extensions.get("x-made-from") else { return Ok(None) };
    let entry = words.as_object().filter(|entry| entry.len() == 1).and_then(|entry| entry.iter().next());
    let (kind, member) = entry
        .and_then(|(kind, member)| Some((kind, member.as_str()?)))
        .with_context(|| format!("{location}: x-made-from is `text` or `bytes` with the name of a member"))?;
    ensure!(fields.iter().all(Field::is_option), "{location}: x-made-from, and other members that must be there");
    let field = fields.iter().find(|field| field.wire == member && field.ty == Type::Text);
    let field = field.with_context(|| format!("{location}: x-made-from names no text {member:?}"))?.rust.clone();
    match kind.as_str() {
        "text" => Ok(Some(MadeFrom::Text(field))),
        "bytes" => Ok(Some(MadeFrom::Bytes(field))),
        other => bail!("{location}: x-made-from knows `text` and `bytes`, not {other:?}"),
    }
}

pub(super) fn is_nullable(schema: &Schema) -> bool {
    schema.schema_data.nullable || is_set(&schema.schema_data.extensions, "x-nullable")
}

fn value_type(word: &str, location: &Location) -> anyhow::Result<Type> {
    match word {
        "string" => Ok(Type::Text),
        "number" => Ok(Type::Float),
        "integer" => Ok(Type::Integer),
        "boolean" => Ok(Type::Boolean),
        other => bail!("{location}: x-values {other:?} is not understood"),
    }
}
