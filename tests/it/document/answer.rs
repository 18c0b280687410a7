//! An answer that the document allows for an operation.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value as Json, json};
use yaml_rust2::Yaml;

use super::property::Property;
use super::{Document, Operation, entries, list, text};
use crate::wire;

/// How much an answer says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Extent {
    /// What must be there, and null where null may be.
    Least,
    /// Everything, composite columns in their plain form.
    Plain,
    /// Everything, composite columns with their content.
    Expanded,
}

impl Operation<'_> {
    /// The first answer below 400 that the document lists.
    pub(crate) fn answer(&self, extent: Extent) -> Response<Bytes> {
        let responses = entries(&self.node["responses"]);
        let mut results: Vec<(u16, &Yaml)> = responses
            .map(|(status, response)| (status.parse().unwrap(), self.document.resolved(response)))
            .filter(|(status, _)| *status < 400)
            .collect();
        results.sort_by_key(|(status, _)| *status);
        let (status, response) = results[0];
        let schema = &response["content"]["application/json"]["schema"];
        let body = (!schema.is_badvalue()).then(|| Values::new(self.document, extent).of(schema).to_string());
        let media_type = if body.is_some() { "application/json" } else { "" };
        let mut answer = wire::answer(status, media_type, &body.unwrap_or_default());
        for (name, header) in entries(&response["headers"]) {
            assert_eq!(self.document.resolved(header)["schema"]["type"].as_str(), Some("string"));
            let name: http::HeaderName = name.parse().unwrap();
            answer.headers_mut().insert(name, "text".parse().unwrap());
        }
        answer
    }
}

/// Makes values for schemas, every one another, so that two columns that change places are seen.
pub(super) struct Values<'d> {
    document: &'d Document,
    extent: Extent,
    last: i64,
}

impl<'d> Values<'d> {
    pub(super) fn new(document: &'d Document, extent: Extent) -> Self {
        Values { document, extent, last: 100 }
    }

    fn next(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    /// A value of the schema.
    pub(super) fn of(&mut self, schema: &'d Yaml) -> Json {
        self.property(Property::of(self.document, "", schema))
    }

    /// A value of the property; null only where it may be and least is wanted.
    pub(super) fn property(&mut self, property: Property<'d>) -> Json {
        let shape = property.shape;
        if self.extent == Extent::Least && property.is_nullable() {
            return Json::Null;
        }
        if property.is_composite() && self.extent != Extent::Expanded {
            let is_id = shape["oneOf"][0]["type"].as_str() == Some("integer");
            return if is_id { json!(self.next()) } else { json!(format!("{{plain {}}}", self.next())) };
        }
        match list(&shape["oneOf"]) {
            // Content in several forms: any of them.
            [_, content, ..] if property.is_composite() => return self.of(content),
            [first, ..] => return self.of(first),
            [] => {}
        }
        match property.kind() {
            _ if property.says("x-flag") => json!(1),
            "string" if property.is_secret() => json!("secret"),
            "string" => self.one_of(property.texts()).unwrap_or_else(|| json!(format!("text {}", self.next()))),
            "integer" => self.one_of(property.numbers()).unwrap_or_else(|| self.integer(shape)),
            "number" => json!(self.next() as f64 + 0.5),
            "boolean" => json!(true),
            "array" => self.array(&shape["items"]),
            "object" => self.object(shape),
            other => panic!("{other} is new ({})", property.name),
        }
    }

    fn one_of<T: Into<Json> + Clone>(&mut self, values: Vec<T>) -> Option<Json> {
        let place = usize::try_from(self.next()).unwrap();
        (!values.is_empty()).then(|| values[place % values.len()].clone().into())
    }

    /// Numbers that are declared with 64 bits do not fit into 32.
    fn integer(&mut self, shape: &Yaml) -> Json {
        match list(&shape["enum"]) {
            [only] => json!(only.as_i64().unwrap()),
            _ if shape["format"].as_str() == Some("int64") => json!(1_800_000_000_000 + self.next()),
            _ => json!(self.next()),
        }
    }

    /// One member of every kind that there is, and where a number tells them apart one that is not known.
    fn array(&mut self, items: &'d Yaml) -> Json {
        if items.is_badvalue() {
            return json!([self.next(), "text", null]);
        }
        let items = self.document.resolved(items);
        let alternatives = list(&items["oneOf"]);
        if !alternatives.is_empty() {
            return alternatives.iter().map(|alternative| self.of(alternative)).collect();
        }
        match list(&items["allOf"]) {
            [common, union] => self.tagged(common, union),
            _ => json!([self.of(items)]),
        }
    }

    fn tagged(&mut self, common: &'d Yaml, union: &'d Yaml) -> Json {
        let tag = text(&union["x-one-of"]["by"]);
        let kinds = entries(&union["x-one-of"]["values"]).map(|(kind, _)| kind.parse::<i64>().unwrap());
        let mut rows: Vec<(i64, Json)> = kinds.zip(list(&union["oneOf"]).iter().map(|kind| self.of(kind))).collect();
        rows.push((77, json!({"unlisted": {"deep": [1, null]}})));
        let row = |values: &mut Self, kind: i64, own: Json| {
            let Json::Object(mut row) = values.of(common) else { panic!("{own}") };
            row.extend(own.as_object().unwrap().clone());
            row.insert(tag.to_owned(), json!(kind));
            Json::Object(row)
        };
        rows.into_iter().map(|(kind, own)| row(self, kind, own)).collect()
    }

    fn object(&mut self, shape: &'d Yaml) -> Json {
        let properties = Property::all(self.document, shape);
        let values = shape["x-values"].as_str();
        match values {
            Some("string") => return json!({"a": "text", "b": ""}),
            Some("number") => return json!({"a": 1.5, "b": 2.0}),
            Some("boolean") => return json!({"a": true, "b": false}),
            Some(other) => panic!("values of type {other} are new"),
            None if properties.is_empty() => return json!({"any": [1, {"deep": null}]}),
            None => {}
        }
        let is_record = properties.iter().any(|property| property.says("x-primary-key"));
        let required: Vec<&str> = list(&shape["required"]).iter().map(text).collect();
        let mut members = Map::new();
        for property in properties {
            if is_record || self.extent != Extent::Least || required.contains(&property.name) {
                members.insert(property.name.to_owned(), self.property(property));
            }
        }
        if self.extent != Extent::Least && property_is_open(shape) {
            members.insert("unlisted".to_owned(), json!({"deep": [1, null]}));
        }
        Json::Object(members)
    }
}

fn property_is_open(shape: &Yaml) -> bool {
    super::is_set(&shape["x-open"])
}
