//! The request that an emitted call must send. The rule for its arguments stands in `xtask/src/codegen/emit/calls.rs`; here it
//! is said again in terms of the document alone.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use yaml_rust2::Yaml;

use super::property::Property;
use super::security::{CLIENT, Configured, Credential};
use super::{Operation, list, text};
use crate::wire::{INSTANCE, Sent};

impl<'d> Operation<'d> {
    /// What must go out; `None` if nothing may, for lack of a credential.
    pub(crate) fn request(&self, configured: Configured) -> Option<Sent> {
        let credential = self.credential(configured);
        if credential == Credential::Refused {
            return None;
        }
        let mut members = self.members();
        if let (Credential::Pair, Some(members)) = (&credential, &mut members) {
            members.push(("client_id".to_owned(), json!(CLIENT.0)));
            members.push(("client_secret".to_owned(), json!(CLIENT.1)));
        }
        let mut headers = self.headers(members.is_some());
        if let Credential::Header(name, value) = credential {
            headers.insert(name.to_owned(), value);
        }
        Some(Sent {
            method: self.method.to_uppercase(),
            url: format!("{INSTANCE}{}{}", self.document.base(), self.filled_path()),
            query: self.query(),
            headers,
            body: members.map(|members| if self.document.sends_forms() { form(members) } else { object(members) }),
        })
    }

    fn filled_path(&self) -> String {
        let in_path = self.parameters().filter(|parameter| text(&parameter["in"]) == "path");
        in_path.fold(self.path.to_owned(), |path, parameter| {
            let is_number = parameter["schema"]["type"].as_str() == Some("integer");
            path.replace(&format!("{{{}}}", text(&parameter["name"])), if is_number { "7" } else { "text" })
        })
    }

    fn query(&self) -> Vec<(String, String)> {
        let mut query = Vec::new();
        for parameter in self.parameters().filter(|parameter| text(&parameter["in"]) == "query") {
            let (name, schema) = (text(&parameter["name"]), &parameter["schema"]);
            if schema["type"].as_str() == Some("array") {
                let columns = self.columns().into_iter().filter(Property::is_composite);
                query.extend(columns.map(|column| (name.to_owned(), column.name.to_owned())));
            } else {
                let value = argument(Property::of(self.document, name, schema));
                query.push((name.to_owned(), plain_text(&value)));
            }
        }
        query.sort();
        query
    }

    fn headers(&self, has_body: bool) -> BTreeMap<String, String> {
        let conditions = self.parameters().filter(|parameter| text(&parameter["in"]) == "header");
        // Of a date and an entity tag the tag is sent.
        let tags = conditions.filter(|parameter| parameter["schema"]["format"].as_str() != Some("date-time"));
        let mut headers: BTreeMap<String, String> =
            tags.map(|parameter| (text(&parameter["name"]).to_lowercase(), "text".to_owned())).collect();
        headers.insert("accept".to_owned(), "application/json, text/plain;q=0.9, */*;q=0.1".to_owned());
        headers.insert("user-agent".to_owned(), "wire-tests".to_owned());
        if has_body {
            let form = self.document.sends_forms();
            let media_type = if form { "application/x-www-form-urlencoded" } else { "application/json" };
            assert!(!self.body()["content"][media_type].is_badvalue(), "{} does not take {media_type}", self.id());
            headers.insert("content-type".to_owned(), media_type.to_owned());
        }
        headers
    }

    fn body(&self) -> &'d Yaml {
        self.document.resolved(&self.node["requestBody"])
    }

    /// The members of the body; `None` where the operation has none.
    fn members(&self) -> Option<Vec<(String, Json)>> {
        if self.node["requestBody"].is_badvalue() {
            return None;
        }
        let member = |property: Property<'_>| (property.name.to_owned(), argument(property));
        Some(match self.verb() {
            Some("list") => vec![("limit".to_owned(), json!(2)), ("offset".to_owned(), json!(1))],
            Some("create") => {
                let sent = |column: &Property<'_>| {
                    column.says("x-required-on-create") || column.says("x-fixed-after-creation")
                };
                self.columns().into_iter().filter(sent).map(member).collect()
            }
            Some("update") => {
                let sent =
                    |column: &Property<'_>| !column.says("x-read-only") && !column.says("x-fixed-after-creation");
                self.columns().into_iter().filter(sent).map(member).chain(self.beside_columns()).collect()
            }
            Some(other) => panic!("{other} has a body"),
            None => {
                let schema = &self.body()["content"]["application/json"]["schema"];
                let all = Property::all(self.document, self.document.resolved(schema));
                all.into_iter().filter(|property| !property.says("x-credential")).map(member).collect()
            }
        })
    }

    /// Custom fields and tags, where the body takes them.
    fn beside_columns(&self) -> Vec<(String, Json)> {
        let schema = self.document.resolved(&self.body()["content"]["application/json"]["schema"]);
        let parts = list(&schema["allOf"]).iter().skip(1).map(|part| self.document.resolved(part));
        let properties = parts.flat_map(|part| Property::all(self.document, part));
        properties
            .map(|property| {
                let value = if property.kind() == "array" { json!(["text"]) } else { json!({"text": "text"}) };
                (property.name.to_owned(), value)
            })
            .collect()
    }

    /// The columns of the resource.
    pub(crate) fn columns(&self) -> Vec<Property<'d>> {
        let schemas = &self.document.root["components"]["schemas"];
        Property::all(self.document, &schemas[self.resource()])
    }
}

/// The value that the rule gives to a type.
fn argument(property: Property<'_>) -> Json {
    if property.is_composite() {
        return Json::Null;
    }
    match property.kind() {
        _ if property.says("x-flag") => json!(1),
        _ if property.is_timestamp() => json!(1_800_000_000),
        _ if property.is_id() => json!(5),
        "string" if property.is_secret() => json!("secret"),
        "string" => json!(property.texts().first().unwrap_or(&"text")),
        "integer" => json!(property.numbers().first().unwrap_or(&3)),
        "number" => json!(1.5),
        "boolean" => json!(true),
        other => panic!("the rule has no value for {other} ({})", property.name),
    }
}

fn object(members: Vec<(String, Json)>) -> Json {
    Json::Object(members.into_iter().collect())
}

fn form(members: Vec<(String, Json)>) -> Json {
    let mut pairs: Vec<(String, String)> =
        members.into_iter().map(|(name, value)| (name, plain_text(&value))).collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| json!([name, value])).collect()
}

fn plain_text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
