//! What the table reference adds to the schemas, and where it disagrees with the document.

use super::fixture::{Fixture, OURS, PUBLISHED, TABLES, property};
use crate::yaml::Node;

/// The one contradiction after a change of the published facts.
fn contradiction(name: &str, from: &str, to: &str) -> String {
    let found = Fixture::with(name, from, to).import().contradictions;
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn extension(fixture: &Fixture, column: &str, key: &str) -> Option<String> {
    fixture.at(&property(column)).unwrap().get(key).map(Node::to_string)
}

#[test]
fn the_target_of_a_foreign_key_is_renewed_and_its_delete_rule_stays() {
    let fixture = Fixture::with(TABLES, r#""table": "boxes""#, r#""table": "drawers""#).and(
        TABLES,
        r#""table": "people""#,
        r#""table": "users""#,
    );
    fixture.import();
    let expected = r#"{"table": "drawers", "on-delete": "cascade"}"#;
    assert_eq!(extension(&fixture, "box", "x-references").unwrap(), expected);
    let hidden = fixture.at(&["components", "schemas", "pens", "x-hidden-columns", "owner"]).unwrap().to_string();
    assert_eq!(hidden, r#"{"type": "integer", "references": {"table": "users", "on-delete": "restrict"}}"#);
}

#[test]
fn a_new_foreign_key_lacks_its_delete_rule() {
    let fixture = Fixture::with(OURS, "{table: boxes, on-delete: cascade}", "{table: boxes}");
    let place = "pens.yaml#/components/schemas/pens/properties/box";
    assert_eq!(fixture.import().lacking, [format!("{place}: the foreign key has no delete rule (on-delete)")]);
}

#[test]
fn a_foreign_key_that_is_no_longer_published_goes() {
    let fixture = Fixture::with(TABLES, r#""references": [{"table": "boxes", "field": "ID"}], "#, "");
    assert_eq!(fixture.import().gone, ["pens.box: x-references"]);
    assert_eq!(extension(&fixture, "box", "x-references"), None);
}

#[test]
fn a_column_without_default_is_mandatory_unless_the_server_fills_it() {
    let fixture = Fixture::with(
        TABLES,
        r#"{"name": "ink", "type": "text", "notnull": true, "default": "''""#,
        r#"{"name": "ink", "type": "text", "notnull": true"#,
    );
    fixture.import();
    let mandatory = |column: &str| extension(&fixture, column, "x-required-on-create").is_some();
    assert_eq!(["ID", "box", "ink", "tip", "cap", "bought"].map(mandatory), [false, false, true, true, false, false]);
}

#[test]
fn fact_10_18_storage_length_and_index_of_a_column_are_renewed_from_the_table_reference() {
    let fixture = Fixture::with(TABLES, r#""type": "text""#, r#""type": "character varying(7)", "indexed": true"#).and(
        PUBLISHED,
        r#""maxLength": 9, "#,
        "",
    );
    fixture.import();
    assert_eq!(extension(&fixture, "ink", "x-max-length").unwrap(), "7");
    assert_eq!(extension(&fixture, "ink", "x-indexed").unwrap(), "true");
    let photo = fixture.at(&["components", "schemas", "pens", "x-ref-properties", "photo", "x-storage"]);
    assert_eq!(photo, Some("json".into()));
}

#[test]
fn what_the_table_reference_no_longer_says_goes() {
    let rule = r#"{"name": "dc_pens_state", "type": "check", "def": "CHECK (VALUE = ANY (ARRAY[0, 2]))"},"#;
    let place = r#"{"name": "c_pens_place", "type": "check", "def": "CHECK (box IS NULL OR owner IS NULL)"},"#;
    let fixture = Fixture::with(TABLES, r#""indexed": true, "#, "").and(TABLES, rule, "").and(TABLES, place, "");
    fixture.import();
    assert_eq!(extension(&fixture, "ID", "x-indexed"), None);
    assert_eq!(extension(&fixture, "state", "x-check"), None);
    assert_eq!(fixture.at(&["components", "schemas", "pens", "x-checks"]), None);
}

#[test]
fn rules_are_renewed_for_columns_and_rows() {
    let fixture = Fixture::with(TABLES, "CHECK (box IS NULL OR owner IS NULL)", "CHECK (num_nonnulls(box, owner) = 1)")
        .and(TABLES, "CHECK (VALUE = ANY (ARRAY[0, 2]))", "CHECK (VALUE >= 0 AND VALUE <= 2)");
    fixture.import();
    let checks = fixture.at(&["components", "schemas", "pens", "x-checks"]).unwrap().to_string();
    assert_eq!(checks, r#"[{"name": "c_pens_place", "exactly-one": ["box", "owner"]}]"#);
    assert_eq!(extension(&fixture, "state", "x-check").unwrap(), r#"{"min": 0, "max": 2}"#);
}

#[test]
fn a_unique_rule_known_by_name_alone_keeps_the_columns_that_we_wrote() {
    let fixture = Fixture::with(TABLES, "UNIQUE (ink, box)", "UNIQUE NULLS NOT DISTINCT (ink)").and(
        TABLES,
        r#"{"name": "u_pens_photo""#,
        r#"{"name": "u_pens_cap", "method": "btree"}, {"name": "u_pens_photo""#,
    );
    let report = fixture.import();
    let unique = fixture.at(&["components", "schemas", "pens", "x-unique"]).unwrap().to_string();
    let ink = r#"{"name": "u_pens_ink", "columns": ["ink"], "nulls-equal": true}"#;
    assert_eq!(
        unique,
        format!(r#"[{ink}, {{"name": "u_pens_cap"}}, {{"name": "u_pens_photo", "columns": ["photo"]}}]"#)
    );
    assert_eq!(report.lacking, ["pens.yaml#/components/schemas/pens: the unique rule \"u_pens_cap\" names no columns"]);
}

#[test]
fn two_defaults_are_a_contradiction_and_the_document_holds() {
    let said = contradiction(TABLES, r#""default": "''""#, r#""default": "'blue'""#);
    assert_eq!(
        said,
        "pens.ink: the default is \"\" in the document, \"blue\" in the table. Decision: the document's default holds."
    );
}

#[test]
fn two_views_of_null_are_a_contradiction() {
    let from_table = contradiction(
        TABLES,
        r#"{"name": "ink", "type": "text", "notnull": true"#,
        r#"{"name": "ink", "type": "text", "notnull": false"#,
    );
    assert_eq!(from_table, "pens.ink: is nullable in the table only. Decision: read as optional (x-nullable).");
    let from_document = contradiction(PUBLISHED, r#""maxLength": 9"#, r#""nullable": true"#);
    assert!(
        from_document.starts_with("pens.ink: is nullable in the document, not null in the table."),
        "{from_document}"
    );
}

#[test]
fn two_widths_of_a_number_are_a_contradiction() {
    let said = contradiction(PUBLISHED, "int64", "int32");
    assert!(said.starts_with("pens.bought: is a 64-bit column declared as int32."), "{said}");
}

#[test]
fn a_property_without_a_column_is_a_contradiction() {
    let property = r#""clip": {"type": "boolean", "description": "X"}, "ID": {"#;
    let fixture = Fixture::with(PUBLISHED, r#""ID": {"#, property);
    let said = fixture.import().contradictions;
    assert_eq!(said, ["pens.clip: has no column. Decision: it is stored like any other column."]);
    assert_eq!(extension(&fixture, "clip", "x-undocumented-column").unwrap(), "true");
}

#[test]
fn a_label_that_is_not_listed_is_a_contradiction() {
    let said = contradiction(PUBLISHED, "`1`=BROAD", "`1`=BROAD, `3`=BRUSH");
    assert_eq!(
        said,
        "/components/schemas/pens/properties/tip: 3 has the label BRUSH but is not listed. Decision: reading knows it."
    );
}

#[test]
fn a_listed_number_without_a_label_is_a_contradiction() {
    let said = contradiction(
        PUBLISHED,
        r#""tip": {"type": "integer", "enum": [0, 1]"#,
        r#""tip": {"type": "integer", "enum": [0, 1, 6]"#,
    );
    assert_eq!(
        said,
        "/components/schemas/pens/properties/tip: 6 is listed without a label. Decision: it is read as an unknown value."
    );
}

#[test]
fn a_list_of_texts_and_a_rule_that_disagree_are_two_contradictions() {
    let fixture = Fixture::with(
        PUBLISHED,
        r#""ink": {"type": "string""#,
        r#""ink": {"type": "string", "enum": ["red", "sepia"]"#,
    )
    .and(
        TABLES,
        r"CHECK (VALUE !~ '^[ \\t\\v]|[ \\t\\v]$|[\\r\\n]'::text)",
        "CHECK (VALUE = ANY (ARRAY['red'::text, 'blue'::text]))",
    );
    let expected = [
        "pens.ink: the table allows \"blue\" beyond the list. Decision: reading accepts what is stored.",
        "pens.ink: the table forbids \"sepia\" of the list. Decision: writing it breaks a rule.",
    ];
    assert_eq!(fixture.import().contradictions, expected);
}

#[test]
fn a_list_of_numbers_and_a_range_that_disagree_are_two_contradictions() {
    let fixture = Fixture::with(TABLES, "CHECK (VALUE = ANY (ARRAY[0, 2]))", "CHECK (VALUE >= 0 AND VALUE <= 1)");
    let expected = [
        "pens.state: the table allows 1 beyond the list. Decision: reading accepts what is stored.",
        "pens.state: the table forbids 2 of the list. Decision: writing it breaks a rule.",
    ];
    assert_eq!(fixture.import().contradictions, expected);
}

#[test]
fn a_rule_named_for_another_table_is_a_contradiction() {
    let said = contradiction(TABLES, "dc_pens_ink", "dc_quills_ink");
    assert_eq!(
        said,
        "pens.ink: the rule dc_quills_ink is named for another table. Decision: it binds the column that its name ends with."
    );
}

#[test]
fn a_dependency_that_is_no_column_is_a_contradiction() {
    let said = contradiction(PUBLISHED, "Has dependency on `box`", "Has dependency on `boxes`");
    assert!(said.starts_with("pens.boxes: the operations depend on it, but no column"), "{said}");
}

#[test]
fn labels_of_a_shared_enum_are_renewed_where_all_agree() {
    let state = r#""default": 0, "description": "Their words (`0`=FULL, `2`=EMPTY)"},
          "next""#;
    let next = r#""default": 0, "description": "Their words (`0`=FULL, `2`=EMPTY)"},
          "bought""#;
    let fixture = Fixture::with(PUBLISHED, state, &state.replace("EMPTY", "DRY")).and(
        PUBLISHED,
        next,
        &next.replace("EMPTY", "DRY"),
    );
    fixture.import();
    let value = fixture.at(&["x-enums", "State", "values", "2"]).unwrap().to_string();
    assert_eq!(value, r#"{"label": "DRY", "name": "Empty", "description": "Nothing left."}"#);
}

#[test]
fn a_label_that_is_no_longer_published_goes_with_our_words() {
    let fixture = Fixture::with(PUBLISHED, "`0`=FINE, `1`=BROAD", "`0`=FINE");
    assert_eq!(fixture.import().gone, ["/components/schemas/pens/properties/tip/x-enum/1"]);
}
