//! The rows of the table as fields with names of Rust. Everything that stands in the way is told at once.

use std::collections::BTreeMap;

use super::extension::{CustomFieldsExtension, Kind};
use crate::codegen::lower;
use crate::codegen::model::{Document, Resource};
use crate::codegen::reserved;
use crate::yaml::{Foreign, Node};

/// A member that a person may add to a row, where its name makes none of Rust.
const RUST_NAME: &str = "x-rust-name";

/// The same for the choices of a list: names by value.
const RUST_NAMES: &str = "x-rust-names";

/// Everything that was read.
#[derive(Default)]
pub(super) struct Rows {
    /// By resource, in the order of the rows.
    pub fields: Vec<Field>,
    /// Fields of what is not a resource with custom fields.
    pub left_out: Vec<(String, String)>,
    pub notes: Vec<String>,
    pub errors: Vec<String>,
}

/// A custom field of a resource.
pub(super) struct Field {
    /// Place in the document's list of resources.
    pub resource: usize,
    /// Its name below `extdata`.
    pub name: String,
    pub label: String,
    /// As the instance spells it.
    pub spelled: String,
    pub kind: Kind,
    pub constant: String,
    /// The resource that a reference leads to, by name on the wire. A field whose type was changed may have one left.
    pub target: Option<String>,
    /// The values of its choices, which a field of another type may have left too.
    pub values: Vec<String>,
    /// The choices of a list.
    pub choices: Vec<Choice>,
    /// The type of the choices, where there are some.
    pub choice_type: Option<String>,
    /// The row, for messages.
    at: String,
}

/// A value that a list offers.
pub(super) struct Choice {
    pub value: String,
    pub label: String,
    pub variant: String,
}

/// Reads all rows.
pub(super) fn read(list: &[Node], extension: &CustomFieldsExtension, document: &Document) -> Rows {
    let mut rows = Rows::default();
    for (index, row) in list.iter().enumerate() {
        let at = row_label(index, row, extension);
        match field(row, at, extension, document) {
            Ok(Some(RowOutcome::Field(field))) => rows.fields.push(field),
            Ok(Some(RowOutcome::LeftOut(resource, name, note))) => {
                rows.left_out.push((resource, name));
                rows.notes.push(note);
            }
            Ok(None) => {}
            Err(errors) => rows.errors.extend(errors),
        }
    }
    rows.errors.extend(doubles(&rows.fields));
    rows.fields.sort_by_key(|field| field.resource);
    rows
}

enum RowOutcome {
    Field(Field),
    LeftOut(String, String, String),
}

/// How a message names the row.
fn row_label(index: usize, row: &Node, extension: &CustomFieldsExtension) -> String {
    let text = |name: &str| row.get(name).and_then(Node::as_text).unwrap_or("?").to_owned();
    let id = row.get("ID").and_then(Node::as_int).map_or_else(String::new, |id| format!("ID {id}, "));
    format!("row {} ({id}{}, {:?})", index + 1, text(&extension.resource), text(&extension.name))
}

/// The field of a row; none where it is about no custom field of records in use.
fn field(
    row: &Node,
    at: String,
    extension: &CustomFieldsExtension,
    document: &Document,
) -> Result<Option<RowOutcome>, Vec<String>> {
    let mut errors = Vec::new();
    let mut text = |name: &str| {
        let found = row.get(name).and_then(Node::as_text).map(str::to_owned);
        if found.is_none() {
            errors.push(format!("{at}: the column `{name}` is not text, or was not asked for"));
        }
        found.unwrap_or_default()
    };
    let (resource, name, spelled) = (text(&extension.resource), text(&extension.name), text(&extension.kind));
    for (column, value) in &extension.only {
        match row.get(column).and_then(Node::as_int) {
            Some(found) if found != *value => return Ok(None),
            Some(_) => {}
            None => errors.push(format!("{at}: the column `{column}` is not a number, or was not asked for")),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let Some(index) = document.resources.iter().position(|known| known.wire == resource && has_fields(known)) else {
        let note = format!("{at} is left out: records of {resource:?} have no custom fields in this API");
        return Ok(Some(RowOutcome::LeftOut(resource, name, note)));
    };
    let kind = extension.values.get(&spelled).copied();
    if kind.is_none() {
        errors.push(format!("{at}: nothing is known of the type {spelled:?}"));
    }
    let constant = constant(row, &name).map_err(|word| errors.push(format!("{at}: {word}"))).unwrap_or_default();
    let target = row.get(&extension.target).and_then(Node::as_text).map(str::to_owned);
    let is_known = |wire: &String| document.resources.iter().any(|resource| resource.wire == *wire);
    if kind == Some(Kind::Id) && !target.as_ref().is_some_and(is_known) {
        let target = target.as_deref().unwrap_or_default();
        errors.push(format!("{at}: it refers to {target:?}, which is not a resource"));
    }
    let pairs = pairs(row.get(&extension.choices));
    let values = pairs.iter().flatten().map(|(value, _)| value.clone()).collect();
    let choices = match (kind, pairs) {
        (Some(Kind::Choice), Ok(pairs)) => choices(pairs, row.get(RUST_NAMES), &at, &mut errors),
        (Some(Kind::Choice), Err(word)) => {
            errors.push(format!("{at}: its choices are {word}"));
            Vec::new()
        }
        _ => Vec::new(),
    };
    let label = row.get("name").and_then(Node::as_text).unwrap_or_default().to_owned();
    match kind {
        Some(kind) if errors.is_empty() => {
            let choice_type = (!choices.is_empty()).then(|| choice_type(&constant));
            let resource = index;
            Ok(Some(RowOutcome::Field(Field {
                resource,
                name,
                label,
                spelled,
                kind,
                constant,
                target,
                values,
                choices,
                choice_type,
                at,
            })))
        }
        _ => Err(errors),
    }
}

fn has_fields(resource: &Resource) -> bool {
    resource.markers.iter().any(|(mark, _)| mark == "HasExtData")
}

/// The name of the constant: as the row says, or as the name of the field makes it.
fn constant(row: &Node, name: &str) -> Result<String, String> {
    let own = row.get(RUST_NAME).and_then(Node::as_text);
    let plain = latin(name);
    let made = own.map_or_else(|| lower::shouty(&plain), str::to_owned);
    let is_plain = own.is_some() || is_word(&plain);
    let is_constant = lower::is_identifier(&made) && made.to_ascii_uppercase() == made;
    if is_plain && is_constant {
        return Ok(made);
    }
    let what = own.unwrap_or(name);
    Err(format!("{what:?} makes no name of a constant; give the row one, such as \"{RUST_NAME}\": \"SIZE\""))
}

/// A text whose umlauts and ß are spelled out, as is usual where there are none.
fn latin(text: &str) -> String {
    let is_loud = !text.contains(char::is_lowercase);
    let spelled = |letter: char| match letter {
        'ä' => "ae",
        'ö' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'Ä' if is_loud => "AE",
        'Ö' if is_loud => "OE",
        'Ü' if is_loud => "UE",
        'Ä' => "Ae",
        'Ö' => "Oe",
        'Ü' => "Ue",
        'ẞ' => "SS",
        _ => "",
    };
    let mut latin = String::new();
    for letter in text.chars() {
        match spelled(letter) {
            "" => latin.push(letter),
            spelled => latin.push_str(spelled),
        }
    }
    latin
}

/// Whether a text can be written as a name.
fn is_word(text: &str) -> bool {
    text.is_ascii() && text.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// The type of a list's choices: called as the constant, but beside the types that the module and the macros of the client name
/// without a path.
fn choice_type(constant: &str) -> String {
    let preferred = lower::camel(&constant.to_ascii_lowercase());
    if reserved::TYPES.contains(&preferred.as_str()) { format!("{preferred}_") } else { preferred }
}

/// Values and labels of choices: labels whose places are the values, or labels by value, expanded or as the text of it.
fn pairs(options: Option<&Node>) -> Result<Vec<(String, String)>, &'static str> {
    let parsed = options.and_then(Node::as_text).map(serde_json::from_str::<Foreign>);
    let options = match &parsed {
        Some(Ok(Foreign(node))) => Some(node),
        Some(Err(_)) => return Err("not JSON"),
        None => options,
    };
    match options {
        None | Some(Node::Null) => Ok(Vec::new()),
        Some(Node::List(labels)) => {
            Ok(labels.iter().enumerate().map(|(row_label, label)| (row_label.to_string(), shown(label))).collect())
        }
        Some(Node::Map(members)) => Ok(members.iter().map(|(value, label)| (value.clone(), shown(label))).collect()),
        Some(_) => Err("neither a list nor an object"),
    }
}

/// The choices of a list, each with a name of its own.
fn choices(pairs: Vec<(String, String)>, own: Option<&Node>, at: &str, errors: &mut Vec<String>) -> Vec<Choice> {
    let own = own_names(own, &pairs, at, errors);
    let choices = pairs.into_iter().filter_map(|pair| choice(pair, &own, at, errors));
    let choices: Vec<Choice> = choices.collect();
    for (index, choice) in choices.iter().enumerate() {
        if let Some(first) = choices[..index].iter().find(|first| first.variant == choice.variant) {
            let (one, other, variant) = (&first.value, &choice.value, &choice.variant);
            let preferred = names_wish(other);
            errors.push(format!("{at}: the choices {one:?} and {other:?} are both called `{variant}`; {preferred}"));
        }
    }
    choices
}

fn shown(label: &Node) -> String {
    label.as_text().map_or_else(|| serde_json::Value::from(label).to_string(), str::to_owned)
}

/// The names that a row gives to values.
fn own_names<'a>(
    names: Option<&'a Node>,
    pairs: &[(String, String)],
    at: &str,
    errors: &mut Vec<String>,
) -> BTreeMap<&'a str, &'a str> {
    let Some(names) = names else {
        return BTreeMap::new();
    };
    let Some(members) = names.as_map() else {
        errors.push(format!("{at}: \"{RUST_NAMES}\" is not an object of names by value"));
        return BTreeMap::new();
    };
    let mut own = BTreeMap::new();
    for (value, name) in members {
        match name.as_text() {
            Some(name) if is_variant(name) => _ = own.insert(value.as_str(), name),
            _ => errors.push(format!("{at}: the name of the choice {value:?} in \"{RUST_NAMES}\" is none of Rust")),
        }
        if !pairs.iter().any(|(known, _)| known == value) {
            errors.push(format!("{at}: \"{RUST_NAMES}\" names {value:?}, which is not a choice"));
        }
    }
    own
}

fn is_variant(name: &str) -> bool {
    lower::is_type(name) && name != "Unknown"
}

/// A choice is called as the row says, by its value where that is a word, and by its label where it is a number or a sign.
fn choice(
    (value, label): (String, String),
    own: &BTreeMap<&str, &str>,
    at: &str,
    errors: &mut Vec<String>,
) -> Option<Choice> {
    let word = |text: &str| {
        let text = latin(text);
        is_word(&text).then(|| lower::camel(&text)).filter(|name| is_variant(name))
    };
    let own = own.get(value.as_str()).map(|name| (*name).to_owned());
    let variant = own.or_else(|| word(&value)).or_else(|| word(&label));
    if variant.is_none() {
        errors.push(format!(
            "{at}: neither the choice {value:?} nor its label {label:?} makes a name of Rust; {}",
            names_wish(&value)
        ));
    }
    Some(Choice { variant: variant?, value, label })
}

fn names_wish(value: &str) -> String {
    format!("give the row one, such as \"{RUST_NAMES}\": {{{value:?}: \"Small\"}}")
}

/// Constants of one resource that have one name, and types of choices: `floor1` and `floor_1` are two constants and one type.
fn doubles(fields: &[Field]) -> Vec<String> {
    let mut known: BTreeMap<(usize, bool, &str), &Field> = BTreeMap::new();
    let mut errors = Vec::new();
    for field in fields {
        let names = [(false, Some(&field.constant)), (true, field.choice_type.as_ref())];
        let names = names.into_iter().filter_map(|(is_type, name)| Some((is_type, name?)));
        let mut firsts = names.filter_map(|(is_type, name)| {
            let first = known.insert((field.resource, is_type, name), field)?;
            Some((first, name))
        });
        let double = firsts.next();
        if let Some((first, name)) = double {
            let (one, other) = (&first.at, &field.at);
            errors.push(format!("{one} and {other} are both called `{name}`; give one an \"{RUST_NAME}\""));
        }
    }
    errors
}
