//! What an import renews, what it keeps, and what it reports.

use super::fixture::{Fixture, OURS, PUBLISHED, property};
use crate::yaml::Node;

const NOTHING: [&str; 0] = [];

#[test]
fn an_import_of_the_same_facts_changes_and_reports_nothing() {
    let fixture = Fixture::new();
    let before = fixture.ours();
    let report = fixture.import();
    assert_eq!(fixture.ours(), before);
    for lines in [report.new, report.gone, report.contradictions, report.lacking] {
        assert_eq!(lines, NOTHING);
    }
}

#[test]
fn facts_are_renewed_while_our_words_and_extensions_stay() {
    let fixture =
        Fixture::with(PUBLISHED, r#""ID": {"type": "integer", "format": "int32""#, r#""ID": {"type": "string""#);
    assert_eq!(fixture.import().new, NOTHING);
    let id = fixture.at(&property("ID")).unwrap();
    assert_eq!(id.get("type"), Some(&"string".into()));
    assert_eq!(id.get("format"), None);
    assert_eq!(id.get("description"), Some(&"Our words about the number.".into()));
    assert_eq!(id.get("x-primary-key"), Some(&true.into()));
}

#[test]
fn a_second_run_finds_everything_in_its_place() {
    let fixture = Fixture::new();
    fixture.write(OURS, "x-enums: {}\nx-origin: pens.json\nx-tables: true\n");
    fixture.import();
    let first = fixture.ours();
    fixture.import();
    assert_eq!(fixture.ours(), first);
}

#[test]
fn published_words_and_samples_are_never_taken_over() {
    let fixture = Fixture::new();
    fixture.write(OURS, "x-origin: pens.json\nx-tables: true\n");
    let report = fixture.import();
    assert!(!fixture.ours().contains("Their words"), "{}", fixture.ours());
    assert!(!fixture.ours().contains("example:"), "{}", fixture.ours());
    assert!(report.lacking.contains(&"pens.yaml#/paths/~1pens/post: no description".to_owned()), "{report:?}");
}

#[test]
fn the_edition_is_ours() {
    let fixture = Fixture::with(PUBLISHED, r#""openapi": "3.0.0""#, r#""openapi": "3.0.1""#);
    fixture.import();
    assert_eq!(fixture.at(&["openapi"]), Some("3.0.3".into()));
}

#[test]
fn a_new_operation_of_a_known_path_is_new_and_undescribed() {
    let delete =
        r#""/pens": {"delete": {"operationId": "losePen", "tags": ["pens"], "description": "X.", "responses": {}},"#;
    let fixture = Fixture::with(PUBLISHED, r#""/pens": {"#, delete);
    let report = fixture.import();
    assert_eq!(report.new, ["/paths/~1pens/delete"]);
    let place = "pens.yaml#/paths/~1pens/delete";
    let lacks = ["no description", "no summary", "no safety (x-verb or x-safety)"];
    assert_eq!(report.lacking, lacks.map(|lack| format!("{place}: {lack}")));
}

#[test]
fn a_new_property_and_a_new_parameter_are_new_and_undescribed() {
    let fixture = Fixture::with(
        PUBLISHED,
        r#"{"content": {"type": "string""#,
        r#"{"width": {"type": "number"}, "content": {"type": "string""#,
    )
    .and(PUBLISHED, r#""parameters": ["#, r#""parameters": [{"name": "page", "in": "query"}, "#);
    let report = fixture.import();
    let (parameter, property) = ("/paths/~1pens/post/parameters/0", "/components/schemas/picture/properties/width");
    assert_eq!(report.new, [parameter, property]);
    assert_eq!(report.lacking, [parameter, property].map(|place| format!("pens.yaml#{place}: no description")));
    let header = fixture.at(&["paths", "/pens", "post", "parameters"]).unwrap().as_list().unwrap()[1].clone();
    assert_eq!(header.get("description"), Some(&"Our words about the header.".into()));
}

#[test]
fn of_a_new_path_only_the_path_is_listed() {
    let path =
        r#""paths": {"/caps": {"get": {"operationId": "getCaps", "description": "X.", "responses": {"204": {}}}},"#;
    let fixture = Fixture::with(PUBLISHED, r#""paths": {"#, path);
    assert_eq!(fixture.import().new, ["/paths/~1caps"]);
    let phrase = fixture.at(&["paths", "/caps", "get", "responses", "204", "description"]);
    assert_eq!(phrase, Some("No Content".into()), "OpenAPI demands words here");
}

#[test]
fn what_is_no_longer_published_is_dropped_and_reported() {
    let fixture =
        Fixture::with(PUBLISHED, r#""get": {"operationId": "getColours""#, r#""patch": {"operationId": "getColours""#)
            .and(PUBLISHED, r#"{"content": {"type": "string", "description": "Their words"}}"#, "{}")
            .and(PUBLISHED, r#"[{"name": "If-Match", "in": "header", "schema": {"type": "string"}}]"#, "[]");
    let gone = [
        "/paths/~1pens/post/parameters/0 \"header If-Match\"",
        "/paths/~1colours/get",
        "/components/schemas/picture/properties/content",
    ];
    assert_eq!(fixture.import().gone, gone);
    assert_eq!(fixture.at(&["paths", "/colours", "get"]), None);
    assert!(!fixture.ours().contains("Our words about the bytes"));
}

#[test]
fn what_only_prose_documents_stays() {
    let fixture = Fixture::new();
    let prose = [&["paths", "/pens", "put"][..], &["components", "schemas", "lent"]];
    let before = prose.map(|path| fixture.at(path).unwrap());
    fixture.import();
    assert_eq!(prose.map(|path| fixture.at(path).unwrap()), before);
}

#[test]
fn what_is_published_at_last_is_prose_no_longer() {
    let lent = r#""schemas": {"lent": {"type": "object", "description": "X"},"#;
    let fixture = Fixture::with(PUBLISHED, r#""schemas": {"#, lent);
    assert_eq!(fixture.import().new, ["/components/schemas/lent (prose alone had it)"]);
    let schema = fixture.at(&["components", "schemas", "lent"]).unwrap();
    assert_eq!(schema.get("x-source"), None);
    assert_eq!(schema.get("description"), Some(&"Our words about a loan.".into()));
}

#[test]
fn words_beside_a_reference_go_with_the_reference() {
    let fixture = Fixture::with(
        PUBLISHED,
        r##""photo": {"$ref": "#/components/schemas/picture"}"##,
        r#""photo": {"type": "string"}"#,
    );
    assert_eq!(fixture.import().gone, ["/components/schemas/pens/x-ref-properties/photo"]);
    assert_eq!(fixture.at(&["components", "schemas", "pens", "x-ref-properties"]), None);
}

#[test]
fn words_inside_go_when_a_reference_takes_the_place() {
    let inline = r#""ink": {"type": "string", "maxLength": 9, "default": "", "description": "Their words"}"#;
    let fixture = Fixture::with(PUBLISHED, inline, r##""ink": {"$ref": "#/components/schemas/picture"}"##).and(
        "published/tables.json",
        r#""type": "text", "notnull": true, "default": "''""#,
        r#""type": "json", "notnull": false"#,
    );
    assert_eq!(fixture.import().gone, ["/components/schemas/pens/properties/ink (now a reference)"]);
}

#[test]
fn the_permission_of_an_operation_is_renewed() {
    let fixture =
        Fixture::with(PUBLISHED, "Requires `pens` permission.", "Requires writable `pens` or `case` permission.");
    fixture.import();
    let permission = fixture.at(&["paths", "/pens", "post", "x-permission"]).unwrap().to_string();
    assert_eq!(permission, r#"{"any": ["pens", "case"], "writable": true, "depends-on": {"any": ["box"]}}"#);
}

#[test]
fn what_sentences_say_about_a_property_is_renewed() {
    let fixture = Fixture::with(PUBLISHED, "(`0`=FINE, `1`=BROAD)", "").and(
        PUBLISHED,
        "(defaults to current date)",
        "(auto-reset)",
    );
    let report = fixture.import();
    assert_eq!(fixture.at(&property("tip")).unwrap().get("x-flag"), Some(&true.into()));
    assert_eq!(fixture.at(&property("bought")).unwrap().get("x-filled"), Some(&"change".into()));
    let gone = ["0", "1"].map(|code| format!("/components/schemas/pens/properties/tip/x-enum/{code}"));
    assert_eq!(report.gone, gone);
}

/// Our document with the length of `ink` changed to 20, and the change recorded as `recorded`.
fn deviating(recorded: &str) -> Fixture {
    let ours = "maxLength: 20\n          x-deviation: ";
    Fixture::with(OURS, "maxLength: 9\n", &format!("{ours}{recorded}\n"))
}

#[test]
fn a_deviation_holds_while_the_published_fact_is_the_recorded_one() {
    let fixture = deviating("{keyword: maxLength, published: 9, reason: Inks have long names.}");
    fixture.import();
    let ink = fixture.at(&property("ink")).unwrap();
    assert_eq!(ink.get("maxLength"), Some(&Node::Int(20)));
    assert!(ink.get("x-deviation").is_some());
}

#[test]
fn a_deviation_can_add_a_fact_or_take_one_away() {
    let added = Fixture::with(
        OURS,
        "maxLength: 9\n",
        "maxLength: 9\n          minLength: 1\n          x-deviation: {keyword: minLength, reason: X.}\n",
    );
    added.import();
    assert_eq!(added.at(&property("ink")).unwrap().get("minLength"), Some(&Node::Int(1)));
    let taken = Fixture::with(OURS, "maxLength: 9\n", "x-deviation: {keyword: maxLength, published: 9, reason: X.}\n");
    taken.import();
    assert_eq!(taken.at(&property("ink")).unwrap().get("maxLength"), None);
}

#[test]
fn a_deviation_that_no_longer_applies_is_an_error() {
    let deviation = "{keyword: maxLength, published: 8, reason: Inks have long names.}";
    let at = "pens.json: /components/schemas/pens/properties/ink/x-deviation";
    let refusal = deviating(deviation).refusal();
    assert_eq!(refusal, format!("{at}: the deviation no longer applies: published is 9, recorded is 8"));
    let unpublished = deviating(&deviation.replace('8', "9")).and(PUBLISHED, r#""maxLength": 9, "#, "").refusal();
    assert_eq!(unpublished, format!("{at}: the deviation no longer applies: published is nothing, recorded is 9"));
}

#[test]
fn a_deviation_that_says_too_little_or_nothing_is_an_error() {
    let says = |recorded: &str, problem: &str| {
        let refusal = deviating(recorded).refusal();
        assert!(refusal.ends_with(problem), "{refusal}");
    };
    says("{keyword: maxLength, published: 9}", "/x-deviation: no reason");
    says("{published: 9, reason: X.}", "/x-deviation: no keyword");
    says("{keyword: maxlength, published: 9, reason: X.}", "\"maxlength\" is not a fact of Schema");
    let same = Fixture::with(
        OURS,
        "maxLength: 9\n",
        "maxLength: 9\n          x-deviation: {keyword: maxLength, published: 9, reason: X.}\n",
    );
    assert!(same.refusal().ends_with("the deviation changes nothing: 9 is published"));
}
