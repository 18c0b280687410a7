//! What a server that stands in for a service keeps of a resource: columns as they are stored, rules, what each verb needs.

use super::Verb;

/// One resource as a table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Name on the wire.
    pub wire: String,
    /// Those of the document first, in its order, then the hidden ones.
    pub columns: Vec<TableColumn>,
    pub verbs: Vec<(Verb, TableVerb)>,
    /// The column that tells rows in use from others.
    pub state: Option<String>,
    /// Rules about a whole row, by their published names.
    pub checks: Vec<(String, Rule)>,
    pub unique: Vec<Unique>,
    pub one_default: Option<OneDefault>,
    /// Two lists of columns that form a pair without order.
    pub unordered: Option<[Vec<String>; 2]>,
}

/// One column as it is stored.
#[derive(Debug)]
pub(crate) struct TableColumn {
    pub name: String,
    pub storage: Storage,
    /// Not on the wire.
    pub hidden: bool,
    pub not_null: bool,
    pub default: Option<Literal>,
    pub listed: Option<Vec<Literal>>,
    pub check: Option<Rule>,
    pub references: Option<Reference>,
    pub filled: Option<Filled>,
    pub max_length: Option<i64>,
    /// What is true of it, in the order of the words.
    pub flags: Vec<ColumnFlag>,
}

/// How values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    Integer,
    Number,
    Text,
    Json,
    Bytes,
    Texts,
    Integers,
}

impl Storage {
    pub(crate) const ALL: [(&'static str, Storage); 7] = [
        ("integer", Storage::Integer),
        ("number", Storage::Number),
        ("text", Storage::Text),
        ("json", Storage::Json),
        ("bytea", Storage::Bytes),
        ("text[]", Storage::Texts),
        ("bigint[]", Storage::Integers),
    ];
}

/// What a column is beside its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnFlag {
    Counter,
    /// It says in which currency the amounts of the row are.
    Currency,
    File,
    FixedAfterCreation,
    Indexed,
    /// An integer of 32 bits.
    Narrow,
    ReadOnly,
    RequiredOnCreate,
    Searched,
    Timestamp,
    Undocumented,
}

/// Who fills a column when nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    Sequence,
    User,
    Now,
    Change,
}

impl Filled {
    pub(crate) const ALL: [(&'static str, Filled); 4] =
        [("sequence", Filled::Sequence), ("user", Filled::User), ("now", Filled::Now), ("change", Filled::Change)];
}

/// A foreign key, always to a primary key.
#[derive(Debug)]
pub(crate) struct Reference {
    pub table: String,
    pub on_delete: OnDelete,
}

/// What happens to a row when the row that it refers to goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    Cascade,
    SetNull,
    Restrict,
}

impl OnDelete {
    pub(crate) const ALL: [(&'static str, OnDelete); 3] =
        [("cascade", OnDelete::Cascade), ("set-null", OnDelete::SetNull), ("restrict", OnDelete::Restrict)];
}

/// A value that a rule, a default or a list names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Integer(i64),
    Number(f64),
    Text(String),
}

/// Tests that must all hold.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    /// The column that the tests of a single one speak of, where the place does not say it.
    pub column: Option<String>,
    pub tests: Vec<Test>,
}

/// One word of a rule.
#[derive(Debug)]
pub(crate) enum Test {
    Column(ColumnTest),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    AtMostOne(Vec<String>),
    ExactlyOne(Vec<String>),
    InOrder([String; 2]),
    Distinct([String; 2]),
    Cases(Vec<Case>),
    Otherwise(Rule),
}

/// The first case whose `when` is true decides.
#[derive(Debug)]
pub(crate) struct Case {
    pub when: Rule,
    pub then: Rule,
}

/// What a single column is held to.
#[derive(Debug)]
pub(crate) enum ColumnTest {
    Min(Literal),
    Max(Literal),
    Above(Literal),
    Equals(Literal),
    Not(Literal),
    OneOf(Vec<Literal>),
    NoneOf(Vec<Literal>),
    Null(bool),
    /// One of [`TEXT_CLASSES`].
    Text(String),
    Matches(String),
    MatchesNot(String),
    Bits(i64),
    /// Some of [`JSON_KINDS`].
    Json(Vec<String>),
    NotEmpty,
}

/// The classes of text that a rule can name.
pub(crate) const TEXT_CLASSES: [&str; 4] = ["line", "filled-line", "block", "end-trimmed"];

/// The kinds of JSON that a rule can name.
pub(crate) const JSON_KINDS: [&str; 2] = ["object", "array"];

/// Rows must differ in these columns.
#[derive(Debug)]
pub(crate) struct Unique {
    pub name: String,
    pub columns: Vec<String>,
    pub nulls_equal: bool,
    pub ignore_case: bool,
    /// Only rows for which it holds take part.
    pub only: Option<Rule>,
}

/// Among rows that are equal in some columns, at most one has a flag.
#[derive(Debug)]
pub(crate) struct OneDefault {
    pub column: String,
    pub per: Vec<String>,
}

/// What a verb needs and offers.
#[derive(Debug)]
pub(crate) struct TableVerb {
    /// The options of its calls, as the document spells them.
    pub options: Vec<String>,
    /// Members that a write takes beside the columns.
    pub accepts: Vec<String>,
    pub permission: Option<Permission>,
}

/// Who may.
#[derive(Debug)]
pub(crate) struct Permission {
    /// One of them is needed; none if there is none.
    pub any: Vec<String>,
    pub writable: bool,
    /// Only who created the record.
    pub creator: bool,
    pub depends_on: Option<DependsOn>,
}

/// The parents whose access decides.
#[derive(Debug)]
pub(crate) enum DependsOn {
    Any(Vec<String>),
    All(Vec<String>),
}
