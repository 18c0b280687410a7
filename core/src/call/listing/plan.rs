//! Which request comes next, and what rows may come. It sends nothing.

use super::cursor::{ListCursor, Place};
use super::keys;
use crate::call::{Body, Request};
use crate::error::DecodeError;
use crate::model::{Json, JsonMap};
use crate::query::{FilterMember, both};

/// The column that every record has.
const KEY: &str = "ID";

const PAGE: u32 = 1000;

/// The most rows that one answer has.
const MOST: u32 = 10_000;

/// The pages of one list.
pub(super) struct Plan {
    /// What the caller asked for.
    request: Request,
    /// The member that holds its filter.
    filter: &'static str,
    order: Order,
    size: u32,
    /// Rows that the limit of the query still allows.
    left: Option<u64>,
    place: Place,
    /// The place after the rows of the page that was handed over last.
    handed: Place,
    start: Place,
    is_at_end: bool,
    /// The first thing that was wrong with what the caller chose.
    invalid: Option<String>,
}

/// In which order pages follow each other.
enum Order {
    Key { name: String, is_descending: bool },
    Offset(Check),
}

/// Whether the number of matching rows stays what it was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Rows that are distinct cannot be counted.
    None,
    First,
    Running(u64),
    Last(u64),
    Done,
}

/// A request, or nothing at the end.
pub(super) type Step = Result<Option<Request>, String>;

impl Plan {
    pub(super) fn of(mut request: Request, filter: &'static str) -> Self {
        let (filter, contradictory) = filter_of(&request, filter);
        let invalid = contradictory.or_else(|| unsortable(&request));
        let left = member(&request, "limit").and_then(Json::as_u64);
        let offset = member(&request, "offset").and_then(Json::as_u64).unwrap_or(0);
        let order = Order::of(&mut request);
        // By key the first request has the offset of the query, and the others none.
        let is_by_offset = offset > 0 && matches!(order, Order::Offset(_));
        let place = if is_by_offset { Place::Offset(offset) } else { Place::Start };
        let size = PAGE;
        Plan { request, filter, order, size, left, place, handed: place, start: place, is_at_end: false, invalid }
    }

    pub(super) fn resize(&mut self, rows: u32) {
        if (1..=MOST).contains(&rows) {
            self.size = rows;
        } else {
            self.invalid.get_or_insert_with(|| format!("page_size({rows}): a page has from 1 to {MOST} rows"));
        }
    }

    pub(super) fn resume(&mut self, cursor: &ListCursor) {
        let fits = match (&self.order, cursor.0) {
            (_, Place::Start) => return,
            (Order::Key { .. }, Place::Key(_)) | (Order::Offset(_), Place::Offset(_)) => true,
            (Order::Key { .. }, Place::Offset(_)) | (Order::Offset(_), Place::Key(_)) => false,
        };
        if fits {
            (self.place, self.handed, self.start) = (cursor.0, cursor.0, cursor.0);
        } else {
            self.invalid.get_or_insert_with(|| format!("the cursor `{cursor}` belongs to a list in another order"));
        }
    }

    pub(super) fn start(&self) -> ListCursor {
        ListCursor(self.start)
    }

    pub(super) fn cursor(&self) -> ListCursor {
        ListCursor(self.handed)
    }

    /// Half of the rows a request, and how many those are; nothing where it is one already.
    pub(super) fn halve(&mut self) -> Option<u32> {
        let half = self.size / 2;
        (half > 0).then(|| {
            self.size = half;
            half
        })
    }

    /// Whether the request that was made last counts rows.
    pub(super) fn is_counting(&self) -> bool {
        matches!(self.order, Order::Offset(Check::First | Check::Last(_)))
    }

    pub(super) fn step(&mut self) -> Step {
        if let Some(reason) = &self.invalid {
            return Err(reason.clone());
        }
        self.is_at_end |= self.left == Some(0);
        match &mut self.order {
            Order::Offset(Check::First | Check::Last(_)) => return Ok(Some(self.counting())),
            Order::Offset(check @ Check::Running(_)) if self.is_at_end => {
                if let Check::Running(count) = *check {
                    *check = Check::Last(count);
                }
                return Ok(Some(self.counting()));
            }
            _ => {}
        }
        Ok((!self.is_at_end).then(|| self.page()))
    }

    fn counting(&self) -> Request {
        let mut request = self.request.clone();
        if let Body::Fields(fields) = &mut request.body {
            ["sort", "offset", "limit", "expand", "fields", "extdata", "tags"]
                .iter()
                .for_each(|name| fields.remove(name));
            fields.set("count", true.into());
        }
        request
    }

    fn page(&self) -> Request {
        let mut request = self.request.clone();
        let Body::Fields(fields) = &mut request.body else { return request };
        let rows =
            self.left.map_or(self.size, |left| u32::try_from(left).map_or(self.size, |left| left.min(self.size)));
        fields.set("limit", rows.into());
        if let (Order::Key { is_descending, .. }, Place::Key(last)) = (&self.order, self.place) {
            fields.remove("offset");
            let operator = if *is_descending { "<" } else { ">" };
            let after = object(KEY, object(operator, last.into()));
            let place = fields.entry(self.filter);
            *place = match std::mem::take(place) {
                Json::Null => after,
                earlier => both(earlier, after),
            };
        } else if let Place::Offset(offset) = self.place {
            fields.set("offset", offset.into());
        }
        request
    }

    /// Takes the number of matching rows.
    pub(super) fn counted(&mut self, count: u64) -> Result<(), DecodeError> {
        let Order::Offset(check) = &mut self.order else { return Ok(()) };
        match *check {
            Check::First => *check = Check::Running(count),
            Check::Last(before) if before == count => *check = Check::Done,
            Check::Last(before) => {
                return Err(DecodeError::unexpected(format!(
                    "the number of matching rows changed from {before} to {count} while pages were read by offset: rows may be missing or \
                     doubled; without an order of its own a list goes by ID and is immune to that"
                )));
            }
            Check::None | Check::Running(_) | Check::Done => {}
        }
        Ok(())
    }

    /// Takes the rows of a page; answers the places after each.
    pub(super) fn took(&mut self, body: &[u8], rows: usize) -> Result<Vec<ListCursor>, DecodeError> {
        self.handed = self.place;
        let places: Vec<Place> = match &self.order {
            Order::Key { name, is_descending } => {
                let ids = keys::read(body, name)?;
                in_order(&ids, self.place, *is_descending)?;
                ids.into_iter().map(Place::Key).collect()
            }
            Order::Offset(_) => {
                let before = if let Place::Offset(rows) = self.place { rows } else { 0 };
                (1..=rows as u64).map(|row| Place::Offset(before + row)).collect()
            }
        };
        self.left = self.left.map(|left| left.saturating_sub(rows as u64));
        match places.last() {
            Some(last) => (self.place, self.handed) = (*last, *last),
            None => self.is_at_end = true,
        }
        Ok(places.into_iter().map(ListCursor).collect())
    }
}

impl Order {
    /// By `ID` where the query has no order, or this one; its ids come with the rows then. Any other order is made one in which no two rows
    /// are equal, since a server may bring equal ones in another order for the next page.
    fn of(request: &mut Request) -> Self {
        // Whole records have an `ID`, so they are distinct anyway.
        let is_distinct = member(request, "distinct").is_some_and(|distinct| *distinct == true)
            && member(request, "fields").is_some();
        let sort = match member(request, "sort") {
            None => Some(false),
            Some(sort) => match sort.as_array().map(Vec::as_slice) {
                Some([]) => Some(false),
                Some([Json::String(one)]) if one == "+ID" || one == KEY => Some(false),
                Some([Json::String(one)]) if one == "-ID" => Some(true),
                _ => None,
            },
        };
        match (sort, is_distinct) {
            (Some(is_descending), false) => {
                let name = with_key(request);
                if let Body::Fields(fields) = &mut request.body {
                    fields.set("sort", Json::from_iter([if is_descending { "-ID" } else { "+ID" }]));
                }
                Order::Key { name, is_descending }
            }
            (_, true) => {
                let selected = selected(request);
                sort_also_by(request, selected);
                Order::Offset(Check::None)
            }
            (None, false) => {
                sort_also_by(request, vec![KEY.to_owned()]);
                Order::Offset(Check::First)
            }
        }
    }
}

/// The member that holds the filter: that in which the caller has one already. Two of them may contradict each other.
fn filter_of(request: &Request, usual: &'static str) -> (&'static str, Option<String>) {
    let names = [FilterMember::Filters.name(), FilterMember::Filter.name()];
    match names.into_iter().filter(|name| member(request, name).is_some()).collect::<Vec<_>>()[..] {
        [] => (usual, None),
        [one] => (one, None),
        _ => (usual, Some("the query has both `filter` and `filters`, of which a server heeds one".to_owned())),
    }
}

/// The paths of the columns that were chosen.
fn selected(request: &Request) -> Vec<String> {
    let path = |path: &Json| path.as_str().map(str::to_owned);
    match member(request, "fields") {
        Some(Json::Object(aliases)) => aliases.values().filter_map(path).collect(),
        Some(Json::Array(paths)) => paths.iter().filter_map(path).collect(),
        _ => Vec::new(),
    }
}

/// Why a stream cannot have the order of the caller and one of its own beside it.
fn unsortable(request: &Request) -> Option<String> {
    let sort = member(request, "sort").filter(|sort| !sort.is_array() && !sort.is_null())?;
    Some(format!("a stream needs `sort` as a list of columns, and it is {}", crate::value_class::ValueClass::of(sort)))
}

/// Sorts by these columns too, after those by which the caller sorts.
fn sort_also_by(request: &mut Request, paths: Vec<String>) {
    let Body::Fields(fields) = &mut request.body else { return };
    let mut keys = fields.get("sort").and_then(Json::as_array).cloned().unwrap_or_default();
    for path in paths {
        let is_known = |key: &Json| key.as_str().is_some_and(|key| key.trim_start_matches(['+', '-']) == path);
        if !keys.iter().any(is_known) {
            keys.push(format!("+{path}").into());
        }
    }
    fields.set("sort", Json::Array(keys));
}

/// Sees to it that rows have their `ID`; answers its name in them.
fn with_key(request: &mut Request) -> String {
    if let Body::Fields(fields) = &mut request.body
        && fields.get("fields").is_some()
    {
        return match fields.entry("fields") {
            Json::Object(aliases) => aliased(aliases),
            Json::Array(paths) => {
                if !paths.iter().any(|path| path == KEY) {
                    paths.push(KEY.into());
                }
                KEY.to_owned()
            }
            _ => KEY.to_owned(),
        };
    }
    KEY.to_owned()
}

/// A number as alias means that the path is the name.
fn aliased(aliases: &mut JsonMap) -> String {
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let known = aliases.iter().find(|(_, path)| *path == KEY).map(|(name, _)| name.clone());
    if let Some(name) = known {
        return if is_number(&name) { KEY.to_owned() } else { name };
    }
    let mut name = KEY.to_owned();
    while aliases.contains_key(&name) {
        name.push('_');
    }
    aliases.insert(name.clone(), KEY.into());
    name
}

/// Rows that do not follow each other were not filtered by what was asked for.
fn in_order(ids: &[i64], place: Place, is_descending: bool) -> Result<(), DecodeError> {
    let follows = |last: i64, next: i64| if is_descending { next < last } else { next > last };
    let mut last = if let Place::Key(last) = place { Some(last) } else { None };
    for &id in ids {
        if let Some(last) = last.filter(|last| !follows(*last, id)) {
            return Err(DecodeError::unexpected(format!(
                "the row with the ID {id} came after that with {last}: the server has not heeded filter or order"
            )));
        }
        last = Some(id);
    }
    Ok(())
}

fn member<'a>(request: &'a Request, name: &str) -> Option<&'a Json> {
    if let Body::Fields(fields) = &request.body { fields.get(name) } else { None }
}

fn object(name: &str, value: Json) -> Json {
    Json::Object(JsonMap::from_iter([(name.to_owned(), value)]))
}
