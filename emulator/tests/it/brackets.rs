//! Forms with brackets as PHP and form libraries write them: a writer, and a reader of its own that shares nothing with the
//! emulator's. What the one writes means to the other what it meant before.

use serde_json::{Map, Value, json};

/// How the brackets of lists are filled, and whether they are escaped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelling {
    pub numbered: bool,
    pub escaped: bool,
}

/// The form of an object; none if a form has no words for something in it: null, and what is empty.
pub(crate) fn form(object: &Value, spelling: Spelling) -> Option<String> {
    let mut pairs = Vec::new();
    for (name, value) in object.as_object()? {
        write(name.clone(), value, spelling, &mut pairs)?;
    }
    let pair = |(name, value): (String, String)| {
        let name = escaped(&name, !spelling.escaped);
        format!("{name}={}", escaped(&value, false))
    };
    Some(pairs.into_iter().map(pair).collect::<Vec<_>>().join("&"))
}

fn write(name: String, value: &Value, spelling: Spelling, pairs: &mut Vec<(String, String)>) -> Option<()> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(entries) => {
            let plain = entries.iter().all(|entry| !entry.is_array() && !entry.is_object());
            for (index, entry) in entries.iter().enumerate() {
                // Brackets without a number begin a new entry every time, so what stands in an entry needs one.
                let inner = if plain && !spelling.numbered { String::new() } else { index.to_string() };
                write(format!("{name}[{inner}]"), entry, spelling, pairs)?;
            }
            return (!entries.is_empty()).then_some(());
        }
        Value::Object(members) => {
            for (inner, member) in members {
                let fits = !inner.is_empty() && !inner.contains(['[', ']']);
                write(format!("{name}[{inner}]"), member, spelling, pairs).filter(|()| fits)?;
            }
            return (!members.is_empty()).then_some(());
        }
    };
    pairs.push((name, text));
    Some(())
}

fn escaped(text: &str, brackets: bool) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        b'[' | b']' if brackets => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// What a form with brackets means: texts in objects, lists where the names count from 0 on.
pub(crate) fn meaning(form: &str) -> Value {
    let mut root = Value::Object(Map::new());
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        let name = decoded(name);
        let mut path: Vec<String> = Vec::new();
        let mut rest = name.as_str();
        while let Some((first, after)) = rest.split_once('[') {
            path.push(first.trim_end_matches(']').to_owned());
            rest = after;
        }
        path.push(rest.trim_end_matches(']').to_owned());
        put(&mut root, &path, decoded(value));
    }
    lists(root)
}

fn put(target: &mut Value, path: &[String], value: String) {
    let [first, rest @ ..] = path else {
        *target = Value::String(value);
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let members = target.as_object_mut().unwrap();
    let name = if first.is_empty() { members.len().to_string() } else { first.clone() };
    put(members.entry(name).or_insert(Value::Null), rest, value);
}

fn lists(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let count = members.len();
    let members: Map<String, Value> = members.into_iter().map(|(name, value)| (name, lists(value))).collect();
    match (0..count).map(|index| members.get(&index.to_string()).cloned()).collect::<Option<Vec<_>>>() {
        Some(entries) if count > 0 => Value::Array(entries),
        _ => Value::Object(members),
    }
}

/// What a value means once a form has carried it.
pub(crate) fn carried(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!(u8::from(*flag).to_string()),
        Value::Number(number) => json!(number.to_string()),
        Value::Array(entries) => entries.iter().map(carried).collect(),
        Value::Object(members) => {
            lists(Value::Object(members.iter().map(|(name, member)| (name.clone(), carried(member))).collect()))
        }
        other => other.clone(),
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_is_written_means_what_it_meant() {
    let body = json!({
        "fields": ["ID", "name"], "count": true, "limit": 5,
        "filters": { "a.b": { "IN": [1, 2], "~*": "[x] & =" }, "0": ["OR", { "a": "1" }, { "3": ["NOT", { "b": 2.5 }] }] },
    });
    for numbered in [false, true] {
        for escaped in [false, true] {
            let form = form(&body, Spelling { numbered, escaped }).unwrap();
            assert_eq!(meaning(&form), carried(&body), "{form}");
            assert_eq!(form.contains('['), !escaped);
        }
    }
    let spelling = Spelling { numbered: true, escaped: true };
    for unsaid in [json!({ "a": null }), json!({ "a": [] }), json!({ "a": { "b": {} } }), json!({ "a": { "x]": 1 } })] {
        assert_eq!(form(&unsaid, spelling), None, "{unsaid}");
    }
    assert_eq!(meaning("a[]=1&a[]=2&b[x]=%5By%5D+z"), json!({ "a": ["1", "2"], "b": { "x": "[y] z" } }));
}
