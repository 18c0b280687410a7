//! Custom fields and tags of a row, as SQL expressions.

use crate::store::rule::quoted;
use crate::switches::ExtdataValues;

/// An expression for all custom fields of a row, as JSON text.
pub(crate) fn extdata_sql(entity: &str, alias: &str, values: ExtdataValues) -> String {
    let value = match values {
        ExtdataValues::Text => "text",
        ExtdataValues::Json => "json(json)",
    };
    format!(
        "(SELECT json_group_object(name, {value}) FROM (SELECT name, text, json FROM _extdata \
         WHERE entity = '{entity}' AND record = {alias}.{} ORDER BY name))",
        quoted("ID")
    )
}

/// An expression for all tags of a row, as JSON text.
pub(crate) fn tags_sql(entity: &str, alias: &str) -> String {
    format!(
        "(SELECT json_group_array(name) FROM (SELECT name FROM _tags \
         WHERE entity = '{entity}' AND record = {alias}.{} ORDER BY name))",
        quoted("ID")
    )
}
