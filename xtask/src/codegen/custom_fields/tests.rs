use std::fs;

use super::*;

/// Rewrites what stands beside the tests instead of comparing.
const UPDATE: &str = "UPDATE_GOLDEN";

fn refusal(rows: &str) -> String {
    format!("{:#}", module(&file::root(), "fields.json", rows).err().unwrap())
}

/// A row, with these members instead of the usual ones.
fn row(members: &str) -> String {
    let usual = r#""ID": 1, "activity": 0, "source": 0, "name": "Some""#;
    format!("{{{usual}, {members}}}")
}

#[test]
fn every_type_of_the_document_holds_something() {
    let (document, extension) = described(&file::root()).unwrap();
    let all = load::folder(&file::root().join("spec")).unwrap();
    let schema = all.iter().find_map(|loaded| {
        let schemas = loaded.node.at(&["components", "schemas"])?.as_map()?;
        schemas.values().find(|schema| schema.get("x-custom-fields").is_some())
    });
    let types = schema.unwrap().at(&["properties", &extension.kind, "enum"]).and_then(Node::as_list).unwrap();
    let types: Vec<&str> = types.iter().filter_map(Node::as_text).collect();
    assert!(types.len() > 30 && !document.resources.is_empty());
    for ty in &types {
        assert!(extension.values.contains_key(*ty), "{ty:?} is in no list of x-custom-fields");
    }
    assert_eq!(extension.values.len(), types.len(), "x-custom-fields names types that there are not");
}

#[test]
fn the_module_that_the_tests_use_is_that_of_its_rows() {
    let root = file::root();
    let folder = root.join("tests/it/custom_fields");
    let Module { text, notes, fields } =
        module(&root, "instance.json", &file::read(&folder.join("instance.json")).unwrap()).unwrap();
    let path = folder.join("instance.rs");
    if std::env::var_os(UPDATE).is_some() {
        file::write_if_changed(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), text, "set {UPDATE}=1 to write it");
    assert_eq!((fields, notes.len()), (20, 2), "{notes:?}");
}

#[test]
fn everything_that_stands_in_the_way_is_told_at_once_with_its_row() {
    let rows = [
        row(r#""context": "tickets", "reference": "2nd look", "type": "text""#),
        row(r#""context": "tickets", "reference": "大きさ", "type": "num""#),
        row(r#""context": "tickets", "reference": "site", "type": "colour""#),
        row(r#""context": "tickets", "reference": "floor-no", "type": "num""#),
        row(r#""context": "tickets", "reference": "floor.no", "type": "num""#),
        row(r#""context": "tickets", "reference": "owner", "type": "entity", "entity": "planets""#),
        row(r#""context": "tickets", "reference": "a", "type": "list", "options": ["1st", "2nd"]"#),
        row(r#""context": "tickets", "reference": "b", "type": "list", "options": "{\"x y\": 1, \"xY\": 2}""#),
        row(r#""context": "tickets", "reference": "c", "type": "list", "options": "[""#),
        row(r#""context": "tickets", "reference": "d", "type": "text", "x-rust-name": "lower""#),
        r#"{"ID": 12, "context": "tickets"}"#.to_owned(),
        row(
            r#""context": "tickets", "reference": "e", "type": "list", "options": ["S", "L"], "x-rust-names": {"0": "Unknown", "2": "Odd"}"#,
        ),
        row(
            r#""context": "tickets", "reference": "f", "type": "list", "options": ["S", "L"], "x-rust-names": ["A", "B"]"#,
        ),
    ];
    let said = refusal(&format!("[{}]", rows.join(",")));
    let lines: Vec<&str> = said.lines().collect();
    let wanted = [
        "fields.json: no module can be made of these rows:",
        "  row 1 (ID 1, tickets, \"2nd look\"): \"2nd look\" makes no name of a constant; give the row one, such as \"x-rust-name\": \"SIZE\"",
        "  row 2 (ID 1, tickets, \"大きさ\"): \"大きさ\" makes no name of a constant; give the row one, such as \"x-rust-name\": \"SIZE\"",
        "  row 3 (ID 1, tickets, \"site\"): nothing is known of the type \"colour\"",
        "  row 6 (ID 1, tickets, \"owner\"): it refers to \"planets\", which is not a resource",
        "  row 7 (ID 1, tickets, \"a\"): neither the choice \"0\" nor its label \"1st\" makes a name of Rust; give the row one, such as \"x-rust-names\": {\"0\": \"Small\"}",
        "  row 7 (ID 1, tickets, \"a\"): neither the choice \"1\" nor its label \"2nd\" makes a name of Rust; give the row one, such as \"x-rust-names\": {\"1\": \"Small\"}",
        "  row 8 (ID 1, tickets, \"b\"): the choices \"x y\" and \"xY\" are both called `XY`; give the row one, such as \"x-rust-names\": {\"xY\": \"Small\"}",
        "  row 9 (ID 1, tickets, \"c\"): its choices are not JSON",
        "  row 10 (ID 1, tickets, \"d\"): \"lower\" makes no name of a constant; give the row one, such as \"x-rust-name\": \"SIZE\"",
        "  row 11 (ID 12, tickets, \"?\"): the column `reference` is not text, or was not asked for",
        "  row 11 (ID 12, tickets, \"?\"): the column `type` is not text, or was not asked for",
        "  row 11 (ID 12, tickets, \"?\"): the column `activity` is not a number, or was not asked for",
        "  row 11 (ID 12, tickets, \"?\"): the column `source` is not a number, or was not asked for",
        "  row 12 (ID 1, tickets, \"e\"): the name of the choice \"0\" in \"x-rust-names\" is none of Rust",
        "  row 12 (ID 1, tickets, \"e\"): \"x-rust-names\" names \"2\", which is not a choice",
        "  row 13 (ID 1, tickets, \"f\"): \"x-rust-names\" is not an object of names by value",
        "  row 4 (ID 1, tickets, \"floor-no\") and row 5 (ID 1, tickets, \"floor.no\") are both called `FLOOR_NO`; give one an \"x-rust-name\"",
    ];
    assert_eq!(lines, wanted);
}

/// A list of tickets with this field.
fn list(reference: &str) -> String {
    row(&format!(r#""context": "tickets", "reference": "{reference}", "type": "list", "options": ["Yes", "No"]"#))
}

#[test]
fn types_of_choices_hide_nothing_that_the_module_and_its_macros_name() {
    let names = [
        ("option", "Option_"),
        ("result", "Result_"),
        ("string", "String_"),
        ("from", "From_"),
        ("self", "Self_"),
        ("options", "Options"),
    ];
    let rows = names.map(|(reference, _)| list(reference)).join(",");
    let text = module(&file::root(), "fields.json", &format!("[{rows}]")).unwrap().text;
    for (_, name) in names {
        for wanted in [
            format!("Option<zeyos::Custom<{name}>>"),
            format!("pub enum {name} {{"),
            format!("{name} {{ Yes = \"0\", No = \"1\" }}"),
        ] {
            assert!(text.contains(&wanted), "{wanted}: {text}");
        }
    }
}

#[test]
fn two_lists_of_one_resource_never_share_a_type() {
    let names = ["floor1", "floor_1", "day2night", "day_2night"];
    let said = refusal(&format!("[{}]", names.map(list).join(",")));
    let both = |row: usize, name: &str| {
        let (one, other) = (names[row - 1], names[row]);
        let next = row + 1;
        format!(
            "  row {row} (ID 1, tickets, {one:?}) and row {next} (ID 1, tickets, {other:?}) are both called `{name}`; give one an \"x-rust-name\""
        )
    };
    assert_eq!(said.lines().skip(1).collect::<Vec<_>>(), [both(1, "Floor1"), both(3, "Day2night")]);
    // A constant is not a type, and another resource has a module of its own.
    let text = list("floor_1").replace("\"list\"", "\"text\"");
    let elsewhere = list("floor_1").replace("tickets", "projects");
    module(&file::root(), "fields.json", &format!("[{},{text},{elsewhere}]", list("floor1"))).unwrap();
}

#[test]
fn umlauts_are_spelled_out_and_a_row_names_what_makes_no_name() {
    let rows = [
        row(
            r#""context": "tickets", "reference": "größe", "type": "list", "options": ["Übergröße", "Maß", "ÄUSSERST GROẞ", "öl", "Zweite Änderung"]"#,
        ),
        row(
            r#""context": "tickets", "reference": "rank", "type": "list", "options": {"1": "1st", "x y": "A", "xY": "B"}, "x-rust-names": {"1": "First", "xY": "Other"}"#,
        ),
    ];
    let text = module(&file::root(), "fields.json", &format!("[{}]", rows.join(","))).unwrap().text;
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "pub const GROESSE: ",
        "Groesse { Uebergroesse = \"0\", Mass = \"1\", AeusserstGross = \"2\", Oel = \"3\", ZweiteAenderung = \"4\"",
        "Rank { First = \"1\", XY = \"x y\", Other = \"xY\"",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn a_file_of_no_rows_is_said_to_be_that() {
    assert_eq!(refusal("{}"), "fields.json is not a list of rows, as a list request answers them");
    assert!(refusal("[").starts_with("fields.json is not readable as JSON: "));
}

#[test]
fn the_command_names_what_it_lacks() {
    let said = |arguments: &[&str]| options(arguments).unwrap_err().to_string();
    assert_eq!(said(&["--custom-fields"]), "--custom-fields needs a value");
    assert_eq!(said(&["--custom-fields", "a.json"]), "--out FILE.rs names the module that is written");
    assert_eq!(
        said(&["--custom-fields", "a.json", "--skip"]),
        "\"--skip\" is not an option of `codegen --custom-fields`"
    );
}
