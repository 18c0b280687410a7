//! Makes values: such as fit a column, and such as fit nothing.

use serde_json::{Value, json};

use super::documents::{Column, Resource};
use super::prng::Prng;
use super::schemas::matches;
use super::world::World;

/// Texts for columns with a pattern; the first that fits is found by trying.
const CODES: [&str; 12] =
    ["EUR", "NOK", "DE", "NO", "", "FF8800", "0AF", "text/plain", "image/png", "shop.main", "a-1", "Ab"];

/// Texts with characters that are easily treated wrong; none begins or ends with a blank.
const WORDS: [&str; 14] = [
    "Pump",
    "Ærlig & Sønn",
    "O'Neil",
    "50% \"off\"",
    "a;b",
    "\u{1f980} crab",
    "1",
    "null",
    "x' OR '1'='1",
    "<b>",
    "{a,b}",
    "back\\slash",
    "%_%",
    "-- no comment",
];

/// Column names of tables and the like, for places where something else belongs.
const STRANGE: [&str; 18] = [
    "",
    "nothing",
    "id",
    "rowid",
    "t.ID",
    "sqlite_schema",
    "ID; DROP TABLE users",
    "\"ID\"",
    "ID\u{0}",
    "*",
    "count(*)",
    "creator.name",
    "a.b.c",
    "extdata.",
    ".name",
    "ID.ID.ID",
    "\u{202e}DI",
    "password",
];

pub(super) fn word(prng: &mut Prng) -> &'static str {
    prng.text(&WORDS)
}

pub(super) fn strange(prng: &mut Prng) -> &'static str {
    prng.text(&STRANGE)
}

/// A value that fits a column; none where there is no row to point to.
pub(super) fn fitting(prng: &mut Prng, world: &World, resource: &Resource, column: &Column) -> Option<Value> {
    let required = column.mark("x-required-on-create") == true;
    if column.is_nullable() && !required && prng.chance(15) {
        return Some(Value::Null);
    }
    if column.is_file() {
        let content = ["", "SGVp", "AAECAwQ="];
        return Some(json!({ "content": *prng.pick(&content) }));
    }
    if let Some(target) = column.target() {
        let seeded = world.seeded.get(target).filter(|ids| !ids.is_empty());
        return seeded.map(|ids| Value::from(*prng.pick(ids)));
    }
    if column.is_composite() {
        return Some(composite(prng, column));
    }
    if let Some(values) = column.schema["enum"].as_array() {
        return Some(prng.pick(values).clone());
    }
    Some(match column.schema["type"].as_str() {
        Some("string") => text(prng, column).into(),
        Some("number") if column.mark("x-integer") != true => {
            let (low, high) = span(column);
            #[expect(clippy::cast_precision_loss, reason = "the span is small")]
            let hundredths = prng.between(low * 100 + 1, high * 100) as f64;
            (hundredths / 100.0).into()
        }
        _ if column.mark("x-timestamp") == "seconds" => {
            let day = prng.between(0, 400) * 86_400;
            // Ends of spans lie after their beginnings.
            (1_750_000_000 + day + if column.name.ends_with("to") { 40_000_000 } else { 0 }).into()
        }
        _ if resource.name == "files" && column.name == "size" => 3.into(),
        _ => {
            let (low, high) = span(column);
            prng.between(low, high).into()
        }
    })
}

/// The least and the most that a column takes, or what is usual.
#[expect(clippy::cast_possible_truncation, reason = "bounds are small whole numbers")]
fn span(column: &Column) -> (i64, i64) {
    let check = column.mark("x-check");
    let at = |name: &str, word: &str| check[word].as_f64().or(column.schema[name].as_f64()).map(|bound| bound as i64);
    let low = at("minimum", "min").or(check["above"].as_f64().map(|bound| bound as i64 + 1)).unwrap_or(1);
    (low, at("maximum", "max").unwrap_or(low + 90))
}

fn text(prng: &mut Prng, column: &Column) -> String {
    let check = column.mark("x-check");
    let pattern = check["matches"].as_str().or(column.schema["pattern"].as_str());
    let longest = column.schema["maxLength"].as_u64().or(column.mark("x-max-length").as_u64());
    if let Some(pattern) = pattern {
        let fitting: Vec<&str> = CODES.into_iter().filter(|code| matches(pattern, code)).collect();
        // Only the hash of a file fits none, and no one writes it.
        return if fitting.is_empty() { prng.fresh() } else { prng.text(&fitting).to_owned() };
    }
    if let Some(values) = check["one-of"].as_array() {
        return prng.pick(values).as_str().unwrap().to_owned();
    }
    match longest {
        Some(longest) if longest < 40 => "KGM"[..3.min(usize::try_from(longest).unwrap())].to_owned(),
        _ if prng.chance(8) => String::new(),
        _ => format!("{} {}", word(prng), prng.fresh()),
    }
}

fn composite(prng: &mut Prng, column: &Column) -> Value {
    let kinds = column.mark("x-check")["json"].as_array();
    let list = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "array"));
    match column.mark("x-storage").as_str() {
        Some("text[]") => json!([prng.fresh(), word(prng)]),
        Some("bigint[]") => json!([prng.between(1, 1 << 40), 7]),
        _ if list => {
            let line = json!({ "type": 1, "text": word(prng), "variant": 0 });
            let product = json!({ "type": 0, "amount": 2.5, "name": word(prng), "sellingprice": 10 });
            prng.pick(&[json!([line, product]), json!([line]), json!([])]).clone()
        }
        _ if column.schema["x-values"] == "number" => json!({ "NO": 25, "SE": 12.5 }),
        _ => json!({ "de_DE": word(prng) }),
    }
}

/// A value that fits next to nothing.
pub(super) fn unfitting(prng: &mut Prng) -> Value {
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    let values = [
        Value::Null,
        true.into(),
        (-1).into(),
        i64::MAX.into(),
        u64::MAX.into(),
        (1_u64 << 31).into(),
        1e300.into(),
        0.5.into(),
        "".into(),
        " ".into(),
        "\u{0}".into(),
        "a\u{0}b".into(),
        "line\r\nbreak".into(),
        "12abc".into(),
        "NaN".into(),
        "x".repeat(70_000).into(),
        json!([]),
        json!({}),
        json!(["a", 1, null, {"b": []}]),
        json!({"a": {"b": [1]}}),
        json!(vec![7; 3000]),
        deep,
        "{".into(),
        "[1,".into(),
        "\u{feff}".into(),
    ];
    prng.pick(&values).clone()
}
