//! Filters: entries that must all hold, and numbered groups of filters joined by AND, OR or NOT. It knows the
//! grammar; the single conditions are `operator.rs`'s.

use std::collections::HashMap;

use super::list_request::is_number;
use super::operator::{among, condition};
use super::scope::{PathTarget, Scope};
use crate::http::{Failure, Published};
use crate::json::Json;
use crate::switches::NotMany;

/// Whether a filter is taken at its word, or drops conditions on foreign keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForeignKeys {
    Honoured,
    Dropped,
}

/// How deep groups may stand in each other.
const DEEPEST: usize = 100;

/// The condition for a filter.
pub(crate) fn compile(scope: &mut Scope<'_>, filter: &Json, keys: ForeignKeys) -> Result<String, Failure> {
    within(scope, filter, keys, 0)
}

/// The condition for a filter that is nested in so many groups.
fn within(scope: &mut Scope<'_>, filter: &Json, keys: ForeignKeys, depth: usize) -> Result<String, Failure> {
    let entries = filter.as_object().ok_or_else(|| Failure::bad_request("a filter must be an object"))?;
    if entries.is_empty() {
        scope.count_terms(1)?;
    }
    let mut parts = Vec::new();
    for (name, value) in entries {
        if is_number(name) {
            parts.push(group(scope, value, keys, depth + 1)?);
        } else {
            parts.extend(entry(scope, name, value, keys)?);
        }
    }
    Ok(joined(&parts, " AND "))
}

/// One path with a plain value or with operators.
fn entry(scope: &mut Scope<'_>, path: &str, value: &Json, keys: ForeignKeys) -> Result<Option<String>, Failure> {
    scope.count_terms(value.as_object().map_or(1, |operators| operators.len().max(1)))?;
    let place = scope.resolve(path, Published::Field)?;
    if keys == ForeignKeys::Dropped && is_foreign_key(&place) {
        return Ok(None);
    }
    let Some(operators) = value.as_object() else { return condition(scope, &place, "=", value).map(Some) };
    let parts = operators.iter().map(|(operator, value)| condition(scope, &place, operator, value));
    let parts: Vec<String> = parts.collect::<Result<_, _>>()?;
    Ok(Some(joined(&parts, " AND ")))
}

fn is_foreign_key(place: &PathTarget) -> bool {
    matches!(place, PathTarget::Column { column, own: true, .. } if column.references.is_some())
}

/// `["AND", filter, ...]`, `["OR", filter, ...]` or `["NOT", filter]`.
fn group(scope: &mut Scope<'_>, value: &Json, keys: ForeignKeys, depth: usize) -> Result<String, Failure> {
    if depth > DEEPEST {
        return Err(Failure::bad_request(&format!("the filter has a depth of more than {DEEPEST} groups")));
    }
    let bad = || Failure::bad_request("a group is a list of AND, OR or NOT and filters");
    let [word, operands @ ..] = value.as_list().ok_or_else(bad)? else { return Err(bad()) };
    if operands.is_empty() {
        return Err(bad());
    }
    scope.count_terms(1)?;
    let parts: Vec<String> = match word.as_text() {
        Some("OR") => {
            alternatives(operands).iter().map(|one| alternative(scope, one, keys, depth)).collect::<Result<_, _>>()?
        }
        _ => operands.iter().map(|operand| within(scope, operand, keys, depth)).collect::<Result<_, _>>()?,
    };
    match (word.as_text(), scope.switches().not_many) {
        (Some("AND"), _) => Ok(joined(&parts, " AND ")),
        (Some("OR"), _) => Ok(joined(&parts, " OR ")),
        (Some("NOT"), NotMany::NotAnd) => Ok(format!("NOT ({})", joined(&parts, " AND "))),
        (Some("NOT"), NotMany::Nor) => Ok(format!("NOT ({})", joined(&parts, " OR "))),
        _ => Err(bad()),
    }
}

/// One of the ways in which an OR holds.
enum Alternative<'a> {
    Filter(&'a Json),
    /// A path that has one of these values.
    Among(&'a str, Vec<Json>),
}

/// The ways in which an OR holds. Those that compare one path with plain values are one: as many comparisons would be as many
/// terms for the database to plan.
fn alternatives(operands: &[Json]) -> Vec<Alternative<'_>> {
    let mut found = Vec::new();
    let mut places: HashMap<(&str, bool), usize> = HashMap::new();
    for operand in operands {
        let Some((path, value)) = comparison(operand) else {
            found.push(Alternative::Filter(operand));
            continue;
        };
        // A custom field compares with numbers otherwise than with texts.
        let key = (path, matches!(value, Json::Text(_)));
        let place = *places.entry(key).or_insert(found.len());
        match found.get_mut(place) {
            Some(Alternative::Among(_, values)) => values.push(value.clone()),
            _ => found.push(Alternative::Among(path, vec![value.clone()])),
        }
    }
    found
}

/// The path and value of a filter that is one comparison with a text or a number.
fn comparison(filter: &Json) -> Option<(&str, &Json)> {
    match filter.as_object()? {
        [(path, value @ (Json::Text(_) | Json::Int(_) | Json::Float(_)))] if !is_number(path) => Some((path, value)),
        _ => None,
    }
}

fn alternative(
    scope: &mut Scope<'_>,
    alternative: &Alternative<'_>,
    keys: ForeignKeys,
    depth: usize,
) -> Result<String, Failure> {
    match alternative {
        Alternative::Filter(filter) => within(scope, filter, keys, depth),
        Alternative::Among(path, values) => {
            scope.count_terms(1)?;
            let place = scope.resolve(path, Published::Field)?;
            if keys == ForeignKeys::Dropped && is_foreign_key(&place) {
                return Ok(joined(&[], ""));
            }
            match values.as_slice() {
                [value] => condition(scope, &place, "=", value),
                _ => among(scope, &place, &Json::List(values.clone()), "IN"),
            }
        }
    }
}

/// Conditions joined into a balanced tree: SQLite bounds the depth of an expression, and a chain is as deep as it is
/// long.
pub(crate) fn joined(parts: &[String], joint: &str) -> String {
    match parts {
        [] => "1".to_owned(),
        [one] => format!("({one})"),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            format!("({}{joint}{})", joined(left, joint), joined(right, joint))
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::*;
    use crate::schema::Schema;
    use crate::store::{Mode, Store};
    use crate::switches::{NullFilter, Switches};

    const ROWS: &str = "
        INSERT INTO users (ID, creationdate, lastmodified, name, email) VALUES (7, 0, 0, 'mara', 'mara@nordwind.example');
        INSERT INTO tickets (ID, creationdate, lastmodified, date, name, status, priority, duedate, assigneduser) VALUES
            (1, 0, 0, 0, 'Pump seal leaks', 4, 4, 100, 7),
            (2, 0, 0, 0, 'label printer', 0, 2, NULL, NULL),
            (3, 0, 0, 0, 'Seal 40mm', 1, 1, 300, NULL);
        INSERT INTO _extdata VALUES ('tickets', 1, 'tier', 'gold', NULL, '\"gold\"'), ('tickets', 3, 'size', '40', 40, '40');";

    fn found_with(filter: &str, switches: &Switches, keys: ForeignKeys) -> Result<Vec<i64>, Failure> {
        let schema = Schema::embedded().unwrap();
        let store = Store::open(None, schema).unwrap();
        let (name, table) = schema.table("tickets").unwrap();
        store.run(Mode::Write, |db| {
            db.execute_batch(ROWS)?;
            let mut scope = Scope::new(schema, switches, name, table);
            let condition = compile(&mut scope, &Json::parse(filter.as_bytes()).unwrap(), keys)?;
            let sql = format!("SELECT t.ID FROM {} WHERE {condition} ORDER BY t.ID", scope.from());
            let mut statement = db.prepare(&sql)?;
            let rows = statement.query_map(params_from_iter(scope.into_params()), |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn found(filter: &str) -> Vec<i64> {
        found_with(filter, &Switches::default(), ForeignKeys::Honoured).unwrap()
    }

    fn refused(filter: &str) -> bool {
        let found = found_with(filter, &Switches::default(), ForeignKeys::Honoured);
        matches!(found, Err(Failure::Answer(_) | Failure::Published(..)))
    }

    #[test]
    fn every_operator_does_what_it_says() {
        let table: [(&str, &[i64]); 21] = [
            (r#"{"status":4}"#, &[1]),
            (r#"{"status":{"=":4}}"#, &[1]),
            (r#"{"status":{"!=":4}}"#, &[2, 3]),
            (r#"{"status":{"<>":4}}"#, &[2, 3]),
            (r#"{"priority":{"<":2}}"#, &[3]),
            (r#"{"priority":{"<=":2}}"#, &[2, 3]),
            (r#"{"priority":{">":2}}"#, &[1]),
            (r#"{"priority":{">=":2}}"#, &[1, 2]),
            (r#"{"ID":{"IN":[1,"3",9]}}"#, &[1, 3]),
            (r#"{"ID":{"!IN":[1,3]}}"#, &[2]),
            (r#"{"name":{"~":"[Ss]eal"}}"#, &[1, 3]),
            (r#"{"name":{"~*":"^seal"}}"#, &[3]),
            (r#"{"name":{"!~":"seal"}}"#, &[2, 3]),
            (r#"{"name":{"!~*":"seal"}}"#, &[2]),
            (r#"{"name":{"~~":"%seal%"}}"#, &[1]),
            (r#"{"name":{"~~*":"%SEAL%"}}"#, &[1, 3]),
            (r#"{"name":{"!~~":"%seal%"}}"#, &[2, 3]),
            (r#"{"name":{"!~~*":"%seal%"}}"#, &[2]),
            (r#"{"name":{">=":"T"}}"#, &[2]),
            (r#"{"ID":{"IN":[]}}"#, &[]),
            (r#"{"ID":{"!IN":[]}}"#, &[1, 2, 3]),
        ];
        for (filter, rows) in table {
            assert_eq!(found(filter), rows, "{filter}");
        }
    }

    #[test]
    fn operators_of_one_object_must_all_hold() {
        assert_eq!(found(r#"{"priority":{">=":1,"<":4}}"#), [2, 3]);
        assert_eq!(found(r#"{"priority":{}}"#), [1, 2, 3]);
        assert_eq!(found("{}"), [1, 2, 3]);
    }

    #[test]
    fn groups_nest() {
        assert_eq!(found(r#"{"1":["OR",{"status":4},{"priority":1}]}"#), [1, 3]);
        assert_eq!(found(r#"{"0":["AND",{"status":{"IN":[1,4]}},{"0":["NOT",{"priority":4}]}]}"#), [3]);
        assert_eq!(found(r#"{"status":{"<":4},"7":["NOT",{"0":["OR",{"ID":2},{"ID":1}]}]}"#), [3]);
    }

    #[test]
    fn not_over_several_operands_follows_the_switch() {
        let filter = r#"{"0":["NOT",{"status":4},{"priority":1}]}"#;
        assert_eq!(found(filter), [1, 2, 3]);
        let switches = Switches { not_many: NotMany::Nor, ..Switches::default() };
        assert_eq!(found_with(filter, &switches, ForeignKeys::Honoured).unwrap(), [2]);
    }

    #[test]
    fn null_fails_every_comparison_but_that_with_null() {
        assert_eq!(found(r#"{"duedate":{"!=":100}}"#), [3]);
        assert_eq!(found(r#"{"duedate":{"!IN":[100]}}"#), [3]);
        assert_eq!(found(r#"{"duedate":null}"#), [2]);
        assert_eq!(found(r#"{"duedate":{"=":null}}"#), [2]);
        assert_eq!(found(r#"{"duedate":{"<>":null}}"#), [1, 3]);
        assert_eq!(found(r#"{"duedate":{"<":null}}"#), [0; 0]);
        let switches = Switches { null_filter: NullFilter::Never, ..Switches::default() };
        assert_eq!(found_with(r#"{"duedate":null}"#, &switches, ForeignKeys::Honoured).unwrap(), [0; 0]);
    }

    #[test]
    fn joined_columns_and_custom_fields_compare_too() {
        assert_eq!(found(r#"{"assigneduser.name":"mara"}"#), [1]);
        assert_eq!(found(r#"{"assigneduser.name":null}"#), [2, 3]);
        assert_eq!(found(r#"{"extdata.tier":"gold"}"#), [1]);
        assert_eq!(found(r#"{"extdata.size":{">":5}}"#), [3]);
        assert_eq!(found(r#"{"extdata.size":{"IN":[40]}}"#), [3]);
        assert_eq!(found(r#"{"extdata.size":{"IN":["40"]}}"#), [3]);
    }

    #[test]
    fn conditions_on_own_foreign_keys_may_be_dropped() {
        let all = found_with(r#"{"assigneduser":7}"#, &Switches::default(), ForeignKeys::Dropped).unwrap();
        assert_eq!(all, [1, 2, 3]);
        let joined = found_with(r#"{"assigneduser.name":"mara"}"#, &Switches::default(), ForeignKeys::Dropped).unwrap();
        assert_eq!(joined, [1]);
    }

    #[test]
    fn what_the_grammar_does_not_have_is_refused() {
        for filter in [
            r#"{"nothing":1}"#,
            r#"{"visibility.x":1}"#,
            r#"{"status":{"BETWEEN":[1,2]}}"#,
            r#"{"status":{"!!~":"a"}}"#,
            r#"{"status":{"~":"4"}}"#,
            r#"{"name":{"~":"("}}"#,
            r#"{"status":"open"}"#,
            r#"{"status":[4]}"#,
            r#"{"status":{"IN":4}}"#,
            r#"{"0":["XOR",{"ID":1}]}"#,
            r#"{"0":["AND"]}"#,
            r#"{"0":{"ID":1}}"#,
            r#"{"0":["OR",1]}"#,
        ] {
            assert!(refused(filter), "{filter}");
        }
    }

    #[test]
    fn values_are_never_part_of_the_text_of_a_statement() {
        assert_eq!(found(r#"{"name":"' OR 1=1 --"}"#), [0; 0]);
        assert!(refused(r#"{"name\" OR 1=1 --":1}"#));
        assert_eq!(found(r#"{"extdata.x' OR 1=1 --":"a"}"#), [0; 0]);
    }

    #[test]
    fn groups_nest_up_to_a_depth() {
        let nested = |depth: usize| {
            (0..depth)
                .fold(r#"{"ID":2}"#.to_owned(), |inner, _| format!(r#"{{"priority":{{">":0}},"0":["NOT",{inner}]}}"#))
        };
        assert_eq!((found(&nested(60)), found(&nested(100))), (vec![2], vec![2]));
        assert!(refused(&nested(101)));
    }

    #[test]
    fn alternatives_of_one_path_are_one_comparison_and_mean_the_same() {
        assert_eq!(found(r#"{"0":["OR",{"ID":1},{"name":"Seal 40mm"},{"ID":"3"},{"ID":2.5}]}"#), [1, 3]);
        assert_eq!(found(r#"{"0":["NOT",{"0":["OR",{"duedate":100},{"duedate":7}]}]}"#), [3], "null is neither");
        assert_eq!(
            found(r#"{"0":["OR",{"extdata.size":40},{"extdata.size":"gold"},{"extdata.tier":"gold"}]}"#),
            [1, 3]
        );
        assert_eq!(found(r#"{"0":["OR",{"extdata.size":"40"},{"extdata.size":"41"}]}"#), [3]);
        assert_eq!(found(r#"{"0":["OR",{"duedate":null},{"duedate":100}]}"#), [1, 2]);
        let dropped = r#"{"0":["OR",{"assigneduser":8},{"assigneduser":9}]}"#;
        assert_eq!(found_with(dropped, &Switches::default(), ForeignKeys::Dropped).unwrap(), [1, 2, 3]);
        assert!(refused(r#"{"0":["OR",{"status":4},{"status":"open"}]}"#));
    }

    #[test]
    fn terms_patterns_and_custom_fields_have_their_bounds() {
        let many = |count: usize, entry: &dyn Fn(usize) -> String| {
            let entries: Vec<String> = (0..count).map(entry).collect();
            format!("{{\"0\":[\"AND\",{}]}}", entries.join(","))
        };
        let terms = |count| many(count, &|index| format!("{{\"ID\":{{\"!=\":{index}}}}}"));
        assert!(!refused(&terms(400)) && refused(&terms(2000)));
        let patterns = |count| many(count, &|index| format!("{{\"name\":{{\"!~\":\"x{index}\"}}}}"));
        assert!(!refused(&patterns(100)) && refused(&patterns(101)));
        let customs = |count| many(count, &|index| format!("{{\"extdata.f{index}\":{{\"!=\":1}}}}"));
        assert!(!refused(&customs(50)) && refused(&customs(61)));
        assert!(refused(&format!("{{\"name\":{{\"~\":\"{}\"}}}}", "x".repeat(20_000))), "a pattern is not that long");
    }

    #[test]
    fn many_conditions_do_not_exceed_the_depth_of_an_expression() {
        let entries: Vec<String> = (0..5000).map(|index| format!("{{\"ID\":{index}}}")).collect();
        assert_eq!(found(&format!("{{\"0\":[\"OR\",{}]}}", entries.join(","))), [1, 2, 3]);
        let list: Vec<String> = (0..50_000).map(|index| index.to_string()).collect();
        assert_eq!(found(&format!("{{\"ID\":{{\"IN\":[{}]}}}}", list.join(","))), [1, 2, 3]);
    }
}
