//! Conditions out of their form on the wire.

use super::{QueryError, value};
use crate::model::Json;
use crate::query::columns::Columns;
use crate::query::filter::{Leaf, Node};
use crate::query::value::Comparison;

/// All spellings of operators.
const OPERATORS: [&str; 17] =
    ["=", "!=", "<>", "<", "<=", ">", ">=", "IN", "!IN", "~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*"];

/// Reads a filter object whose columns are among these.
pub(super) fn read(filter: &Json, columns: &Columns) -> Result<Node, QueryError> {
    let entries = filter.as_object().ok_or_else(|| value("filters", "an object", filter))?;
    // Comparisons come first, as they are written: the same one twice stands in a group.
    let (mut parts, mut groups) = (Vec::new(), Vec::new());
    for (name, entry) in entries {
        match name.parse::<u64>() {
            Ok(number) => groups.push((number, entry)),
            Err(_) => leaves(name, entry, columns, &mut parts)?,
        }
    }
    groups.sort_by_key(|(number, _)| *number);
    for (_, entry) in groups {
        parts.push(group(entry, columns)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Node::All(parts) })
}

fn group(entry: &Json, columns: &Columns) -> Result<Node, QueryError> {
    const WANTED: &str = "a list of a word and conditions";
    let list = entry.as_array().ok_or_else(|| value("filters", WANTED, entry))?;
    let Some((word, operands)) = list.split_first() else { return Err(value("filters", WANTED, entry)) };
    let mut nodes = operands.iter().map(|operand| read(operand, columns)).collect::<Result<Vec<_>, _>>()?;
    match word.as_str() {
        Some("AND") => Ok(Node::All(nodes)),
        Some("OR") => Ok(Node::Any(nodes)),
        // What NOT makes of several is not documented.
        Some("NOT") if nodes.len() == 1 => Ok(Node::Not(Box::new(nodes.remove(0)))),
        Some("NOT") => Err(value("filters", "NOT with one condition", entry)),
        Some(other) => Err(QueryError::Operator { column: String::new(), operator: other.to_owned() }),
        None => Err(value("filters", WANTED, word)),
    }
}

fn leaves(path: &str, entry: &Json, columns: &Columns, parts: &mut Vec<Node>) -> Result<(), QueryError> {
    let comparison = columns.comparison(path).ok_or_else(|| QueryError::Column(path.to_owned()))?;
    let leaf =
        |operator, value: &Json| Node::Leaf(Leaf { path: path.to_owned(), operator, value: value.clone(), comparison });
    let Some(operators) = entry.as_object() else {
        if entry.is_array() {
            return Err(value(path, "one value, or an object with an operator", entry));
        }
        parts.push(leaf("=", entry));
        return Ok(());
    };
    if operators.is_empty() {
        return Err(value(path, "a value or an object with an operator", entry));
    }
    for (name, wanted) in operators {
        let operator = OPERATORS.iter().find(|known| *known == name).copied();
        let unknown = || QueryError::Operator { column: path.to_owned(), operator: name.clone() };
        let operator = operator.ok_or_else(unknown)?;
        if matches!(operator, "IN" | "!IN") {
            let list = wanted.as_array().ok_or_else(|| value(path, "a list", wanted))?;
            list.iter().try_for_each(|one| fits(path, comparison, one))?;
        } else {
            fits(path, comparison, wanted)?;
        }
        parts.push(leaf(operator, wanted));
    }
    Ok(())
}

/// A number or a text is compared with one value: how a server treats a list with another operator than `IN` is undocumented.
fn fits(path: &str, comparison: Comparison, wanted: &Json) -> Result<(), QueryError> {
    let is_plain = matches!(comparison, Comparison::Whole | Comparison::Text | Comparison::Float);
    let is_several = wanted.is_array() || wanted.is_object();
    if is_plain && is_several { Err(value(path, "one value", wanted)) } else { Ok(()) }
}
