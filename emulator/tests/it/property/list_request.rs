//! What a random list asks for, as a tree.

use serde_json::{Value, json};

use super::pattern::{Like, Pattern};
use super::random::Random;
use super::world::{Kind, RESOURCES, WORDS, World};

/// A path with what it leads to.
pub(super) type Path = (&'static str, Kind);

/// A list request.
#[derive(Debug)]
pub(super) struct ListRequest {
    pub resource: &'static str,
    /// Names and paths; none for whole records.
    pub fields: Option<Vec<(Option<String>, Path)>>,
    pub filter: Option<Filter>,
    pub filters: Option<Filter>,
    pub query: Option<&'static str>,
    pub sort: Vec<(Path, bool)>,
    pub distinct: bool,
    pub count: bool,
    pub extdata: bool,
    /// Composite columns of the resource that come with their content.
    pub expand: Vec<&'static str>,
    pub offset: Option<usize>,
    pub limit: Option<usize>,
}

/// Entries that must all hold.
pub(super) type Filter = Vec<Entry>;

#[derive(Debug)]
pub(super) enum Entry {
    /// A path with operators that must all hold; a plain value stands for `=`.
    Path {
        path: Path,
        tests: Vec<Test>,
        plain: bool,
    },
    Group(Word, Vec<Filter>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    And,
    Or,
    Not,
}

/// One operator with its operand.
#[derive(Debug)]
pub(super) enum Test {
    Compare(&'static str, Value),
    Among(&'static str, Vec<Value>),
    Matches(&'static str, Pattern),
    Like(&'static str, Like),
}

impl ListRequest {
    pub(super) fn random(random: &mut Random, world: &World) -> Self {
        let (resource, paths) = *random.pick(&RESOURCES);
        let mut generator = Generator { random, world, resource, paths };
        let fields = generator.fields();
        let distinct = fields.is_some() && generator.random.once_in(3);
        let (filter, filters) = match generator.random.below(8) {
            0 => (None, None),
            1 => (Some(generator.filter(2)), Some(generator.filter(1))),
            2 => (Some(generator.filter(2)), None),
            _ => (None, Some(generator.filter(2))),
        };
        let sort = generator.sort(fields.as_deref().filter(|_| distinct));
        let random = generator.random;
        Self {
            resource,
            fields,
            filter,
            filters,
            query: random.once_in(8).then(|| random.word(&["seal", "SEAL a", "ærlig", "%", "pump 7", "&&"])),
            sort,
            distinct,
            count: random.once_in(8),
            extdata: !distinct && random.once_in(6),
            expand: if distinct { Vec::new() } else { composite(paths).filter(|_| random.once_in(3)).collect() },
            offset: random.once_in(4).then(|| random.below(6)),
            limit: random.once_in(4).then(|| 1 + random.below(12)),
        }
    }
}

/// The columns of a resource that can be expanded.
fn composite(paths: &[Path]) -> impl Iterator<Item = &'static str> {
    paths
        .iter()
        .filter(|(path, kind)| *path == "binfile" || (*kind == Kind::Opaque && !path.contains('.')))
        .map(|path| path.0)
}

struct Generator<'a> {
    random: &'a mut Random,
    world: &'a World,
    resource: &'static str,
    paths: &'static [Path],
}

impl Generator<'_> {
    fn fields(&mut self) -> Option<Vec<(Option<String>, Path)>> {
        if self.random.once_in(4) {
            return None;
        }
        let mut fields: Vec<(Option<String>, Path)> = Vec::new();
        for index in 0..=self.random.below(4) {
            let path = *self.random.pick(self.paths);
            let alias = self.random.once_in(4).then(|| format!("k.{index}"));
            if !fields.iter().any(|(_, known)| known.0 == path.0) {
                fields.push((alias, path));
            }
        }
        // The order in which the test's JSON writes the members of an object: numbers first.
        fields.sort_by_key(|(alias, _)| alias.is_some());
        Some(fields)
    }

    /// Distinct rows are sorted by what is selected, other ones by anything.
    fn sort(&mut self, selected: Option<&[(Option<String>, Path)]>) -> Vec<(Path, bool)> {
        let mut sort: Vec<(Path, bool)> = Vec::new();
        for _ in 0..self.random.below(4) {
            let path = match selected {
                Some(fields) => self.random.pick(fields).1,
                None => *self.random.pick(self.paths),
            };
            if !sort.iter().any(|(known, _)| known.0 == path.0) {
                sort.push((path, self.random.once_in(2)));
            }
        }
        sort
    }

    fn filter(&mut self, depth: usize) -> Filter {
        let mut entries: Filter = Vec::new();
        for _ in 0..self.random.below(3) + usize::from(depth == 2) {
            if depth > 0 && self.random.once_in(3) {
                let word = *self.random.pick(&[Word::And, Word::Or, Word::Or, Word::Not]);
                let operands = (0..=self.random.below(3)).map(|_| self.filter(depth - 1)).collect();
                entries.push(Entry::Group(word, operands));
                continue;
            }
            let path = *self.random.pick(self.paths);
            let taken = |entry: &Entry| matches!(entry, Entry::Path { path: known, .. } if known.0 == path.0);
            if !entries.iter().any(taken) {
                entries.push(self.path(path));
            }
        }
        entries
    }

    fn path(&mut self, path: Path) -> Entry {
        if self.random.once_in(4) {
            let value = self.value(path);
            return Entry::Path { path, tests: vec![Test::Compare("=", value)], plain: true };
        }
        let mut tests: Vec<Test> = Vec::new();
        for _ in 0..1 + self.random.below(2) {
            let test = self.test(path);
            if !tests.iter().any(|known| known.operator() == test.operator()) {
                tests.push(test);
            }
        }
        Entry::Path { path, tests, plain: false }
    }

    fn test(&mut self, path: Path) -> Test {
        let textual = matches!(path.1, Kind::Text | Kind::Opaque | Kind::Custom);
        match self.random.below(if textual { 5 } else { 3 }) {
            0 | 1 => {
                let operator = self.random.word(&["=", "!=", "<>", "<", "<=", ">", ">="]);
                Test::Compare(operator, self.value(path))
            }
            2 => {
                let operator = self.random.word(&["IN", "!IN"]);
                // The first entry decides how custom fields compare, so all entries are of its type.
                let mut values: Vec<Value> = (0..self.random.below(4)).map(|_| self.value(path)).collect();
                if path.1 == Kind::Custom {
                    values.retain(Value::is_string);
                }
                Test::Among(operator, values)
            }
            3 => Test::Matches(self.random.word(&["~", "~*", "!~", "!~*"]), Pattern::random(self.random)),
            _ => {
                let near = self.near(path);
                let near = near.as_str().unwrap_or("seal").to_owned();
                Test::Like(self.random.word(&["~~", "~~*", "!~~", "!~~*"]), Like::random(self.random, &near))
            }
        }
    }

    /// A value that some row has.
    fn near(&mut self, path: Path) -> Value {
        let rows = self.world.rows(self.resource);
        let row = rows.values().nth(self.random.below(rows.len())).unwrap();
        self.world.value(self.resource, row, path.0)
    }

    /// Most often a value that some row has, else another of the type; sometimes in another spelling.
    fn value(&mut self, path: Path) -> Value {
        if self.random.once_in(12) {
            return Value::Null;
        }
        let near = self.near(path);
        match (path.1, self.random.below(4)) {
            (Kind::Whole, 0) => json!(self.random.below(500)),
            (Kind::Whole, 1) if near.is_i64() => json!(near.to_string()),
            (Kind::Whole, 2) if near.is_i64() => json!(near.as_f64().unwrap() + 0.5),
            (Kind::Double, 0) => json!(*self.random.pick(&[0.25, 3.0, -1.0])),
            (Kind::Double, 1) if near.is_number() => json!(near.to_string()),
            (Kind::Custom, 0) => json!(self.random.below(50)),
            (Kind::Text, 0) => json!(*self.random.pick(&WORDS)),
            (Kind::Text, 1) => json!(self.random.below(9)),
            (Kind::Text | Kind::Custom | Kind::Opaque, _) if near.is_null() => json!("seal"),
            (Kind::Whole | Kind::Double, _) if near.is_null() => json!(4),
            _ => near,
        }
    }
}

impl Test {
    pub(super) fn operator(&self) -> &'static str {
        match self {
            Self::Compare(operator, _)
            | Self::Among(operator, _)
            | Self::Matches(operator, _)
            | Self::Like(operator, _) => operator,
        }
    }
}
