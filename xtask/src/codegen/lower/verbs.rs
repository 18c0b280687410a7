//! The operations of a resource, each checked against what the emitted method of its verb will take and answer.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{
    Parameter, ParameterData, ParameterSchemaOrContent, ReferenceOr, Schema, SchemaKind, Type as SchemaType,
};
use serde_json::Value;

use super::answers::{self, Content};
use super::bodies;
use super::names;
use super::operations::{self, SourceOperation};
use super::properties::{beside, properties};
use super::schemas::Lowering;
use super::scope::{is_set, text};

use crate::codegen::location::Location;
use crate::codegen::media::is_json;
use crate::codegen::model::{
    Body, BodyFormat, CallOption, CallShape, Field, OptionArgument, Resource, Setter, Type, Verb, Write,
};

/// One verb of a resource.
pub(super) struct Checked<'l, 'a> {
    pub lowering: &'l mut Lowering<'a>,
    pub resource: &'l mut Resource,
    pub verb: Verb,
    pub found: &'l SourceOperation<'a>,
}

impl<'a> Checked<'_, 'a> {
    pub(super) fn run(mut self) -> anyhow::Result<()> {
        let location = self.found.location(self.lowering.scope);
        let options = self.parameters(&location)?;
        match self.verb {
            Verb::List => self.list_request(&location)?,
            Verb::Create | Verb::Update => self.write(&location)?,
            Verb::Get | Verb::Exists | Verb::Delete => {
                ensure!(self.found.source.request_body.is_none(), "{location}: a body is not understood")
            }
        }
        let conditional = matches!(self.verb, Verb::Get | Verb::Exists);
        let results = answers::results(self.lowering.scope, self.found, conditional)?;
        ensure!(
            results.groups.iter().all(|group| self.fits(&group.content)),
            "{location}: the answer does not fit the verb"
        );
        let call = CallShape::Verb(self.verb);
        let body =
            bodies::find(self.lowering.scope, self.found)?.map(|found| Body { format: BodyFormat::Json, ..found.body });
        let mut operation = operations::common(self.lowering.scope, self.found, results.codes, body, call)?;
        operation.options = options;
        self.resource.operations.push(operation);
        Ok(())
    }

    /// One path parameter for verbs on a single record; every other parameter must be an option of the verb.
    fn parameters(&mut self, location: &Location) -> anyhow::Result<Vec<CallOption>> {
        let (mut declared, mut options) = (Vec::new(), Vec::new());
        for (index, parameter) in self.found.source.parameters.iter().enumerate() {
            let at = location.child("parameters").index(index);
            let (parameter, at) = self.lowering.scope.parameter(parameter, &at)?;
            match parameter {
                Parameter::Path { parameter_data, .. } => {
                    let ParameterSchemaOrContent::Schema(schema) = &parameter_data.format else {
                        bail!("{at}: a parameter with content is not understood")
                    };
                    let ty = self.lowering.typed(schema, "", &at.child("schema"))?.never_null(&at)?;
                    ensure!(ty == Type::Integer, "{at}: the number of a record is an integer");
                    declared.push(parameter_data.name.as_str());
                }
                other => options.push(self.option(other, &at)?),
            }
        }
        operations::path_is_filled(self.found, &declared, location)?;
        let (count, expected) = (declared.len(), usize::from(!matches!(self.verb, Verb::List | Verb::Create)));
        ensure!(count == expected, "{location}: {count} path parameters, expected {expected}");
        Ok(options)
    }

    fn option(&mut self, parameter: &Parameter, at: &Location) -> anyhow::Result<CallOption> {
        let data = parameter.parameter_data_ref();
        let option = text(&data.extensions, "x-call-option")
            .with_context(|| format!("{at}: {:?} is not an option of a call", data.name))?;
        let word = Verb::ALL.iter().find(|(_, verb)| *verb == self.verb).map_or("", |(word, _)| word);
        let offered = self.lowering.scope.verb(word).and_then(|verb| verb.get("options")).and_then(Value::as_array);
        let is_offered = offered.is_some_and(|offered| offered.iter().any(|known| known == option));
        ensure!(is_offered, "{at}: calls of the verb {word} have no option {option:?} (x-verbs)");
        let mark = text(&data.extensions, "x-mark").map(|mark| (mark.to_owned(), at.clone()));
        self.resource.markers.extend(mark);
        let added = self.lowering.prose_fields(&self.resource.name, &at.child("x-adds-property"))?;
        self.resource.extras.extend(added);
        Ok(CallOption { rust: names::snake(option), takes: takes(data, at)? })
    }

    fn list_request(&mut self, location: &Location) -> anyhow::Result<()> {
        let (reference, at) = self.body_reference(location)?;
        let (schema, _) = self.lowering.scope.schema(reference, &at)?;
        let marked = is_set(&schema.schema_data.extensions, "x-list-request");
        ensure!(marked, "{at}: the body {reference:?} is not a list request (x-list-request)");
        Ok(())
    }

    /// The body is the record itself, or the record with further members. Creates and updates take the same.
    fn write(&mut self, location: &Location) -> anyhow::Result<()> {
        let (reference, at) = self.body_reference(location)?;
        let mut extras = Vec::new();
        if !self.is_record(reference) {
            let (schema, at) = self.lowering.scope.schema(reference, &at)?;
            let SchemaKind::AllOf { all_of } = &schema.schema_kind else {
                bail!("{at}: neither the record nor the record and more")
            };
            for (index, part) in all_of.iter().enumerate() {
                let at = at.child("allOf").index(index);
                let ReferenceOr::Reference { reference } = part else { bail!("{at}: a reference is expected") };
                match index {
                    0 => ensure!(self.is_record(reference), "{at}: the first part is {reference:?}, not the record"),
                    _ => extras.extend(self.setters(reference, &at)?),
                }
            }
        }
        let places = |extras: &[Setter]| extras.iter().map(|extra| extra.field.location.clone()).collect::<Vec<_>>();
        if let Some(earlier) = &self.resource.write {
            let same =
                places(&earlier.extras).iter().map(Location::pointer).eq(places(&extras).iter().map(Location::pointer));
            ensure!(same, "{at}: creates and updates do not take the same members");
        }
        self.resource.write = Some(Write { extras });
        Ok(())
    }

    fn setters(&mut self, reference: &str, at: &Location) -> anyhow::Result<Vec<Setter>> {
        let (schema, at) = self.lowering.scope.schema(reference, at)?;
        let fields = self.lowering.fields(schema, &self.resource.name, &at)?;
        fields.into_iter().map(|field| setter(schema, field)).collect()
    }

    fn body_reference(&self, location: &Location) -> anyhow::Result<(&'a str, Location)> {
        let body = bodies::find(self.lowering.scope, self.found)?.with_context(|| format!("{location}: no body"))?;
        let (schema, at) = body.schema.with_context(|| format!("{location}: the body has no schema"))?;
        ensure!(is_json(&body.body.media_type), "{at}: the body of a verb is JSON");
        match schema {
            ReferenceOr::Reference { reference } => Ok((reference, at)),
            ReferenceOr::Item(_) => bail!("{at}: a body that refers to a schema is expected"),
        }
    }

    fn is_record(&self, reference: &str) -> bool {
        reference.strip_prefix("#/components/schemas/") == Some(self.resource.wire.as_str())
    }

    fn fits(&self, content: &Content<'_>) -> bool {
        let is_record = |schema: &ReferenceOr<Schema>| matches!(schema, ReferenceOr::Reference { reference } if self.is_record(reference));
        match (self.verb, content) {
            (Verb::Exists | Verb::Delete, Content::Empty) => true,
            (Verb::Get | Verb::Create | Verb::Update, Content::Json(schema, ..)) => is_record(schema),
            (Verb::List, Content::Json(ReferenceOr::Item(schema), ..)) => match &schema.schema_kind {
                SchemaKind::Type(SchemaType::Array(array)) => {
                    array.items.as_ref().is_some_and(|items| is_record(&items.clone().unbox()))
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// A member that stands beside the columns: texts that are set together, or values that are set one by one.
fn setter(schema: &Schema, field: Field) -> anyhow::Result<Setter> {
    let property = properties(schema).into_iter().find(|(wire, _)| **wire == field.wire);
    let extensions = property.map(|(wire, property)| beside(schema, wire, &property)).unwrap_or_default();
    let by_member = match (text(&extensions, "x-setter"), &field.ty) {
        (Some("members"), Type::Object) => true,
        (None, Type::List(inner)) if **inner == Type::Text => false,
        _ => bail!("{}: a member of a write that is neither texts nor set member by member", field.location),
    };
    Ok(Setter { by_member, field })
}

/// What the method of an option takes, from the schema of its parameter.
fn takes(data: &ParameterData, location: &Location) -> anyhow::Result<OptionArgument> {
    use openapiv3::{StringFormat::DateTime, VariantOrUnknownOrEmpty::Item};
    let ParameterSchemaOrContent::Schema(ReferenceOr::Item(schema)) = &data.format else {
        bail!("{location}: a parameter with a schema of its own is expected")
    };
    match &schema.schema_kind {
        SchemaKind::Type(SchemaType::Array(_)) => Ok(OptionArgument::Columns),
        SchemaKind::Type(SchemaType::String(text)) if text.format == Item(DateTime) => Ok(OptionArgument::Date),
        SchemaKind::Type(SchemaType::String(_)) => Ok(OptionArgument::Text),
        _ if is_set(&schema.schema_data.extensions, "x-flag") => Ok(OptionArgument::Nothing),
        _ => bail!("{location}: what the option takes is not understood"),
    }
}
