//! Reads the documents of `spec/`: their operations, and the columns of each resource. It knows OpenAPI and the
//! extensions that `spec/README.md` describes, and nothing of the emulator.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

/// The documents, read once. They live as long as the tests.
pub(super) static DOCUMENTS: LazyLock<Documents> = LazyLock::new(Documents::read);

const METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

pub(super) struct Documents {
    pub operations: Vec<Operation>,
    pub resources: BTreeMap<String, Resource>,
}

/// One operation with what its document says about it.
pub(super) struct Operation {
    pub document: &'static Value,
    /// The path of the service below the instance, such as `/api/v1`.
    pub base: String,
    pub id: String,
    pub method: String,
    pub path: String,
    /// `list`, `get` and so on, where the document names a verb.
    pub verb: Option<String>,
    pub resource: String,
    /// The names of the schemes, of which one is enough; none for a public operation.
    pub security: Vec<String>,
    pub parameters: Vec<&'static Value>,
    /// The schema of the body.
    pub body: Option<&'static Value>,
    /// Responses by status, references followed.
    pub responses: BTreeMap<u16, &'static Value>,
}

impl Operation {
    /// The status of success.
    pub(super) fn success(&self) -> u16 {
        *self.responses.keys().find(|status| (200..400).contains(*status) && **status != 304).unwrap()
    }

    pub(super) fn offers(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|known| known["name"] == parameter)
    }

    pub(super) fn verb_is(&self, verb: &str) -> bool {
        self.verb.as_deref() == Some(verb)
    }

    /// Whether errors are JSON, as the 500 of the document tells.
    pub(super) fn json_errors(&self) -> bool {
        self.responses.get(&500).is_some_and(|response| response["content"].get("application/json").is_some())
    }
}

/// A resource with the columns of its table, and what the document says about each.
pub(super) struct Resource {
    pub document: &'static Value,
    pub name: String,
    pub schema: &'static Value,
    pub columns: Vec<Column>,
    /// Whether a get or a write offers custom fields, tags.
    pub extdata: bool,
    pub tags: bool,
}

impl Resource {
    /// Whether lists have custom fields. Those of users were seen to be refused, whatever the document says.
    pub(super) fn lists_extdata(&self) -> bool {
        self.extdata && self.name != "users"
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that the interface does not show.
    pub(super) fn hidden(&self) -> impl Iterator<Item = &'static str> {
        self.schema["x-hidden-columns"].as_object().into_iter().flat_map(Map::keys).map(String::as_str)
    }
}

pub(super) struct Column {
    pub name: String,
    /// The property, references followed.
    pub schema: &'static Value,
    /// Where the extensions stand.
    marks: [&'static Value; 2],
}

impl Column {
    /// An extension, or null.
    pub(super) fn mark(&self, name: &str) -> &'static Value {
        self.marks.iter().map(|mark| &mark[name]).find(|value| !value.is_null()).unwrap_or(&Value::Null)
    }

    /// Whether it has two forms, told apart by `expand`.
    pub(super) fn is_composite(&self) -> bool {
        self.schema.get("oneOf").is_some() || self.mark("x-also-text") == true
    }

    pub(super) fn is_file(&self) -> bool {
        self.mark("x-file") == true
    }

    pub(super) fn is_text(&self) -> bool {
        self.schema["type"] == "string"
    }

    /// The table that a foreign key leads to.
    pub(super) fn target(&self) -> Option<&'static str> {
        self.mark("x-references")["table"].as_str()
    }

    /// The schema of the plain form.
    pub(super) fn plain(&self) -> &'static Value {
        self.schema["oneOf"].get(0).unwrap_or(self.schema)
    }

    pub(super) fn is_nullable(&self) -> bool {
        self.plain()["nullable"] == true || self.mark("x-nullable") == true
    }
}

impl Documents {
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
        files.sort();
        let mut documents = Self { operations: Vec::new(), resources: BTreeMap::new() };
        for file in files {
            let loaded = YamlLoader::load_from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            let document: &'static Value = Box::leak(Box::new(json(&loaded[0])));
            // Other platforms have no instance in their address.
            let server = document["servers"][0]["url"].as_str().unwrap_or_default();
            if let Some((_, base)) = server.split_once("/{INSTANCE}") {
                documents.take(document, base);
            }
        }
        documents
    }

    fn take(&mut self, document: &'static Value, base: &str) {
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in METHODS {
                if let Some(found) = item.get(method) {
                    self.operations.push(operation(document, base, path, method, found));
                }
            }
        }
        if document["x-tables"] == true {
            let names: Vec<String> = self
                .operations
                .iter()
                .filter(|known| known.verb_is("list"))
                .map(|known| known.resource.clone())
                .collect();
            for name in names {
                let found = resource(document, &name, &self.operations);
                self.resources.insert(name, found);
            }
        }
    }
}

fn operation(document: &'static Value, base: &str, path: &str, method: &str, found: &'static Value) -> Operation {
    let parameters = found["parameters"].as_array().into_iter().flatten().map(|one| follow(document, one)).collect();
    let body = follow(document, &found["requestBody"]);
    let responses = found["responses"].as_object().unwrap().iter();
    let security = found.get("security").unwrap_or(&document["security"]).as_array();
    Operation {
        document,
        base: base.to_owned(),
        id: found["operationId"].as_str().unwrap().to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        verb: found["x-verb"].as_str().map(str::to_owned),
        resource: path.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned(),
        security: security.into_iter().flatten().flat_map(|one| one.as_object().unwrap().keys().cloned()).collect(),
        parameters,
        body: body["content"].get("application/json").map(|content| follow(document, &content["schema"])),
        responses: responses.map(|(status, one)| (status.parse().unwrap(), follow(document, one))).collect(),
    }
}

fn resource(document: &'static Value, name: &str, operations: &[Operation]) -> Resource {
    let schema = &document["components"]["schemas"][name];
    let columns = schema["properties"].as_object().unwrap().iter().map(|(name, property)| {
        let schema_of_column = follow(document, property);
        // What belongs to a bare reference stands beside the properties.
        let marks = [&schema["x-ref-properties"][name], schema_of_column];
        Column { name: name.clone(), schema: schema_of_column, marks }
    });
    let here = || operations.iter().filter(|known| known.resource == name);
    let has = |member: &str| {
        let writes = here().filter(|known| known.verb_is("create")).filter_map(|known| known.body);
        here().any(|known| known.offers(member)) || writes.into_iter().any(|body| takes(document, body, member))
    };
    Resource {
        document,
        name: name.to_owned(),
        schema,
        columns: columns.collect(),
        extdata: has("extdata"),
        tags: has("tags"),
    }
}

/// Whether a request schema has a member beside the columns.
pub(super) fn takes(document: &'static Value, schema: &'static Value, member: &str) -> bool {
    let schema = follow(document, schema);
    let parts = schema["allOf"].as_array().into_iter().flatten();
    schema["properties"].get(member).is_some() || parts.into_iter().any(|part| takes(document, part, member))
}

/// What a reference leads to, else the value itself.
pub(super) fn follow(document: &'static Value, value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let target = document.pointer(reference.trim_start_matches('#'));
            follow(document, target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
        None => value,
    }
}

fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Integer(number) => Value::from(*number),
        Yaml::Real(text) => Value::from(text.parse::<f64>().unwrap()),
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Boolean(flag) => Value::from(*flag),
        Yaml::Array(list) => list.iter().map(json).collect(),
        Yaml::Hash(map) => map.iter().map(|(key, value)| (key_text(key), json(value))).collect(),
        Yaml::Null => Value::Null,
        Yaml::Alias(_) | Yaml::BadValue => panic!("the document holds what no OpenAPI document does"),
    }
}

fn key_text(key: &Yaml) -> String {
    match json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
