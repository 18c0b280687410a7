//! Random schemas and values of them: a document, and a test that reads each value as its type and writes it again. Nothing may be lost,
//! and null stays null where absence stays absence.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// How many types there are, and values of each.
const TYPES: usize = 60;
const VALUES: usize = 12;

/// How deep schemas stand within each other.
const DEPTH: usize = 3;

/// Numbers that follow from a seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'v, T>(&mut self, of: &'v [T]) -> &'v T {
        &of[self.below(of.len())]
    }
}

/// The document of a seed and the test of its types.
pub(super) fn made(seed: u64) -> (String, String) {
    let mut random = Random(seed.max(1));
    let (mut schemas, mut paths) = (Map::new(), Map::new());
    let mut test = String::from(HARNESS);
    for number in 0..TYPES {
        let name = format!("T{number}");
        let schema = object(&mut random, DEPTH, number);
        schemas.insert(name.clone(), schema);
        let answer = json!({"description": "D", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
        paths.insert(
            format!("/t{number}"),
            json!({"get": {"operationId": format!("get{number}"), "responses": {"200": answer}}}),
        );
        let _ = write!(test, "\n#[test]\nfn type_{number}() {{\n");
        for _ in 0..VALUES {
            let value = value(&mut random, &schemas, &schemas[&name], 0);
            let _ = writeln!(test, "    round::<called_random::{name}>({:?});", value.to_string());
        }
        test.push_str("}\n");
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Random", "version": "1"},
        "servers": [{"url": "https://random.example"}],
        "paths": paths,
        "components": {"schemas": schemas},
    });
    (document.to_string(), test)
}

fn object(random: &mut Random, depth: usize, known: usize) -> Value {
    let (mut members, mut required) = (Map::new(), Vec::new());
    for number in 0..=random.below(4) {
        let name =
            (*random.pick(&["a", "type", "kebab-case", "Upper", "self", "with space", "ß", "$ref-like"])).to_owned();
        let name = if number == 0 { "first".to_owned() } else { name };
        if random.one_in(2) {
            required.push(name.clone());
        }
        members.insert(name, nullable(random, depth - 1, known));
    }
    required.sort();
    required.dedup();
    let mut schema = json!({"type": "object", "properties": members, "required": required});
    match random.below(5) {
        0 => schema["additionalProperties"] = true.into(),
        1 => schema["additionalProperties"] = false.into(),
        2 => schema["additionalProperties"] = nullable(random, depth - 1, known),
        _ => {}
    }
    schema
}

fn nullable(random: &mut Random, depth: usize, known: usize) -> Value {
    let schema = schema(random, depth, known);
    if random.one_in(3) { json!({"anyOf": [schema, {"type": "null"}]}) } else { schema }
}

fn schema(random: &mut Random, depth: usize, known: usize) -> Value {
    let kinds = if depth == 0 { 9 } else { 14 };
    match random.below(kinds) {
        0 => json!({"type": "string"}),
        1 => json!({"type": "integer"}),
        2 => json!({"type": "number"}),
        3 => json!({"type": "boolean"}),
        4 => json!({"type": "string", "enum": ["one", "two words", "UPPER"]}),
        5 => json!({"type": "integer", "enum": [0, 1, -7]}),
        6 => json!({"type": "string", "format": random.pick(&["date", "date-time", "uuid", "decimal", "byte"])}),
        7 => json!({}),
        8 if known > 0 => json!({"$ref": format!("#/components/schemas/T{}", random.below(known))}),
        8 => json!({"type": "string"}),
        9 => json!({"type": "array", "items": nullable(random, depth - 1, known)}),
        10 => json!({"type": "object", "additionalProperties": nullable(random, depth - 1, known)}),
        11 => {
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "boolean"}}]})
        }
        12 => {
            let of = |kind: &str, schema: Value| json!({"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}, "value": schema}});
            json!({"oneOf": [of("one", schema(random, depth - 1, known)), of("two", nullable(random, depth - 1, known))]})
        }
        _ => object(random, depth, known),
    }
}

fn value(random: &mut Random, all: &Map<String, Value>, schema: &Value, depth: usize) -> Value {
    if let Some(link) = schema["$ref"].as_str() {
        return value(random, all, &all[link.rsplit('/').next().unwrap()], depth);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(alternatives) = schema[key].as_array() {
            let chosen = random.pick(alternatives).clone();
            return value(random, all, &chosen, depth);
        }
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(values) = schema["enum"].as_array() {
        // Values that are added later are kept.
        let later = if values[0].is_string() { json!("later") } else { json!(99) };
        return if random.one_in(5) { later } else { random.pick(values).clone() };
    }
    let size = |random: &mut Random| if depth > 6 { 0 } else { random.below(3) };
    match schema["type"].as_str() {
        Some("null") => Value::Null,
        Some("string") => text(random, schema["format"].as_str()),
        Some("integer") => json!(*random.pick(&[0, 1, -1, i64::MAX, i64::MIN, 1 << 53])),
        Some("number") => json!(*random.pick(&[0.5, -1.25, 1e300, 123_456_789.125, 3.0])),
        Some("boolean") => json!(random.one_in(2)),
        Some("array") => (0..size(random)).map(|_| value(random, all, &schema["items"], depth + 1)).collect(),
        Some("object") => {
            let size = size(random);
            object_value(random, all, schema, depth, size)
        }
        _ => random.pick(&[json!("any"), json!(7), json!([1, {"a": "b"}]), json!({"deep": {"er": false}})]).clone(),
    }
}

fn object_value(random: &mut Random, all: &Map<String, Value>, schema: &Value, depth: usize, size: usize) -> Value {
    let mut members = Map::new();
    let listed = schema["properties"].as_object();
    for (name, member) in listed.into_iter().flatten() {
        let is_required = schema["required"].as_array().is_some_and(|required| required.contains(&json!(name)));
        if is_required || random.one_in(2) {
            members.insert(name.clone(), value(random, all, member, depth + 1));
        }
    }
    match &schema["additionalProperties"] {
        Value::Bool(true) => drop(members.insert("not listed".to_owned(), json!({"kept": [null, 1]}))),
        Value::Object(_) => {
            for number in 0..size {
                members.insert(format!("key {number}"), value(random, all, &schema["additionalProperties"], depth + 1));
            }
        }
        _ => {}
    }
    Value::Object(members)
}

fn text(random: &mut Random, format: Option<&str>) -> Value {
    let texts: &[&str] = match format {
        Some("date") => &["2026-11-28", "0001-01-01"],
        Some("date-time") => &["2026-11-28T12:30:00Z", "2026-11-28T12:30:00.123456789+05:30"],
        Some("uuid") => &["0f8fad5b-d9cb-469f-a165-70867728950e", "0F8FAD5B-D9CB-469F-A165-70867728950E"],
        Some("decimal") => &["1.50", "-0.1", "123456789012345678901234567890"],
        Some("byte") => &["dGV4dA==", ""],
        _ => &["", "text", "\u{0}\u{1f600}\"\\", "null"],
    };
    json!(random.pick(texts))
}

const HARNESS: &str = r#"//! Values that are read and written again.

use zeyos_core::model::Wire;

/// Equal, but for a whole number that is written as a fraction.
fn is_same(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| is_same(one, other)))
        }
        (one, other) => one == other,
    }
}

fn round<T: Wire + PartialEq + std::fmt::Debug>(text: &str) {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let read = |value: &serde_json::Value| T::read(&mut serde_json::Deserializer::from_str(&value.to_string()));
    let first = read(&value).unwrap_or_else(|error| panic!("{text}: {error}")).expect("a value");
    let written = first.to_json();
    assert!(is_same(&written, &value), "{text} became {written}");
    assert_eq!(read(&written).unwrap().as_ref(), Some(&first), "{text}");
}
"#;
