//! Column paths: a column, a column behind one foreign key, a custom field. Collects the joins and parameters that
//! they need.

use rusqlite::types::Value;

use crate::http::Failure;
use crate::schema::{Column, Kind, Schema, Table};
use crate::store::rule::quoted;
use crate::switches::{BadColumn, Switches};

/// The alias of the listed table.
pub(crate) const MAIN: &str = "t";

/// The most parameters of one statement; SQLite takes 32766.
const MOST_PARAMS: usize = 32_000;

/// The first part of the path of a custom field.
const EXTDATA: &str = "extdata";

/// Where paths are resolved: a table with what is joined to it.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    schema: &'static Schema,
    switches: &'a Switches,
    name: &'static str,
    table: &'static Table,
    joins: Vec<(&'static str, &'static str)>,
    params: Vec<Value>,
}

/// What a path leads to.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Column {
        column: &'static Column,
        alias: String,
        /// Whether it belongs to the listed table itself.
        own: bool,
    },
    Extdata {
        name: String,
    },
}

impl Place {
    /// The value of a column as it compares and sorts: bytes by the text that stands for them.
    pub fn column_sql(column: &Column, alias: &str) -> String {
        let plain = format!("{alias}.{}", quoted(&column.name));
        if column.kind == Kind::Bytes { format!("('\\x' || lower(hex({plain})))") } else { plain }
    }
}

impl<'a> Scope<'a> {
    /// A scope for one resource.
    pub fn new(schema: &'static Schema, switches: &'a Switches, name: &'static str, table: &'static Table) -> Self {
        Self { schema, switches, name, table, joins: Vec::new(), params: Vec::new() }
    }

    pub fn switches(&self) -> &'a Switches {
        self.switches
    }

    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// Finds what a path leads to, joining what it needs.
    pub fn resolve(&mut self, path: &str) -> Result<Place, Failure> {
        self.find(path).ok_or_else(|| match self.switches.bad_column {
            BadColumn::Opaque => Failure::bad_request("a column does not exist"),
            BadColumn::Named => Failure::bad_request(&format!("the column {path:?} does not exist")),
        })
    }

    fn find(&mut self, path: &str) -> Option<Place> {
        let Some((first, second)) = path.split_once('.') else {
            let column = self.table.column(path)?;
            return Some(Place::Column { column, alias: MAIN.to_owned(), own: true });
        };
        if first == EXTDATA {
            return (self.table.has_extdata() && !second.is_empty())
                .then(|| Place::Extdata { name: second.to_owned() });
        }
        let key = self.table.column(first)?;
        let (target, table) = self.schema.table(&key.references.as_ref()?.table)?;
        let column = table.column(second)?;
        let alias = self.join(&key.name, target);
        Some(Place::Column { column, alias, own: false })
    }

    fn join(&mut self, key: &'static str, target: &'static str) -> String {
        let index = self.joins.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            self.joins.push((key, target));
            self.joins.len() - 1
        });
        format!("j{index}")
    }

    /// Binds a value; answers its mark.
    pub fn bind(&mut self, value: Value) -> Result<String, Failure> {
        if self.params.len() >= MOST_PARAMS {
            return Err(Failure::bad_request("the request is too complex"));
        }
        self.params.push(value);
        Ok(format!("?{}", self.params.len()))
    }

    /// The value of a place as it compares and sorts.
    pub fn sql(&mut self, place: &Place) -> Result<String, Failure> {
        match place {
            Place::Column { column, alias, .. } => Ok(Place::column_sql(column, alias)),
            Place::Extdata { name } => self.extdata(name, "text"),
        }
    }

    /// One custom field: its `text`, its `number` or its `json`.
    pub fn extdata(&mut self, name: &str, part: &str) -> Result<String, Failure> {
        let mark = self.bind(Value::Text(name.to_owned()))?;
        let entity = self.name;
        Ok(format!(
            "(SELECT {part} FROM _extdata WHERE entity = '{entity}' AND record = {MAIN}.\"ID\" AND name = {mark})"
        ))
    }

    /// The listed table with its joins. A join is optional: without a target the row stays.
    pub fn from(&self) -> String {
        let mut sql = format!("{} {MAIN}", quoted(self.name));
        for (index, (key, target)) in self.joins.iter().enumerate() {
            sql += &format!(" LEFT JOIN {} j{index} ON j{index}.\"ID\" = {MAIN}.{}", quoted(target), quoted(key));
        }
        sql
    }

    /// The bound values, at the end.
    pub fn into_params(self) -> Vec<Value> {
        self.params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(path: &str) -> Option<String> {
        let schema = Schema::embedded().unwrap();
        let switches = Switches::default();
        let (name, table) = schema.table("accounts").unwrap();
        let mut scope = Scope::new(schema, &switches, name, table);
        let place = scope.resolve(path).ok()?;
        let sql = scope.sql(&place).ok()?;
        Some(format!("{sql} FROM {}", scope.from()))
    }

    #[test]
    fn a_column_a_joined_column_and_a_custom_field_are_paths() {
        assert_eq!(resolved("lastname").unwrap(), "t.\"lastname\" FROM \"accounts\" t");
        let joined = "j0.\"city\" FROM \"accounts\" t LEFT JOIN \"contacts\" j0 ON j0.\"ID\" = t.\"contact\"";
        assert_eq!(resolved("contact.city").unwrap(), joined);
        assert!(resolved("extdata.a\"b").unwrap().contains("name = ?1"));
    }

    #[test]
    fn other_paths_are_refused() {
        for path in [
            "",
            "nothing",
            "lastname.x",
            "creator.name",
            "contact.assigneduser.name",
            "contact.",
            "extdata.",
            "contact.password",
            "id",
        ] {
            assert_eq!(resolved(path), None, "{path}");
        }
    }

    #[test]
    fn hidden_columns_cannot_be_reached_through_a_join() {
        assert_eq!(resolved("assigneduser.password"), None);
        assert!(resolved("assigneduser.name").is_some());
    }
}
