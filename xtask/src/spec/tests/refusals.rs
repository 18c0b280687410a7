//! What an import does not understand stops it, with the place.

use super::fixture::{Fixture, OURS, PUBLISHED, TABLES};

/// One change of the fixture stops the import with this message.
fn refuses(name: &str, from: &str, to: &str, message: &str) {
    assert_eq!(Fixture::with(name, from, to).refusal(), message);
}

/// The same where the message ends with a reason that is not ours.
fn refuses_at(name: &str, from: &str, to: &str, start: &str) {
    let refusal = Fixture::with(name, from, to).refusal();
    assert!(refusal.starts_with(start), "{refusal}");
}

#[test]
fn an_unknown_key_is_named_with_its_json_pointer() {
    let message = r#"pens.json: /paths/~1pens/post/callbacks: the key "callbacks" is not understood in Operation"#;
    refuses(PUBLISHED, r#""operationId": "listPens""#, r#""callbacks": {}, "operationId": "listPens""#, message);
}

#[test]
fn an_unknown_extension_of_the_publisher_is_refused_too() {
    let message = r#"pens.json: /info/x-logo: the key "x-logo" is not understood in Info"#;
    refuses(PUBLISHED, r#""version": "v1""#, r#""version": "v1", "x-logo": 1"#, message);
}

#[test]
fn keys_beside_a_reference_are_refused() {
    let message =
        "pens.json: /components/schemas/pens/properties/photo: keys beside $ref have no meaning in OpenAPI 3.0";
    refuses(PUBLISHED, r#""photo": {"#, r#""photo": {"nullable": true, "#, message);
}

#[test]
fn another_edition_of_openapi_is_refused() {
    let message = r#"pens.json: /openapi: version "3.1.0" is not understood; documents are OpenAPI 3.0"#;
    refuses(PUBLISHED, r#""openapi": "3.0.0""#, r#""openapi": "3.1.0""#, message);
}

#[test]
fn an_unknown_status_without_our_words_is_refused() {
    let message = r#"pens.json: /paths/~1pens/post/responses/299: the status "299" is not understood"#;
    refuses(PUBLISHED, r#""200": {"description": "Their words.""#, r#""299": {"description": "Their words.""#, message);
}

#[test]
fn a_check_rule_that_is_not_understood_is_refused() {
    let start = "tables.json: pens: the rule c_pens_place: CHECK (length(box) > 1): ";
    refuses_at(TABLES, "CHECK (box IS NULL OR owner IS NULL)", "CHECK (length(box) > 1)", start);
}

#[test]
fn a_rule_that_hides_its_column_inside_is_refused() {
    let start = "tables.json: pens: the rule dc_pens_state: CHECK (VALUE = 0 OR VALUE = 2): VALUE inside \"any\"";
    refuses_at(TABLES, "CHECK (VALUE = ANY (ARRAY[0, 2]))", "CHECK (VALUE = 0 OR VALUE = 2)", start);
}

#[test]
fn a_second_rule_for_a_column_is_refused_unless_it_says_the_same() {
    let second = |rule: &str| {
        format!(r#"{{"name": "dc_pens_state", "type": "check", "def": "{rule}"}}, {{"name": "c_pens_place""#)
    };
    let with = |rule: &str| Fixture::with(TABLES, r#"{"name": "c_pens_place""#, &second(rule));
    assert_eq!(with("CHECK (VALUE = ANY (ARRAY[0, 2]))").import().gone.len(), 0);
    let refusal = with("CHECK (VALUE > 0)").refusal();
    assert_eq!(refusal, "tables.json: pens: the rule dc_pens_state: CHECK (VALUE > 0): is a second rule for state");
}

#[test]
fn a_rule_for_no_column_is_refused() {
    let start = "tables.json: pens: the rule dc_pens_nib: ";
    refuses_at(TABLES, "dc_pens_ink", "dc_pens_nib", start);
}

#[test]
fn a_class_of_rules_that_is_not_understood_is_refused() {
    let start = "tables.json: pens: the rule c_pens_place: CHECK (box IS NULL OR owner IS NULL): the class \"trigger\"";
    refuses_at(TABLES, r#""c_pens_place", "type": "check""#, r#""c_pens_place", "type": "trigger""#, start);
}

#[test]
fn a_permission_sentence_that_is_not_understood_is_refused() {
    let message = "pens.json: /paths/~1pens/post: the sentence \"Requires patience\" is not understood: no known end";
    refuses(PUBLISHED, "Requires `pens` permission.", "Requires patience.", message);
}

#[test]
fn a_default_that_is_not_understood_is_refused() {
    let start = "tables.json: pens: ink: the default \"random()\" is not understood";
    refuses_at(TABLES, r#""default": "''""#, r#""default": "random()""#, start);
}

#[test]
fn a_time_by_default_that_no_sentence_explains_is_refused() {
    let message = "tables.json: pens: bought defaults to the current time, which its text does not say";
    refuses(PUBLISHED, "(defaults to current date)", "", message);
}

#[test]
fn a_column_type_that_is_not_understood_is_refused() {
    let message = "tables.json: pens: ink: the type \"money\" is not understood";
    refuses(TABLES, r#""type": "text""#, r#""type": "money""#, message);
}

#[test]
fn an_unknown_key_of_the_tables_is_refused() {
    let refusal = Fixture::with(TABLES, r#""identity": true"#, r#""generated": true"#).refusal();
    assert!(refusal.contains("tables.json is not readable: unknown field `generated`"), "{refusal}");
}

#[test]
fn a_foreign_key_to_another_column_is_refused() {
    let message = "tables.json: pens: box refers to boxes.name";
    refuses(TABLES, r#"{"table": "boxes", "field": "ID"}"#, r#"{"table": "boxes", "field": "name"}"#, message);
}

#[test]
fn columns_and_properties_must_agree_on_what_is_exposed() {
    let shown = r#"{"name": "cap", "type": "smallint", "notnull": true, "default": "0", "in_api": true}"#;
    let message = "tables.json: pens: cap is exposed although the table reference hides it";
    refuses(TABLES, shown, &shown.replace(r#""in_api": true"#, r#""in_api": false"#), message);
    let hidden = r#"{"table": "people", "field": "ID"}], "in_api": "#;
    let message = "tables.json: pens: the column owner is exposed but has no property";
    refuses(TABLES, &format!("{hidden}false"), &format!("{hidden}true"), message);
}

#[test]
fn tables_and_schemas_must_agree() {
    refuses(
        TABLES,
        r#""pens": {"#,
        r#""quills": {"#,
        "tables.json: pens: the schema is that of a table, but there is no such table any more",
    );
    let second = r#"{"quills": {"fields": [], "checks": [], "unique_indexes": []}, "pens": {"#;
    refuses(TABLES, "{\n  \"pens\": {", second, "tables.json: the table quills has no schema");
}

#[test]
fn labels_of_a_shared_enum_that_disagree_are_refused() {
    let next = r#""next": {"type": "integer", "enum": [0, 2], "default": 0, "description": "Their words (`0`=FULL, `2`=EMPTY)""#;
    let schema = "/components/schemas/pens/properties";
    let message = format!(
        "pens.json: {schema}/next: 2 of State is DRY here, but EMPTY in {schema}/state; give one of them an enum of its own"
    );
    refuses(PUBLISHED, next, &next.replace("EMPTY", "DRY"), &message);
}

#[test]
fn a_shared_enum_that_is_missing_is_refused() {
    let message = "pens.json: /components/schemas/pens/properties/state: there is no /x-enums/State with values";
    refuses(OURS, "  State:\n", "  Status:\n", message);
}

#[test]
fn a_published_file_that_nobody_claims_is_refused() {
    let fixture = Fixture::new();
    fixture.write("published/ink.json", "{}");
    let refusal = fixture.refusal();
    assert!(refusal.ends_with("published/ink.json: no document in spec/ has x-origin: ink.json"), "{refusal}");
}

#[test]
fn a_published_file_that_is_missing_is_refused() {
    let refusal = Fixture::with(OURS, "x-origin: pens.json", "x-origin: quills.json").refusal();
    assert!(refusal.contains("no document in spec/ has x-origin: pens.json"), "{refusal}");
}

#[test]
fn tables_that_no_document_claims_are_refused() {
    refuses(OURS, "x-tables: true\n", "", "no document claims the tables (x-tables: true)");
}

#[test]
fn a_folder_without_documents_of_an_origin_is_refused() {
    let refusal = Fixture::with(OURS, "x-origin: pens.json\n", "").refusal();
    assert!(refusal.ends_with("holds no document with x-origin"), "{refusal}");
}
