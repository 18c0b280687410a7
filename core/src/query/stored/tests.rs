//! Queries are read back as they were, and nothing else is.

use serde_json::json;

use super::*;
use crate::model::Id;
use crate::query::{Column, Columns, FilterMember, ForeignKey, JsonRow};

#[derive(serde::Deserialize)]
struct Pen {}
impl Model for Pen {
    const RESOURCE: &'static str = "pens";
    const COLUMNS: &'static Columns = &Columns {
        whole: &["ID", "width"],
        text: &["ink", "extdata"],
        float: &["price"],
        unindexed: &["made"],
        keys: &[("owner", Columns::of::<User>)],
        ..Columns::NONE
    };
}

#[derive(serde::Deserialize)]
struct User {}
impl Model for User {
    const RESOURCE: &'static str = "users";
    const COLUMNS: &'static Columns =
        &Columns { text: &["name"], keys: &[("boss", Columns::of::<User>)], ..Columns::NONE };
}

const ID: Column<Pen, Id<Pen>> = Column::new("ID");
const INK: Column<Pen, String> = Column::new("ink");
const WIDTH: Column<Pen, i64> = Column::new("width");
const MADE: Column<Pen, i64> = Column::new("made");
const OWNER: Column<Pen, Option<Id<User>>, ForeignKey> = Column::new("owner");
const NAME: Column<User, String> = Column::new("name");

crate::projection! {
    struct Line from Pen {
        owner: Option<String> = OWNER.then(NAME),
        id: Id<Pen> = ID,
    }
}

fn sent<P>(query: Query<Pen, P>) -> String {
    query.into_fields(FilterMember::Filters).unwrap().text()
}

#[test]
fn what_was_stored_is_read_back() {
    let same = |query: Query<Pen>| {
        let read = Query::<Pen>::from_json(&query.to_json()).unwrap();
        assert_eq!(read.to_json(), query.to_json());
        let sorted = |query: &Query<Pen>| {
            let mut shown: Vec<String> = query.conditions().iter().map(|condition| format!("{condition:?}")).collect();
            shown.sort();
            shown
        };
        assert_eq!(sorted(&read), sorted(&query));
        assert_eq!(sent(read), sent(query));
    };
    same(Query::new());
    same(Query::new().filter(INK.eq("red") & WIDTH.between(1..9)).sort([OWNER.then(NAME).asc(), ID.desc()]).limit(7));
    same(Query::new().filter(INK.like("a%") & INK.like("%b") & !(WIDTH.eq(1) | OWNER.is_null())).offset(3).distinct());
    same(Query::new().filter(OWNER.then(NAME).one_of(["mara"])).filter(INK.ne("x")).search("blue").verified());
    let none: [i64; 0] = [];
    same(Query::new().filter(WIDTH.one_of(none)));
}

#[test]
fn rows_keep_their_columns_and_their_order() {
    let query = Query::<Pen>::new().select::<Line>();
    let read = Query::<Pen, Line>::from_json(&query.to_json()).unwrap();
    assert_eq!(sent(read), r#"{"fields":{"owner":"owner.name","id":"ID"}}"#);
    let untyped = Query::<Pen>::new().select_aliases([("z", "ink"), ("a", "extdata.tier")]);
    let read = Query::<Pen, JsonRow>::from_json(&untyped.to_json()).unwrap();
    assert_eq!(sent(read), r#"{"fields":{"z":"ink","a":"extdata.tier"}}"#);
    let paths = Query::<Pen>::new().select_paths(["ink", "ID"]);
    assert_eq!(sent(Query::<Pen, JsonRow>::from_json(&paths.to_json()).unwrap()), r#"{"fields":["ink","ID"]}"#);
    let other = Query::<Pen>::from_json(&query.to_json()).unwrap_err();
    assert_eq!(other, QueryError::Selection, "whole records have all columns");
    assert_eq!(Query::<Pen, Line>::from_json(&untyped.to_json()).unwrap_err(), QueryError::Selection);
}

#[test]
fn what_is_not_known_is_named() {
    let cases = [
        (json!({"filters": {"colour": 1}}), "there is no column `colour`"),
        (json!({"filters": {"0": ["OR", {"ink": "a"}, {"owner.nmae": "b"}]}}), "there is no column `owner.nmae`"),
        (json!({"filters": {"extdata": "b"}}), "there is no column `extdata`"),
        (json!({"filters": {"ink.name": "b"}}), "there is no column `ink.name`"),
        (json!({"filters": {"ink": {"BETWEEN": [1, 2]}}}), "there is no operator `BETWEEN` (column `ink`)"),
        (json!({"filters": {"0": ["XOR", {"ink": "a"}]}}), "there is no operator `XOR`"),
        (
            json!({"filters": {"width": 7, "ink": {}}}),
            "`ink` is an object and has to be a value or an object with an operator",
        ),
        (
            json!({"filters": {"0": ["NOT", {"owner.name": {}}]}}),
            "`owner.name` is an object and has to be a value or an object with an operator",
        ),
        (
            json!({"filters": {"width": [1, 2]}}),
            "`width` is a list and has to be one value, or an object with an operator",
        ),
        (json!({"filters": {"width": {"=": [1, 2]}}}), "`width` is a list and has to be one value"),
        (json!({"filters": {"ink": {"!IN": ["a", {"b": 1}]}}}), "`ink` is an object and has to be one value"),
        (json!({"sort": ["+-ID"]}), "there is no column `-ID`"),
        (
            json!({"filters": {"0": ["NOT", {"ink": "a"}, {"ink": "b"}]}}),
            "`filters` is a list and has to be NOT with one condition",
        ),
        (json!({"filters": {"width": {"IN": 7}}}), "`width` is a number and has to be a list"),
        (json!({"sort": ["+colour"]}), "there is no column `colour`"),
        (json!({"expand": ["colour"]}), "there is no column `colour`"),
        (json!({"export": true}), "a stored query has no member `export`"),
        (json!({"limit": "7"}), "`limit` is a text and has to be a number of rows"),
        (json!({"distinct": "yes"}), "`distinct` is a text and has to be yes or no"),
    ];
    for (request, wanted) in cases {
        let stored = json!({"resource": "pens", "request": request});
        let error = Query::<Pen>::from_json(&stored).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), wanted, "{stored}");
    }
    let other = json!({"resource": "users", "request": {}});
    let error = Query::<Pen>::from_json(&other).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "it is a query for `users`, and not for `pens`");
    assert!(Query::<Pen>::from_json(&json!([])).is_err() && Query::<Pen>::from_json(&json!({})).is_err());
    let more = json!({"resource": "pens", "request": {}, "limit": 3});
    assert_eq!(Query::<Pen>::from_json(&more).map(|_| ()).unwrap_err(), QueryError::Member("limit".to_owned()));
}

#[test]
fn what_stands_beside_the_request_is_what_it_has_to_be() {
    let fields = json!({"a": "ink", "b": "ID"});
    let read = |name: &str, member: Json, fields: &Json| {
        let mut stored = json!({"resource": "pens", "request": {"fields": fields}});
        stored[name] = member;
        Query::<Pen, JsonRow>::from_json(&stored)
    };
    for (name, member, wanted) in [
        ("verified", json!("true"), "`verified` is a text and has to be true or false"),
        ("verified", json!(1), "`verified` is a number and has to be true or false"),
        ("verified", Json::Null, "`verified` is null and has to be true or false"),
        ("columns", json!("a"), "`columns` is a text and has to be a list of texts"),
        ("columns", json!([1]), "`columns` is a number and has to be a list of texts"),
        ("columns", json!(["a", "a"]), "`columns` is a list and has to be names of `fields`, each once"),
        ("columns", json!(["c"]), "`columns` is a list and has to be names of `fields`, each once"),
    ] {
        assert_eq!(read(name, member, &fields).map(|_| ()).unwrap_err().to_string(), wanted);
    }
    assert!(read("columns", json!(["ink"]), &json!(["ink"])).is_err(), "paths have no names");
    assert!(!read("verified", json!(false), &fields).unwrap().is_verified());
    let ordered = read("columns", json!(["b", "a"]), &fields).unwrap();
    assert_eq!(sent(ordered), r#"{"fields":{"b":"ID","a":"ink"}}"#);
}

#[test]
fn a_name_given_twice_is_sent_once() {
    let query = Query::<Pen>::new().select_aliases([("a", "ink"), ("b", "width"), ("a", "ID")]);
    assert_eq!(sent(query.clone()), r#"{"fields":{"a":"ID","b":"width"}}"#);
    assert_eq!(sent(Query::<Pen, JsonRow>::from_json(&query.to_json()).unwrap()), sent(query));
}

/// A condition that every row meets is none, so that nothing takes the query for one that means some rows.
#[test]
fn conditions_of_nothing_are_simplified_when_they_are_read() {
    let read = |filters: Json| {
        let stored = json!({"resource": "pens", "request": {"filters": filters}});
        Query::<Pen>::from_json(&stored).unwrap()
    };
    for filters in [
        json!({}),
        json!({"width": {"!IN": []}}),
        json!({"0": ["AND"]}),
        json!({"0": ["OR", {"width": 0}, {}]}),
        json!({"0": ["NOT", {"width": {"IN": []}}]}),
        json!({"0": ["OR", {"width": 0}, {"0": ["NOT", {"0": ["OR"]}]}], "ink": {"!IN": []}}),
    ] {
        let query = read(filters.clone());
        assert!(query.conditions().is_empty(), "{filters}");
        assert_eq!(sent(query), "{}", "{filters}");
    }
    for filters in [json!({"width": {"IN": []}}), json!({"0": ["OR"]}), json!({"ink": "a", "0": ["NOT", {}]})] {
        assert_eq!(sent(read(filters)), r#"{"filters":{"ID":0}}"#);
    }
    assert_eq!(sent(read(json!({"ink": "a", "width": {"!IN": []}}))), r#"{"filters":{"ink":"a"}}"#);
}

#[test]
fn a_limit_that_no_list_has_is_refused_when_it_is_sent() {
    let stored = json!({"resource": "pens", "request": {"limit": 20_000}});
    let query = Query::<Pen>::from_json(&stored).unwrap();
    assert!(query.into_fields(FilterMember::Filters).is_err());
}

#[test]
fn filters_on_times_without_an_index_are_known() {
    let slow = |query: Query<Pen>| query.unindexed();
    assert_eq!(slow(Query::new().filter(MADE.ge(7) & INK.eq("a"))), ["made"]);
    assert_eq!(slow(Query::new().filter(!(MADE.ge(7) | MADE.lt(3)))), ["made"], "each once");
    assert!(slow(Query::new().filter(INK.eq("a")).sort(MADE.asc())).is_empty());
}
