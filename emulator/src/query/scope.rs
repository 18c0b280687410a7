//! Column paths: a column, a column behind foreign keys, a custom field. Collects the joins and parameters that they
//! need.

use rusqlite::types::Value;

use crate::access::RowFilter;
use crate::http::{Failure, Published};
use crate::schema::{Column, Kind, Schema, Table};
use crate::store::rule::quoted;
use crate::switches::{BadColumn, HiddenColumns, Switches, TextOrder};

/// The alias of the listed table.
pub(crate) const MAIN: &str = "t";

/// The most parameters of one statement; SQLite takes 32766.
const MOST_PARAMS: usize = 32_000;

/// The most tables that one statement joins; SQLite takes 64.
const MOST_JOINS: usize = 60;

/// The most conditions, groups and search terms of one request: SQLite takes the square of their number in time to plan.
const MOST_TERMS: usize = 1000;

/// The most regular expressions of one request: each is compiled, and SQLite finds them one after the other.
const MOST_PATTERNS: usize = 100;

/// The first part of the path of a custom field.
pub(crate) const EXTDATA: &str = "extdata";

/// The words that choose the order of a dictionary.
const LOCALE: &str = " COLLATE locale";

fn too_complex() -> Failure {
    Failure::bad_request("the request is too complex")
}

/// The refusal of custom fields of users, in the words that were seen.
pub(crate) fn no_user_extdata() -> Failure {
    Failure::bad_request("Extension data not available for users")
}

/// Where paths are resolved: a table with what is joined to it.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    schema: &'static Schema,
    switches: &'a Switches,
    name: &'static str,
    table: &'static Table,
    joins: Vec<Join>,
    /// The custom fields that are joined, each with the mark of its name; their aliases are `x` and their places.
    customs: Vec<(String, String)>,
    params: Vec<Value>,
    terms: usize,
    patterns: usize,
    row_filter: Option<RowFilter>,
}

/// One joined table; its alias is `j` and its place in the list.
#[derive(Debug)]
struct Join {
    /// The alias of the table that holds the key.
    from: String,
    key: &'static str,
    target: &'static str,
    table: &'static Table,
}

/// What a path leads to.
#[derive(Debug, Clone)]
pub(crate) enum PathTarget {
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

impl PathTarget {
    /// The value of a column as it compares and sorts: bytes by the text that stands for them.
    pub(super) fn column_sql(column: &Column, alias: &str) -> String {
        let plain = format!("{alias}.{}", quoted(&column.name));
        match column.kind {
            // Of a null, `hex` would make a text.
            Kind::Bytes => format!("(CASE WHEN {plain} IS NOT NULL THEN '\\x' || lower(hex({plain})) END)"),
            _ => plain,
        }
    }
}

impl<'a> Scope<'a> {
    /// A scope for one resource.
    pub(super) fn new(
        schema: &'static Schema,
        switches: &'a Switches,
        name: &'static str,
        table: &'static Table,
    ) -> Self {
        Self {
            schema,
            switches,
            name,
            table,
            joins: Vec::new(),
            customs: Vec::new(),
            params: Vec::new(),
            terms: 0,
            patterns: 0,
            row_filter: None,
        }
    }

    /// With what a caller sees: a joined row that is hidden is as if it were not there.
    pub(super) fn seen_by(self, row_filter: Option<RowFilter>) -> Self {
        Self { row_filter, ..self }
    }

    pub(super) fn switches(&self) -> &'a Switches {
        self.switches
    }

    pub(super) fn table(&self) -> &'static Table {
        self.table
    }

    /// Finds what a path leads to, joining what it needs; `text` is the message if there is no such column.
    pub(super) fn resolve(&mut self, path: &str, text: Published) -> Result<PathTarget, Failure> {
        if !self.switches.user_extdata && self.name == "users" && path.starts_with("extdata.") {
            return Err(no_user_extdata());
        }
        let place = self.find(path).ok_or_else(|| match self.switches.bad_column {
            BadColumn::Opaque => Failure::published(text, "a column does not exist"),
            BadColumn::Named => Failure::bad_request(&format!("{} {path:?}", text.as_str())),
        })?;
        self.check_joins()?;
        Ok(place)
    }

    fn check_joins(&self) -> Result<(), Failure> {
        if self.joins.len() + self.customs.len() > MOST_JOINS { Err(too_complex()) } else { Ok(()) }
    }

    /// Counts conditions, groups or search terms.
    pub(super) fn count_terms(&mut self, count: usize) -> Result<(), Failure> {
        self.terms += count;
        if self.terms > MOST_TERMS { Err(too_complex()) } else { Ok(()) }
    }

    /// Counts a regular expression.
    pub(super) fn count_pattern(&mut self) -> Result<(), Failure> {
        self.patterns += 1;
        if self.patterns > MOST_PATTERNS { Err(too_complex()) } else { Ok(()) }
    }

    fn find(&mut self, path: &str) -> Option<PathTarget> {
        if let Some((EXTDATA, name)) = path.split_once('.') {
            return (self.table.has_extdata() && !name.is_empty())
                .then(|| PathTarget::Extdata { name: name.to_owned() });
        }
        let names: Vec<&str> = path.split('.').collect();
        let (last, keys) = names.split_last()?;
        if keys.len() > usize::try_from(self.switches.join_depth).unwrap_or(usize::MAX) {
            return None;
        }
        let (mut table, mut alias) = (self.table, MAIN.to_owned());
        for key in keys {
            let key = table.column(key)?;
            let (target, next) = self.schema.table(&key.references.as_ref()?.table)?;
            alias = self.join(Join { from: alias, key: &key.name, target, table: next });
            table = next;
        }
        let read = self.switches.hidden_columns == HiddenColumns::Read;
        let column = table.column(last).or_else(|| table.hidden_column(last).filter(|_| read))?;
        Some(PathTarget::Column { column, alias, own: keys.is_empty() })
    }

    /// The alias of a joined table; the same join is made once.
    fn join(&mut self, join: Join) -> String {
        let same = |known: &Join| known.from == join.from && known.key == join.key;
        let index = self.joins.iter().position(same).unwrap_or_else(|| {
            self.joins.push(join);
            self.joins.len() - 1
        });
        format!("j{index}")
    }

    /// Binds a value; answers its mark.
    pub(super) fn bind(&mut self, value: Value) -> Result<String, Failure> {
        if self.params.len() >= MOST_PARAMS {
            return Err(too_complex());
        }
        self.params.push(value);
        Ok(format!("?{}", self.params.len()))
    }

    /// The value of a place as it compares and sorts.
    pub(super) fn sql(&mut self, place: &PathTarget) -> Result<String, Failure> {
        match place {
            PathTarget::Column { column, alias, .. } => Ok(PathTarget::column_sql(column, alias)),
            PathTarget::Extdata { name } => self.extdata(name, "text"),
        }
    }

    /// What goes behind a value of a place that is sorted or compared by order.
    pub(super) fn collation(&self, place: &PathTarget) -> &'static str {
        let is_text = match place {
            PathTarget::Column { column, .. } => !matches!(column.kind, Kind::Integer | Kind::Number),
            PathTarget::Extdata { .. } => true,
        };
        if is_text && self.switches.text_order == TextOrder::Locale { LOCALE } else { "" }
    }

    /// One custom field: its `text`, its `number` or its `json`. It is joined, once for all places that name it: a subquery for
    /// each would open a cursor for each and row.
    pub(super) fn extdata(&mut self, name: &str, part: &str) -> Result<String, Failure> {
        let index = match self.customs.iter().position(|(known, _)| known == name) {
            Some(index) => index,
            None => {
                let mark = self.bind(Value::Text(name.to_owned()))?;
                self.customs.push((name.to_owned(), mark));
                self.check_joins()?;
                self.customs.len() - 1
            }
        };
        Ok(format!("x{index}.{part}"))
    }

    /// The listed table with its joins. A join is optional: without a target the row stays.
    pub(super) fn from(&self) -> String {
        let mut sql = format!("{} {MAIN}", quoted(self.name));
        for (index, Join { from, key, target, table }) in self.joins.iter().enumerate() {
            let alias = format!("j{index}");
            sql += &format!(" LEFT JOIN {} {alias} ON {alias}.\"ID\" = {from}.{}", quoted(target), quoted(key));
            if let Some(condition) = self.row_filter.and_then(|row_filter| row_filter.condition(table, &alias)) {
                sql += &format!(" AND {condition}");
            }
        }
        for (index, (_, mark)) in self.customs.iter().enumerate() {
            let (alias, entity) = (format!("x{index}"), self.name);
            sql += &format!(
                " LEFT JOIN _extdata {alias} ON {alias}.entity = '{entity}' AND {alias}.record = {MAIN}.\"ID\" \
                 AND {alias}.name = {mark}"
            );
        }
        sql
    }

    /// The bound values, at the end.
    pub(super) fn into_params(self) -> Vec<Value> {
        self.params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(path: &str) -> Option<String> {
        resolved_within(1, path)
    }

    fn resolved_within(join_depth: u32, path: &str) -> Option<String> {
        let schema = Schema::embedded().unwrap();
        let switches = Switches { join_depth, ..Switches::default() };
        let (name, table) = schema.table("accounts").unwrap();
        let mut scope = Scope::new(schema, &switches, name, table);
        let place = scope.resolve(path, Published::Field).ok()?;
        let sql = scope.sql(&place).ok()?;
        Some(format!("{sql} FROM {}", scope.from()))
    }

    #[test]
    fn a_column_a_joined_column_and_a_custom_field_are_paths() {
        assert_eq!(resolved("lastname").unwrap(), "t.\"lastname\" FROM \"accounts\" t");
        let joined = "j0.\"city\" FROM \"accounts\" t LEFT JOIN \"contacts\" j0 ON j0.\"ID\" = t.\"contact\"";
        assert_eq!(resolved("contact.city").unwrap(), joined);
        assert_eq!(
            resolved("extdata.a\"b").unwrap(),
            "x0.text FROM \"accounts\" t LEFT JOIN _extdata x0 ON x0.entity = 'accounts' AND x0.record = t.\"ID\" AND x0.name = ?1"
        );
    }

    #[test]
    fn a_path_follows_as_many_keys_as_the_switch_allows() {
        let chain = " FROM \"accounts\" t LEFT JOIN \"contacts\" j0 ON j0.\"ID\" = t.\"contact\" \
             LEFT JOIN \"users\" j1 ON j1.\"ID\" = j0.\"assigneduser\"";
        let path = "contact.assigneduser.name";
        assert_eq!(resolved_within(2, path).unwrap(), format!("j1.\"name\"{chain}"));
        assert_eq!(resolved_within(1, path), None);
        assert_eq!(resolved_within(0, "contact.city"), None);
        assert_eq!(resolved_within(2, "contact.assigneduser.contact.city"), None);
        assert!(resolved_within(3, "contact.assigneduser.contact.city").is_some());
        assert_eq!(resolved_within(9, "contact.lastname.city"), None, "no key leads on from a name");
    }

    #[test]
    fn more_tables_than_one_statement_can_join_are_refused() {
        let schema = Schema::embedded().unwrap();
        let switches = Switches { join_depth: 200, ..Switches::default() };
        let (name, table) = schema.table("accounts").unwrap();
        let mut scope = Scope::new(schema, &switches, name, table);
        let circle = |hops: usize| format!("contact.{}ID", "assigneduser.contact.".repeat(hops));
        assert!(scope.resolve(&circle(29), Published::Field).is_ok());
        assert!(scope.resolve(&circle(30), Published::Field).is_err());
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
