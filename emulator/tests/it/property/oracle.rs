//! The rows that a list request must find, worked out in memory with the three-valued logic of SQL. It shares nothing with the
//! emulator but the rows.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::list_request::{Entry, Filter, ListRequest, Path, Test, Word};
use super::world::{Kind, World};

/// The limit of a list that names none.
const DEFAULT_LIMIT: usize = 1000;

/// The columns that a search looks into.
const SEARCHED: [(&str, &[&str]); 4] = [
    ("tickets", &["name", "ticketnum"]),
    ("items", &["barcode", "itemnum", "manufacturer", "name"]),
    ("stocktransactions", &["chargenum", "reference", "serials"]),
    ("messages", &["sender", "subject", "to"]),
];

/// A value as it compares.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Null,
    Number(f64),
    Text(String),
}

/// The answer to a list request.
pub(super) fn answer(world: &World, list: &ListRequest) -> Value {
    let found: Vec<&Value> = world.rows(list.resource).values().filter(|row| wanted(world, list, row)).collect();
    let mut rows: Vec<Output> = found.into_iter().map(|row| Output::of(world, list, row)).collect();
    rows.sort_by(|left, right| left.order(right, &list.sort));
    if list.distinct {
        rows.dedup_by(|left, right| left.shown == right.shown);
    }
    if list.count {
        return json!({ "count": rows.len() });
    }
    let page = rows.into_iter().skip(list.offset.unwrap_or(0)).take(list.limit.unwrap_or(DEFAULT_LIMIT));
    page.map(|row| row.shown).collect()
}

/// A row with what it is sorted by: what the list request names, then what tells rows apart.
struct Output {
    shown: Value,
    keys: Vec<Cell>,
}

impl Output {
    fn of(world: &World, list: &ListRequest, row: &Value) -> Self {
        let cell = |path: Path| cell(path.1, &world.value(list.resource, row, path.0));
        let mut keys: Vec<Cell> = list.sort.iter().map(|(path, _)| cell(*path)).collect();
        match &list.fields {
            Some(fields) if list.distinct => keys.extend(fields.iter().map(|(_, path)| cell(*path))),
            _ => keys.push(cell(("ID", Kind::Whole))),
        }
        Self { shown: shown(world, list, row), keys }
    }

    fn order(&self, other: &Self, sort: &[(Path, bool)]) -> Ordering {
        let pairs = self.keys.iter().zip(&other.keys).enumerate();
        let orders = pairs.map(|(index, (left, right))| {
            let down = sort.get(index).is_some_and(|(_, down)| *down);
            if down { compared(right, left) } else { compared(left, right) }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

fn shown(world: &World, list: &ListRequest, row: &Value) -> Value {
    let value = |path: &'static str| match list.expand.contains(&path) {
        true => world.expanded(list.resource, row, path),
        false => world.value(list.resource, row, path),
    };
    let mut members = match &list.fields {
        None => {
            let mut whole = row.as_object().unwrap().clone();
            whole.extend(list.expand.iter().map(|path| ((*path).to_owned(), value(path))));
            whole
        }
        Some(fields) => {
            let member = |(alias, path): &(Option<String>, Path)| {
                let key = alias.clone().unwrap_or_else(|| path.0.to_owned());
                (key, value(path.0))
            };
            fields.iter().map(member).collect::<Map<_, _>>()
        }
    };
    if list.extdata {
        let custom = world.custom(list.resource, row["ID"].as_i64().unwrap());
        if ["tickets", "items", "messages", "stocktransactions"].contains(&list.resource) {
            members.insert("extdata".to_owned(), json!(custom));
        }
    }
    Value::Object(members)
}

fn cell(kind: Kind, value: &Value) -> Cell {
    match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (Kind::Whole | Kind::Double, value) => Cell::Number(value.as_f64().unwrap()),
        (_, value) => Cell::Text(value.as_str().unwrap().to_owned()),
    }
}

/// Null counts as the greatest, as PostgreSQL has it.
fn compared(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        (_, Cell::Null) => Ordering::Less,
        (Cell::Number(left), Cell::Number(right)) => left.total_cmp(right),
        (Cell::Text(left), Cell::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        _ => unreachable!("the cells of one path are of one type"),
    }
}

fn wanted(world: &World, list: &ListRequest, row: &Value) -> bool {
    let filters = [&list.filter, &list.filters].into_iter().flatten();
    let mut truths =
        filters.map(|filter| all(filter.iter().map(|entry| entry_holds(world, list.resource, row, entry))));
    let searched = list.query.is_none_or(|query| {
        let (_, columns) = SEARCHED.iter().find(|(name, _)| *name == list.resource).unwrap();
        let texts: Vec<String> =
            columns.iter().filter_map(|column| row[*column].as_str()).map(str::to_lowercase).collect();
        query.split(' ').all(|term| texts.iter().any(|text| text.contains(&term.to_lowercase())))
    });
    searched && truths.all(|truth| truth == Some(true))
}

/// True, false, or none where a null leaves it open.
type Truth = Option<bool>;

fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut whole = Some(true);
    for truth in truths {
        whole = match (whole, truth) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        };
    }
    whole
}

fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}

fn filter_holds(world: &World, resource: &'static str, row: &Value, filter: &Filter) -> Truth {
    all(filter.iter().map(|entry| entry_holds(world, resource, row, entry)))
}

fn entry_holds(world: &World, resource: &'static str, row: &Value, entry: &Entry) -> Truth {
    match entry {
        Entry::Path { path, tests, .. } => {
            let value = world.value(resource, row, path.0);
            all(tests.iter().map(|test| test_holds(path.1, &value, test)))
        }
        Entry::Group(word, operands) => {
            let truths = operands.iter().map(|operand| filter_holds(world, resource, row, operand));
            match word {
                Word::And => all(truths),
                Word::Not => not(all(truths)),
                Word::Or => not(all(truths.map(not))),
            }
        }
    }
}

fn test_holds(kind: Kind, value: &Value, test: &Test) -> Truth {
    match test {
        Test::Compare("=", Value::Null) => Some(value.is_null()),
        Test::Compare("!=" | "<>", Value::Null) => Some(!value.is_null()),
        Test::Compare(operator, operand) => {
            let order = relation(kind, value, operand)?;
            Some(match *operator {
                "=" => order.is_eq(),
                "!=" | "<>" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            })
        }
        Test::Among(operator, operands) => {
            let equal = operands.iter().map(|operand| relation(kind, value, operand).map(Ordering::is_eq));
            let among = not(all(equal.map(not)));
            if *operator == "IN" { among } else { not(among) }
        }
        Test::Matches(operator, pattern) => {
            let text = value.as_str()?;
            let found = pattern.is_in(text, operator.ends_with('*'));
            Some(found != operator.starts_with('!'))
        }
        Test::Like(operator, like) => {
            let text = value.as_str()?;
            Some(like.fits(text, operator.ends_with('*')) != operator.starts_with('!'))
        }
    }
}

/// How a value stands to an operand; none where one of them is null. A custom field compares with a number by its own
/// number, if it is one.
fn relation(kind: Kind, value: &Value, operand: &Value) -> Option<Ordering> {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if value.is_null() || operand.is_null() {
        return None;
    }
    match kind {
        Kind::Whole | Kind::Double => Some(number(value)?.total_cmp(&number(operand).unwrap())),
        Kind::Custom if operand.is_number() => Some(number(value)?.total_cmp(&number(operand).unwrap())),
        _ => Some(text(value).into_bytes().cmp(&text(operand).into_bytes())),
    }
}
