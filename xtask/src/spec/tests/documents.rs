//! What the documents in `spec/` hold, counted. A number that changes here is a change of published facts or of our own
//! knowledge, and belongs into the change that made it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::spec::check;
use crate::yaml::Node;
use crate::{file, yaml};

/// Name, text and content of each document.
pub(super) fn all() -> Vec<(String, String, Node)> {
    of_folder("spec")
}

/// The same for the documents of a folder.
pub(super) fn of_folder(folder: &str) -> Vec<(String, String, Node)> {
    let paths = file::list(&file::root().join(folder), "yaml").unwrap();
    let read = |path: &Path| {
        let (name, text) = (path.file_stem().unwrap().to_str().unwrap().to_owned(), file::read(path).unwrap());
        let node = yaml::read(&name, &text).unwrap();
        (name, text, node)
    };
    paths.iter().map(|path| read(path)).collect()
}

fn document(name: &str) -> Node {
    all().into_iter().find(|(known, ..)| known == name).unwrap().2
}

fn members<'a>(node: &'a Node, path: &[&str]) -> impl Iterator<Item = (&'a String, &'a Node)> + use<'a> {
    node.at(path).and_then(Node::as_map).into_iter().flatten()
}

pub(super) fn operations(document: &Node) -> impl Iterator<Item = &Node> {
    members(document, &["paths"]).flat_map(|(_, item)| members(item, &[])).map(|(_, operation)| operation)
}

/// The schemas of tables: those with a primary key.
fn tables(document: &Node) -> impl Iterator<Item = (&String, &Node)> {
    let is_table = |schema: &Node| columns(schema).any(|(_, _, column)| column.get("x-primary-key").is_some());
    members(document, &["components", "schemas"]).filter(move |(_, schema)| is_table(schema))
}

/// The exposed columns of a table: name, the property itself, and where its extensions stand.
fn columns(schema: &Node) -> impl Iterator<Item = (&String, &Node, &Node)> {
    members(schema, &["properties"]).map(|(name, property)| {
        let beside = schema.at(&["x-ref-properties", name]).unwrap_or(&Node::Null);
        (name, property, if property.get("$ref").is_some() { beside } else { property })
    })
}

fn counted<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counted = BTreeMap::new();
    values.for_each(|value| *counted.entry(value).or_default() += 1);
    counted
}

#[test]
fn every_documented_operation_is_there() {
    let documents = all();
    let found: Vec<(&str, usize)> =
        documents.iter().map(|(name, _, document)| (name.as_str(), operations(document).count())).collect();
    assert_eq!(found, [("zeyos-auth", 7), ("zeyos-oauth2", 5), ("zeyos-rest", 348)]);
    let prose = |operation: &&Node| operation.get("x-source") == Some(&"prose".into());
    let of_prose: Vec<&Node> = documents.iter().flat_map(|(.., document)| operations(document)).filter(prose).collect();
    let ids: Vec<&str> = of_prose.iter().filter_map(|operation| operation.get("operationId")?.as_text()).collect();
    assert_eq!(ids, ["issueToken", "introspectIssuedToken", "revokeIssuedToken"]);
}

/// The schemes of each alternative, in words: the operation's own list, else the document's, else nothing.
fn security(document: &Node, operation: &Node) -> String {
    let listed = operation.get("security").or(document.get("security")).and_then(Node::as_list).unwrap_or_default();
    let alternatives = listed.iter().map(|alternative| {
        let schemes = members(alternative, &[]).map(|(name, _)| {
            let scheme = document.at(&["components", "securitySchemes", name]).unwrap();
            let text = |key: &str| scheme.get(key).and_then(Node::as_text).unwrap_or_default();
            match (text("type"), text("scheme")) {
                ("oauth2", _) | ("http", "bearer") => "bearer".to_owned(),
                ("http", "basic") => format!("{} basic", text("x-holder")),
                ("apiKey", _) => "session".to_owned(),
                other => panic!("{other:?}"),
            }
        });
        schemes.collect::<Vec<_>>().join("+")
    });
    alternatives.collect::<Vec<_>>().join("|")
}

#[test]
fn every_operation_has_one_of_five_shapes_of_security() {
    let documents = all();
    let shapes = documents.iter().flat_map(|(.., document)| operations(document).map(|one| security(document, one)));
    let expected = [("", 2), ("bearer", 1), ("bearer|session", 351), ("client basic", 3), ("user basic", 3)];
    assert_eq!(counted(shapes), expected.map(|(shape, count)| (shape.to_owned(), count)).into());
}

#[test]
fn every_exposed_column_is_there() {
    let rest = document("zeyos-rest");
    assert_eq!(tables(&rest).count(), 64);
    assert_eq!(tables(&rest).flat_map(|(_, schema)| columns(schema)).count(), 878);
    let undocumented =
        |schema| columns(schema).filter(|(.., column)| column.get("x-undocumented-column").is_some()).count();
    assert_eq!(tables(&rest).map(|(_, schema)| undocumented(schema)).sum::<usize>(), 2);
    assert_eq!(tables(&rest).map(|(_, schema)| members(schema, &["x-hidden-columns"]).count()).sum::<usize>(), 30);
}

#[test]
fn every_foreign_key_has_its_delete_rule() {
    let rest = document("zeyos-rest");
    let exposed: Vec<&Node> = tables(&rest)
        .flat_map(|(_, schema)| columns(schema))
        .filter_map(|(.., column)| column.get("x-references"))
        .collect();
    let hidden: Vec<&Node> = tables(&rest)
        .flat_map(|(_, schema)| members(schema, &["x-hidden-columns"]))
        .filter_map(|(_, column)| column.get("references"))
        .collect();
    assert_eq!((exposed.len(), hidden.len()), (199, 5));
    let both: Vec<&Node> = exposed.into_iter().chain(hidden).collect();
    let rules = counted(both.iter().map(|reference| reference.get("on-delete").and_then(Node::as_text)));
    assert_eq!(rules, [(Some("cascade"), 121), (Some("restrict"), 16), (Some("set-null"), 67)].into());
    let known: Vec<&str> = tables(&rest).map(|(name, _)| name.as_str()).collect();
    let mut targets = both.iter().filter_map(|reference| reference.get("table")?.as_text());
    assert!(targets.all(|table| known.contains(&table)));
}

#[test]
fn the_searched_columns_are_those_of_43_tables() {
    let rest = document("zeyos-rest");
    let searched = |schema| columns(schema).filter(|(.., column)| column.get("x-searched").is_some()).count();
    let found: Vec<usize> = tables(&rest).map(|(_, schema)| searched(schema)).filter(|count| *count > 0).collect();
    assert_eq!((found.iter().sum::<usize>(), found.len()), (85, 43));
}

#[test]
fn every_table_with_a_state_says_which_column_it_is() {
    let rest = document("zeyos-rest");
    let states = counted(tables(&rest).filter_map(|(_, schema)| schema.get("x-state")?.as_text()));
    assert_eq!(states, [("activity", 14), ("visibility", 18)].into());
    for (name, schema) in tables(&rest) {
        let column = columns(schema).map(|(name, ..)| name.as_str()).find(|name| states.contains_key(name));
        assert_eq!(schema.get("x-state").and_then(Node::as_text), column, "{name}");
    }
}

#[test]
fn every_rule_speaks_of_columns_that_are_there() {
    let rest = document("zeyos-rest");
    for (table, schema) in tables(&rest) {
        let mut known: Vec<&str> = columns(schema).map(|(name, ..)| name.as_str()).collect();
        known.extend(members(schema, &["x-hidden-columns"]).map(|(name, _)| name.as_str()));
        let mut named = Vec::new();
        for key in ["x-checks", "x-unique", "x-one-default", "x-unordered"] {
            named.extend(schema.get(key).into_iter().flat_map(|rules| named_columns(rules, key == "x-unordered")));
        }
        let unknown: Vec<&&str> = named.iter().filter(|name| !known.contains(name)).collect();
        assert!(unknown.is_empty(), "{table} has no column {unknown:?}");
    }
}

/// The columns that a rule names: by the words that take columns, or anywhere.
fn named_columns(rule: &Node, anywhere: bool) -> Vec<&str> {
    let words = ["column", "columns", "per", "at-most-one", "exactly-one", "in-order", "distinct"];
    match rule {
        Node::Text(name) if anywhere => vec![name],
        Node::List(list) => list.iter().flat_map(|member| named_columns(member, anywhere)).collect(),
        Node::Map(map) => {
            map.iter().flat_map(|(word, value)| named_columns(value, words.contains(&word.as_str()))).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn nothing_is_missing() {
    for (name, _, document) in all() {
        assert_eq!(check::missing(&document), [""; 0], "{name}");
    }
}

/// The extensions that a document uses, those inside others too.
fn extensions(node: &Node, found: &mut Vec<String>) {
    match node {
        Node::Map(map) => {
            for (key, value) in map {
                found.extend(key.starts_with("x-").then(|| key.clone()));
                extensions(value, found);
            }
        }
        Node::List(list) => list.iter().for_each(|member| extensions(member, found)),
        _ => {}
    }
}

#[test]
fn every_extension_is_defined_in_the_readme() {
    let readme = file::read(&file::root().join("spec/README.md")).unwrap();
    let mut used = Vec::new();
    let documents = all().into_iter().chain(of_folder("spec/platforms"));
    documents.for_each(|(.., document)| extensions(&document, &mut used));
    used.sort();
    used.dedup();
    let is_defined = |name: &String| readme.contains(&format!("| `{name}` |"));
    assert_eq!(used.iter().filter(|name| !is_defined(name)).collect::<Vec<_>>(), [""; 0]);
    let defined = readme.lines().filter_map(|line| line.strip_prefix("| `x-")?.split_once('`'));
    let unused: Vec<String> =
        defined.map(|(name, _)| format!("x-{name}")).filter(|name| !used.contains(name)).collect();
    // These are for third-party documents, and the last one for rows of custom fields.
    let of_others = [
        "x-style",
        "x-union",
        "x-any",
        "x-refused",
        "x-null",
        "x-never",
        "x-beside-reference",
        "x-idempotency-key",
        "x-safety-from",
        "x-oauth",
        "x-servers",
        "x-server",
        "x-rust-names",
    ];
    assert_eq!(unused, of_others, "a definition of what is not used");
}

#[test]
fn every_extension_that_the_generator_reads_is_defined_in_the_readme() {
    let readme = file::read(&file::root().join("spec/README.md")).unwrap();
    let mut folders = vec![file::root().join("xtask/src/codegen")];
    let mut undefined = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = file::read(&path).unwrap();
            let names = text.split("\"x-").skip(1).filter_map(|rest| rest.split_once('"')).map(|(name, _)| name);
            let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            undefined.extend(
                names.filter(is_name).filter(|name| !readme.contains(&format!("| `x-{name}` |"))).map(str::to_owned),
            );
        }
    }
    assert_eq!(undefined, [""; 0], "undefined");
}

#[test]
fn every_word_of_a_rule_is_defined_in_the_readme() {
    let readme = file::read(&file::root().join("spec/README.md")).unwrap();
    let (_, section) = readme.split_once("\n## The words of rules\n").unwrap();
    let rest = document("zeyos-rest");
    let mut words = Vec::new();
    for (_, schema) in tables(&rest) {
        columns(schema).filter_map(|(.., column)| column.get("x-check")).for_each(|rule| rule_words(rule, &mut words));
        schema.get("x-checks").into_iter().for_each(|rules| rule_words(rules, &mut words));
    }
    words.sort_unstable();
    words.dedup();
    words.retain(|word| !section.contains(&format!("`{word}`")));
    assert_eq!(words, [""; 0], "undefined");
}

fn rule_words<'a>(rule: &'a Node, words: &mut Vec<&'a str>) {
    match rule {
        Node::Map(map) => map.iter().for_each(|(word, value)| {
            words.push(word);
            rule_words(value, words);
        }),
        Node::List(list) => list.iter().for_each(|member| rule_words(member, words)),
        _ => {}
    }
}

/// The facts that we changed, by document. Each has a line in the README that names its operations.
const CHANGED: [(&str, usize); 1] = [("zeyos-auth", 1)];

#[test]
fn every_changed_fact_is_counted_and_has_a_line_in_the_readme() {
    let mut changed = Vec::new();
    for (name, text, _) in all() {
        let count = text.matches("x-deviation:").count();
        if count > 0 {
            changed.push((name, count));
        }
    }
    let changed: Vec<_> = changed.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(changed, CHANGED, "name the operations in spec/README.md, then count them here");
    let readme = file::read(&file::root().join("spec/README.md")).unwrap();
    let (_, table) = readme.split_once("| Operation ids | Place | Keyword | Reason |\n").unwrap();
    let lines = table.lines().skip(1).take_while(|line| line.starts_with('|')).count();
    assert_eq!(lines, CHANGED.iter().map(|(_, count)| count).sum::<usize>());
}
