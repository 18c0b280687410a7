//! The tables of the service as data: read once from the file that codegen writes. It describes; it enforces nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A check rule as the data file writes it; `store/rule.rs` turns it into SQL.
pub(crate) type Rule = serde_json::Map<String, serde_json::Value>;

/// The file that codegen writes.
const DATA: &str = include_str!("../data/schema.json");

static EMBEDDED: LazyLock<Result<Schema, String>> =
    LazyLock::new(|| serde_json::from_str(DATA).map_err(|error| error.to_string()));

static DOCUMENTED: LazyLock<Result<Schema, String>> = LazyLock::new(|| {
    let mut schema: Schema = serde_json::from_str(DATA).map_err(|error| error.to_string())?;
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        column.hidden |= column.undocumented;
    }
    Ok(schema)
});

/// All tables by name.
#[derive(Debug, Deserialize)]
pub(crate) struct Schema {
    pub tables: BTreeMap<String, Table>,
}

impl Schema {
    /// The schema that this crate was built with.
    pub(crate) fn embedded() -> Result<&'static Self, String> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// The same without the columns that the table reference lacks: they are stored, but no one sees them.
    pub(crate) fn without_extra_columns() -> Result<&'static Self, String> {
        DOCUMENTED.as_ref().map_err(Clone::clone)
    }

    /// The table of this name.
    pub(crate) fn table(&self, name: &str) -> Option<(&str, &Table)> {
        self.tables.get_key_value(name).map(|(name, table)| (name.as_str(), table))
    }
}

/// One table: its columns, its rules, and what HTTP may do with it.
#[derive(Debug, Deserialize)]
pub(crate) struct Table {
    pub columns: Vec<Column>,
    pub verbs: BTreeMap<String, Verb>,
    #[serde(default)]
    pub checks: Vec<Rule>,
    #[serde(default)]
    pub unique: Vec<Unique>,
    pub one_default: Option<OneDefault>,
    /// Two groups of columns whose order does not count: (a, b) and (b, a) are the same pair.
    pub unordered: Option<Vec<Vec<String>>>,
}

impl Table {
    /// The column of this name, if it is visible over HTTP.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name && !column.hidden)
    }

    /// The column of this name that the documents do not have, if it is one that may be read: no password and no key.
    pub(crate) fn hidden_column(&self, name: &str) -> Option<&Column> {
        let guards =
            |column: &Column| ["password", "secret", "token", "key"].iter().any(|word| column.name.contains(word));
        let readable = |column: &&Column| column.hidden && !column.undocumented && !guards(column);
        self.columns.iter().find(|column| column.name == name).filter(readable)
    }

    /// The columns visible over HTTP.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.hidden)
    }

    /// The columns that lead to the rows which decide on access to a row of this table, and whether all of those rows
    /// must agree. A dependency names its column, or the table that a column leads to.
    pub(crate) fn parents(&self) -> Option<(Vec<&Column>, bool)> {
        let named = self.verbs.values().find_map(|verb| verb.permission.depends_on.as_ref())?;
        let all = !named.all.is_empty();
        let names = if all { &named.all } else { &named.any };
        let leads = |column: &Column, name: &str| column.references.as_ref().is_some_and(|to| to.table == name);
        let find = |name: &str| self.column(name).or_else(|| self.visible().find(|column| leads(column, name)));
        Some((names.iter().filter_map(|name| find(name)).collect(), all))
    }

    /// Whether rows may carry custom fields.
    pub(crate) fn has_extdata(&self) -> bool {
        self.offers("extdata")
    }

    /// Whether rows may carry tags.
    pub(crate) fn has_tags(&self) -> bool {
        self.offers("tags")
    }

    fn offers(&self, option: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == option);
        self.verbs.values().any(|verb| named(&verb.options) || named(&verb.accepts))
    }
}

/// One operation of a resource.
#[derive(Debug, Deserialize)]
pub(crate) struct Verb {
    /// Query options and conditional headers that the operation offers.
    pub options: Vec<String>,
    /// Members that a write takes beside the columns.
    pub accepts: Vec<String>,
    #[serde(default)]
    pub permission: Permission,
}

/// A resource in use: its table, and the verb at work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource {
    pub name: &'static str,
    pub table: &'static Table,
    pub verb: &'static Verb,
}

/// What a user must have for an operation.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Permission {
    /// Any of these permissions is enough; none named: none is needed.
    #[serde(default)]
    pub any: Vec<String>,
    /// Whether it must be the writable grant.
    #[serde(default)]
    pub writable: bool,
    /// Whether only the creator of a row may write it.
    #[serde(default)]
    pub creator: bool,
    /// The rows that decide on access to a row.
    #[serde(rename = "depends-on")]
    pub depends_on: Option<DependsOn>,
}

/// Columns that lead to the rows which decide: all of those, or one of them.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DependsOn {
    #[serde(default)]
    pub any: Vec<String>,
    #[serde(default)]
    pub all: Vec<String>,
}

/// One column.
#[derive(Debug, Deserialize)]
pub(crate) struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(default)]
    pub not_null: bool,
    pub default: Option<serde_json::Value>,
    #[serde(rename = "enum")]
    pub one_of: Option<Vec<serde_json::Value>>,
    pub filled: Option<Filled>,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub hidden: bool,
    /// Points to a block of binary content.
    #[serde(default)]
    pub file: bool,
    /// Searched by the `query` member of lists.
    #[serde(default)]
    pub searched: bool,
    /// Cannot change once the row exists.
    #[serde(default)]
    pub fixed: bool,
    /// Drawn from a counter when it is empty on create.
    #[serde(default)]
    pub counter: bool,
    /// Has an index in the database of the service.
    #[serde(default)]
    pub indexed: bool,
    /// A moment in Unix seconds.
    #[serde(default)]
    pub timestamp: bool,
    /// Holds a number of 32 bits.
    #[serde(default)]
    pub narrow: bool,
    /// Stands in the published documents alone; the table reference has no such column.
    #[serde(default)]
    pub undocumented: bool,
    pub check: Option<Rule>,
    pub references: Option<References>,
    pub max_length: Option<u32>,
}

/// How a column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Kind {
    #[serde(rename = "integer")]
    Integer,
    #[serde(rename = "number")]
    Number,
    #[serde(rename = "text")]
    Text,
    #[serde(rename = "json")]
    Json,
    #[serde(rename = "bytea")]
    Bytes,
    #[serde(rename = "text[]")]
    TextArray,
    #[serde(rename = "bigint[]")]
    IntegerArray,
}

/// What the server fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Filled {
    /// The next number of the table.
    Sequence,
    /// The user who creates the row.
    User,
    /// The moment of creation.
    Now,
    /// The moment of the last change.
    Change,
}

/// A foreign key.
#[derive(Debug, Deserialize)]
pub(crate) struct References {
    pub table: String,
    pub on_delete: OnDelete,
}

/// What happens to a row when the row it refers to goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnDelete {
    Cascade,
    SetNull,
    Restrict,
}

/// A unique rule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Unique {
    pub name: String,
    pub columns: Vec<String>,
    /// Two nulls count as equal.
    #[serde(default)]
    pub nulls_equal: bool,
    #[serde(default)]
    pub ignore_case: bool,
    /// Only rows for which this holds are compared.
    #[serde(rename = "where")]
    pub only: Option<Rule>,
}

/// At most one row of a group has this flag; setting it on one row clears the others.
#[derive(Debug, Deserialize)]
pub(crate) struct OneDefault {
    pub column: String,
    pub per: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_file_describes_all_tables() {
        let schema = Schema::embedded().unwrap();
        assert_eq!(schema.tables.len(), 64);
        let columns: usize = schema.tables.values().map(|table| table.columns.len()).sum();
        assert_eq!(columns, 908);
    }

    #[test]
    fn hidden_columns_are_not_found_by_name() {
        let (_, users) = Schema::embedded().unwrap().table("users").unwrap();
        assert!(users.column("name").is_some());
        assert!(users.column("password").is_none());
    }

    #[test]
    fn hidden_columns_can_be_read_but_for_what_guards_something() {
        let schema = Schema::embedded().unwrap();
        let hidden = |table: &str, name: &str| schema.tables[table].hidden_column(name).is_some();
        assert!(hidden("messages", "messageid") && hidden("components", "order") && !hidden("messages", "subject"));
        for (name, table) in &schema.tables {
            for column in table.columns.iter().filter(|column| table.hidden_column(&column.name).is_some()) {
                let told = ["password", "secret", "token", "key", "otp"].iter().any(|word| column.name.contains(word));
                assert!(!told, "{name}.{}", column.name);
            }
        }
        let fewer = Schema::without_extra_columns().unwrap();
        assert!(fewer.tables["tickets"].hidden_column("calculation").is_none(), "it is not there at all");
    }

    #[test]
    fn the_columns_that_only_the_documents_have_can_be_hidden() {
        let calculation = |schema: &'static Schema, table| schema.tables[table].column("calculation").is_some();
        let (all, fewer) = (Schema::embedded().unwrap(), Schema::without_extra_columns().unwrap());
        for table in ["contracts", "tickets"] {
            assert_eq!((calculation(all, table), calculation(fewer, table)), (true, false), "{table}");
        }
        assert!(calculation(fewer, "transactions"), "the table reference has this one");
    }

    #[test]
    fn seventeen_times_beside_the_stamps_have_an_index() {
        let schema = Schema::embedded().unwrap();
        let columns = schema.tables.values().flat_map(|table| &table.columns);
        let indexed = columns.filter(|column| column.timestamp && column.indexed).count();
        assert_eq!(indexed, 17);
    }

    #[test]
    fn every_foreign_key_leads_to_a_table() {
        let schema = Schema::embedded().unwrap();
        let references = schema.tables.values().flat_map(|table| &table.columns).filter_map(|c| c.references.as_ref());
        let found = references.inspect(|to| assert!(schema.tables.contains_key(&to.table), "{}", to.table)).count();
        assert_eq!(found, 204);
    }

    #[test]
    fn every_dependency_leads_to_a_column_that_leads_to_a_table() {
        let schema = Schema::embedded().unwrap();
        let depending =
            |table: &Table| table.verbs.values().find_map(|verb| verb.permission.depends_on.as_ref()).is_some();
        let found: Vec<_> = schema.tables.iter().filter(|(_, table)| depending(table)).collect();
        assert_eq!(found.len(), 21);
        for (name, table) in found {
            let named = table.verbs.values().find_map(|verb| verb.permission.depends_on.as_ref()).unwrap();
            let (columns, all) = table.parents().unwrap();
            assert_eq!((columns.len(), all), (named.any.len() + named.all.len(), !named.all.is_empty()), "{name}");
            assert!(columns.iter().all(|column| column.references.is_some()), "{name}");
        }
        let (columns, _) = schema.tables["prices"].parents().unwrap();
        assert_eq!(columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["item", "pricelist"]);
    }

    #[test]
    fn storage_of_custom_fields_and_tags_follows_the_operations() {
        let schema = Schema::embedded().unwrap();
        let of = |name| &schema.tables[name];
        assert!(of("tickets").has_extdata() && of("tickets").has_tags());
        assert!(!of("records").has_extdata() && of("records").has_tags());
        assert!(!of("likes").has_extdata() && !of("likes").has_tags());
    }
}
