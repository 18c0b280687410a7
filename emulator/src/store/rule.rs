//! Turns the check rules of the data file into SQL conditions. A null passes every rule, as SQL's three-valued logic
//! has it. It knows the words of rules, and no table.

use serde_json::Value;

use crate::schema::Rule;

/// The condition for a rule. `own` is the column that a rule about a single column means.
pub(crate) fn condition(rule: &Rule, own: Option<&str>) -> Result<String, String> {
    let column = rule.get("column").and_then(Value::as_str).or(own);
    let mut parts = Vec::new();
    for (word, value) in rule {
        match word.as_str() {
            "column" | "name" | "otherwise" => {}
            "all" => parts.push(nested(value, " AND ")?),
            "any" => parts.push(nested(value, " OR ")?),
            "cases" => parts.push(cases(value, rule.get("otherwise"))?),
            "at-most-one" => parts.push(format!("{} <= 1", filled(value)?)),
            "exactly-one" => parts.push(format!("{} = 1", filled(value)?)),
            "in-order" => parts.push(pair(value, "<=")?),
            "distinct" => parts.push(pair(value, "IS NOT")?),
            word => {
                let column = column.ok_or_else(|| format!("the rule {word:?} names no column"))?;
                parts.push(about(&quoted(column), word, value)?);
            }
        }
    }
    Ok(if parts.is_empty() { "1".to_owned() } else { format!("({})", parts.join(" AND ")) })
}

/// A column or table name in quotes.
pub(crate) fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    put_quoted(&mut quoted, name);
    quoted
}

/// Appends it.
pub(crate) fn put_quoted(sql: &mut String, name: &str) {
    sql.push('"');
    if name.contains('"') {
        sql.push_str(&name.replace('"', "\"\""));
    } else {
        sql.push_str(name);
    }
    sql.push('"');
}

/// A value of the data file as an SQL literal.
pub(crate) fn literal(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok("NULL".to_owned()),
        Value::Bool(flag) => Ok(i64::from(*flag).to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(format!("'{}'", text.replace('\'', "''"))),
        other => Err(format!("{other} is not a value of a column")),
    }
}

fn literals(values: &Value) -> Result<String, String> {
    literal_list(list(values)?)
}

/// A list of literals in parentheses, without null, which passes anyway.
pub(crate) fn literal_list(values: &[Value]) -> Result<String, String> {
    let literals = values.iter().filter(|value| !value.is_null()).map(literal).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("({})", literals.join(", ")))
}

/// What a rule says about one column.
fn about(column: &str, word: &str, value: &Value) -> Result<String, String> {
    Ok(match word {
        "min" => format!("{column} >= {}", literal(value)?),
        "max" => format!("{column} <= {}", literal(value)?),
        "above" => format!("{column} > {}", literal(value)?),
        "equals" => format!("{column} = {}", literal(value)?),
        "not" => format!("{column} <> {}", literal(value)?),
        "one-of" => format!("{column} IN {}", literals(value)?),
        "none-of" => format!("{column} NOT IN {}", literals(value)?),
        "null" if value == &Value::Bool(true) => format!("{column} IS NULL"),
        "null" => format!("{column} IS NOT NULL"),
        "text" => format!("text_class({}, {column})", literal(value)?),
        "matches" => format!("text_matches({}, {column})", literal(value)?),
        "matches-not" => format!("NOT text_matches({}, {column})", literal(value)?),
        "bits" => format!("length({column}) * 8 = {}", literal(value)?),
        "json" => format!("json_type({column}) IN {}", literals(value)?),
        "not-empty" => format!("json_filled({column})"),
        other => return Err(format!("the word {other:?} of a rule is not known")),
    })
}

fn nested(rules: &Value, joint: &str) -> Result<String, String> {
    let parts = list(rules)?.iter().map(sub).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("({})", parts.join(joint)))
}

fn cases(cases: &Value, otherwise: Option<&Value>) -> Result<String, String> {
    let mut sql = "CASE".to_owned();
    for case in list(cases)? {
        let part = |name: &str| case.get(name).ok_or_else(|| format!("a case without {name:?}")).and_then(sub);
        sql += &format!(" WHEN {} THEN {}", part("when")?, part("then")?);
    }
    let rest = otherwise.map_or(Ok("1".to_owned()), sub)?;
    Ok(format!("({sql} ELSE {rest} END)"))
}

fn sub(rule: &Value) -> Result<String, String> {
    condition(rule.as_object().ok_or_else(|| format!("{rule} is not a rule"))?, None)
}

/// The number of columns that hold a value.
fn filled(columns: &Value) -> Result<String, String> {
    let names = list(columns)?.iter().map(|name| Ok(format!("({} IS NOT NULL)", column_name(name)?)));
    Ok(format!("({})", names.collect::<Result<Vec<_>, String>>()?.join(" + ")))
}

fn pair(columns: &Value, sign: &str) -> Result<String, String> {
    match list(columns)? {
        [left, right] => Ok(format!("{} {sign} {}", column_name(left)?, column_name(right)?)),
        other => Err(format!("{} columns where two belong", other.len())),
    }
}

fn column_name(name: &Value) -> Result<String, String> {
    name.as_str().map(quoted).ok_or_else(|| format!("{name} is not a column"))
}

fn list(value: &Value) -> Result<&[Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{value} is not a list"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::functions;

    fn holds(rule: &str, row: &str) -> Option<bool> {
        let rule: Rule = serde_json::from_str(rule).unwrap();
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        functions::register(&connection).unwrap();
        let sql = format!("SELECT {} FROM (SELECT {row})", condition(&rule, Some("v")).unwrap());
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn ranges_take_their_bounds_and_pass_null() {
        assert_eq!(holds(r#"{"min":0,"max":4}"#, "4 AS v"), Some(true));
        assert_eq!(holds(r#"{"min":0,"max":4}"#, "5 AS v"), Some(false));
        assert_eq!(holds(r#"{"above":0}"#, "0 AS v"), Some(false));
        assert_eq!(holds(r#"{"min":0}"#, "NULL AS v"), None);
    }

    #[test]
    fn text_classes_refuse_what_they_are_named_for() {
        assert_eq!(holds(r#"{"text":"line"}"#, "'' AS v"), Some(true));
        assert_eq!(holds(r#"{"text":"filled-line"}"#, "'' AS v"), Some(false));
        assert_eq!(holds(r#"{"text":"line"}"#, "'a ' AS v"), Some(false));
        assert_eq!(holds(r#"{"text":"block"}"#, "'a' || char(10) || 'b' AS v"), Some(true));
        assert_eq!(holds(r#"{"text":"end-trimmed"}"#, "' a' AS v"), Some(true));
    }

    #[test]
    fn patterns_match_or_must_not() {
        assert_eq!(holds(r#"{"matches":"^[A-Z]{3}$"}"#, "'EUR' AS v"), Some(true));
        assert_eq!(holds(r#"{"matches":"^[A-Z]{3}$"}"#, "'EURO' AS v"), Some(false));
        assert_eq!(holds(r#"{"matches-not":"//"}"#, "'a//b' AS v"), Some(false));
    }

    #[test]
    fn columns_are_counted_and_compared() {
        assert_eq!(holds(r#"{"exactly-one":["a","b"]}"#, "1 AS a, NULL AS b"), Some(true));
        assert_eq!(holds(r#"{"exactly-one":["a","b"]}"#, "NULL AS a, NULL AS b"), Some(false));
        assert_eq!(holds(r#"{"at-most-one":["a","b"]}"#, "1 AS a, 2 AS b"), Some(false));
        assert_eq!(holds(r#"{"in-order":["a","b"]}"#, "2 AS a, 1 AS b"), Some(false));
        assert_eq!(holds(r#"{"distinct":["a","b"]}"#, "2 AS a, NULL AS b"), Some(true));
    }

    #[test]
    fn cases_choose_the_first_that_fits() {
        let rule = r#"{
            "cases": [{"when": {"column": "t", "equals": 0}, "then": {"column": "c", "not": ""}}],
            "otherwise": {"column": "c", "equals": ""}
        }"#;
        assert_eq!(holds(rule, "0 AS t, 'x' AS c"), Some(true));
        assert_eq!(holds(rule, "0 AS t, '' AS c"), Some(false));
        assert_eq!(holds(rule, "1 AS t, 'x' AS c"), Some(false));
    }

    #[test]
    fn json_is_held_to_its_shape() {
        assert_eq!(holds(r#"{"json":["object"]}"#, "'{}' AS v"), Some(true));
        assert_eq!(holds(r#"{"json":["object"]}"#, "'[]' AS v"), Some(false));
        assert_eq!(holds(r#"{"json":["object"],"not-empty":true}"#, "'{}' AS v"), Some(false));
        assert_eq!(holds(r#"{"json":["object"],"not-empty":true}"#, "'{\"a\":1}' AS v"), Some(true));
    }

    #[test]
    fn a_word_that_is_not_known_stops_the_start() {
        let rule: Rule = serde_json::from_str(r#"{"sounds-like":"x"}"#).unwrap();
        assert!(condition(&rule, Some("v")).is_err());
    }
}
