//! Reads the members of a list request. It checks their types and bounds; names of columns are checked where they are
//! used.

use std::collections::{HashMap, HashSet};

use crate::http::Failure;
use crate::http::body::{Body, composite};
use crate::json::Json;
use crate::switches::{BothFilters, FilterMember, LimitOver, Switches, Unknown};

/// The rows of a list that names no limit.
const DEFAULT_LIMIT: i64 = 1000;

/// The most rows of a list.
const MOST: i64 = 10_000;

/// The most columns that a request can name for one purpose; SQLite takes 2000.
const MOST_NAMES: usize = 1000;

const MEMBERS: [&str; 13] = [
    "fields", "filter", "filters", "query", "sort", "offset", "limit", "distinct", "count", "expand", "export",
    "extdata", "tags",
];

/// A list request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ListRequest {
    /// The column paths with the names that they get; all columns if none is asked for.
    pub fields: Vec<(String, String)>,
    /// The members `filter` and `filters`, as far as they count.
    pub filter: Option<Json>,
    pub filters: Option<Json>,
    pub query: Option<String>,
    /// The column paths to sort by, and whether downwards.
    pub sort: Vec<(String, bool)>,
    pub offset: i64,
    pub limit: Option<i64>,
    pub distinct: bool,
    pub count: bool,
    pub expand: Vec<String>,
    pub export: bool,
    pub extdata: bool,
    pub tags: bool,
}

impl ListRequest {
    /// Reads a body.
    pub(super) fn read(body: &Body, switches: &Switches) -> Result<Self, Failure> {
        body.check_brackets(|name| MEMBERS.contains(&name))?;
        let (body, is_form) = (&body.members, body.is_form);
        let mut unknown =
            body.as_object().unwrap_or_default().iter().filter(|(name, _)| !MEMBERS.contains(&name.as_str()));
        if switches.unknown_member == Unknown::Reject && unknown.next().is_some() {
            return Err(Failure::bad_request("a member of the request is not known"));
        }
        let mut list = Self {
            fields: fields(body)?,
            filter: filter(body, "filter", is_form)?,
            filters: filter(body, "filters", is_form)?,
            query: query(body)?,
            sort: texts(body, "sort")?.iter().map(|entry| direction(entry)).collect(),
            offset: whole(body, "offset")?.unwrap_or(0),
            limit: None,
            distinct: flag(body, "distinct")?,
            count: flag(body, "count")?,
            expand: texts(body, "expand")?,
            export: flag(body, "export")?,
            extdata: flag(body, "extdata")?,
            tags: flag(body, "tags")? && switches.list_tags,
        };
        if [list.fields.len(), list.sort.len(), list.expand.len()].into_iter().any(|length| length > MOST_NAMES) {
            return Err(too_many());
        }
        if list.offset < 0 {
            return Err(Failure::bad_request("offset must not be below 0"));
        }
        list.limit = limit(whole(body, "limit")?, list.export, switches)?;
        list.choose_filter(switches)?;
        Ok(list)
    }

    fn choose_filter(&mut self, switches: &Switches) -> Result<(), Failure> {
        if switches.filter == FilterMember::Ignore {
            self.filter = None;
        }
        match (switches.both_filters, &self.filter, &self.filters) {
            (BothFilters::Reject, Some(_), Some(_)) => Err(Failure::bad_request("send filter or filters, not both")),
            (BothFilters::PreferFilters, Some(_), Some(_)) => {
                self.filter = None;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn member<'a>(body: &'a Json, name: &str) -> Option<&'a Json> {
    body.get(name).filter(|value| **value != Json::Null)
}

fn bad(name: &str) -> Failure {
    Failure::bad_request(&format!("{name} has a wrong form"))
}

fn flag(body: &Json, name: &str) -> Result<bool, Failure> {
    member(body, name).map_or(Ok(false), |value| value.to_flag().ok_or_else(|| bad(name)))
}

fn whole(body: &Json, name: &str) -> Result<Option<i64>, Failure> {
    member(body, name).map(|value| value.to_int().ok_or_else(|| bad(name))).transpose()
}

fn query(body: &Json) -> Result<Option<String>, Failure> {
    let text = member(body, "query").map(|value| value.as_text().map(str::to_owned).ok_or_else(|| bad("query")));
    Ok(text.transpose()?.filter(|text| !text.trim().is_empty()))
}

/// A filter; an empty list stands for an empty object in languages whose maps are lists.
fn filter(body: &Json, name: &str, is_form: bool) -> Result<Option<Json>, Failure> {
    match member(body, name).map(composite).transpose()? {
        None => Ok(None),
        Some(Json::Text(text)) if text.is_empty() => Ok(None),
        Some(Json::List(list)) if list.is_empty() => Ok(None),
        Some(sent) if is_form => match as_filter(sent) {
            object @ Json::Object(_) => Ok(Some(object)),
            _ => Err(bad(name)),
        },
        Some(object @ Json::Object(_)) => Ok(Some(object)),
        Some(_) => Err(bad(name)),
    }
}

/// What a form has brought as a filter: numbers from 0 on have become a list, where the numbers of groups are meant.
fn as_filter(sent: Json) -> Json {
    let group = |value| match value {
        Json::List(parts) => Json::List(parts.into_iter().map(as_filter).collect()),
        other => other,
    };
    match sent {
        Json::List(groups) => Json::Object(
            groups.into_iter().enumerate().map(|(number, value)| (number.to_string(), group(value))).collect(),
        ),
        Json::Object(entries) => {
            let entry =
                |(name, value): (String, Json)| if is_number(&name) { (name, group(value)) } else { (name, value) };
            Json::Object(entries.into_iter().map(entry).collect())
        }
        other => other,
    }
}

/// Whether the name of an entry is the number of a group.
pub(crate) fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// A list of texts; a form has a list of one entry as that entry.
fn texts(body: &Json, name: &str) -> Result<Vec<String>, Failure> {
    let list = match member(body, name).map(composite).transpose()? {
        None => Vec::new(),
        Some(Json::List(list)) => list,
        Some(single) => vec![single],
    };
    list.into_iter().map(|entry| entry.as_text().map(str::to_owned).ok_or_else(|| bad(name))).collect()
}

/// The selected paths: a list of paths, or an object of names and paths in which a number is not a name. Of equal names the last
/// one counts, in its place.
fn fields(body: &Json) -> Result<Vec<(String, String)>, Failure> {
    let asked = match member(body, "fields").map(composite).transpose()? {
        Some(Json::Object(members)) => members,
        _ => texts(body, "fields")?.into_iter().map(|path| (String::new(), Json::Text(path))).collect(),
    };
    if asked.len() > MOST_NAMES {
        return Err(too_many());
    }
    let mut found: Vec<(String, String)> = Vec::new();
    for (name, path) in asked {
        let path = path.as_text().ok_or_else(|| bad("fields"))?.to_owned();
        let key = if name.is_empty() || is_number(&name) { path.clone() } else { name };
        found.push((key, path));
    }
    let mut last: HashMap<&str, usize> = HashMap::new();
    for (place, (key, _)) in found.iter().enumerate() {
        last.insert(key, place);
    }
    let kept: HashSet<usize> = last.into_values().collect();
    let mut place = 0;
    found.retain(|_| {
        place += 1;
        kept.contains(&(place - 1))
    });
    Ok(found)
}

fn too_many() -> Failure {
    Failure::bad_request("the request is too complex")
}

/// A sort entry without its sign. In a form a bare plus sign has become a blank.
fn direction(entry: &str) -> (String, bool) {
    match entry.strip_prefix('-') {
        Some(path) => (path.to_owned(), true),
        None => (entry.trim_start_matches(['+', ' ']).to_owned(), false),
    }
}

fn limit(sent: Option<i64>, export: bool, switches: &Switches) -> Result<Option<i64>, Failure> {
    match sent {
        Some(..1) => Err(Failure::bad_request("limit must be at least 1")),
        Some(limit) if export => Ok(Some(limit)),
        Some(limit) if limit > MOST && switches.limit_over == LimitOver::Reject => {
            Err(Failure::bad_request("limit must be at most 10000"))
        }
        Some(limit) => Ok(Some(limit.min(MOST))),
        None => Ok((!export).then_some(DEFAULT_LIMIT)),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method, header};

    use super::*;
    use crate::http::Request;

    fn read(text: &str) -> Result<ListRequest, Failure> {
        ListRequest::read(&body("application/json", text)?, &Switches::default())
    }

    fn body(media_type: &str, text: &str) -> Result<Body, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        let request = Request::new(Method::POST, &"/".parse().unwrap(), headers, text.to_owned().into());
        Body::read(&request, true)
    }

    fn form(text: &str) -> Result<ListRequest, Failure> {
        ListRequest::read(&body("application/x-www-form-urlencoded", text)?, &Switches::default())
    }

    fn pairs(list: ListRequest) -> Vec<(String, String)> {
        list.fields
    }

    fn pair(key: &str, path: &str) -> (String, String) {
        (key.to_owned(), path.to_owned())
    }

    #[test]
    fn fields_come_as_list_or_object_with_mixed_keys() {
        assert_eq!(pairs(read(r#"{"fields":["ID","a.b"]}"#).unwrap()), [pair("ID", "ID"), pair("a.b", "a.b")]);
        let mixed = read(r#"{"fields":{"0":"ID","who":"a.b"}}"#).unwrap();
        assert_eq!(pairs(mixed), [pair("ID", "ID"), pair("who", "a.b")]);
        assert!(read(r#"{"fields":[1]}"#).is_err());
    }

    #[test]
    fn limits_have_a_default_a_floor_and_a_ceiling() {
        assert_eq!(read("{}").unwrap().limit, Some(1000));
        assert_eq!(read(r#"{"limit":"20"}"#).unwrap().limit, Some(20));
        assert_eq!(read(r#"{"limit":20000}"#).unwrap().limit, Some(10_000));
        assert_eq!(read(r#"{"export":true}"#).unwrap().limit, None);
        assert!(read(r#"{"limit":0}"#).is_err());
        assert!(read(r#"{"offset":-1}"#).is_err());
    }

    #[test]
    fn sort_entries_have_an_optional_sign() {
        let list = read(r#"{"sort":["-priority","+ID","name"]}"#).unwrap();
        assert_eq!(list.sort, [("priority".to_owned(), true), ("ID".to_owned(), false), ("name".to_owned(), false)]);
    }

    #[test]
    fn a_form_carries_objects_as_json_text_and_flags_as_digits() {
        let list = form("filters=%7B%22ID%22%3A1%7D&count=1&sort=%2BID").unwrap();
        assert_eq!(list.filters.unwrap().to_text(), r#"{"ID":1}"#);
        assert!(list.count);
        assert_eq!(list.sort, [("ID".to_owned(), false)]);
    }

    #[test]
    fn unknown_members_are_ignored_unless_the_switch_refuses_them() {
        let mut switches = Switches::default();
        let body = body("application/json", r#"{"limits":1}"#).unwrap();
        assert!(ListRequest::read(&body, &switches).is_ok());
        switches.unknown_member = Unknown::Reject;
        assert!(ListRequest::read(&body, &switches).is_err());
    }

    #[test]
    fn both_filters_follow_the_switch() {
        let body = body("application/json", r#"{"filter":{"a":1},"filters":{"b":1}}"#).unwrap();
        let mut switches = Switches::default();
        assert!(ListRequest::read(&body, &switches).unwrap().filter.is_some());
        switches.both_filters = BothFilters::PreferFilters;
        assert!(ListRequest::read(&body, &switches).unwrap().filter.is_none());
        switches.both_filters = BothFilters::Reject;
        assert!(ListRequest::read(&body, &switches).is_err());
    }

    #[test]
    fn a_form_has_brackets_for_lists_objects_and_groups() {
        let filters = |text: &str| form(text).unwrap().filters.unwrap().to_text();
        assert_eq!(filters("filters[status]=4"), r#"{"status":"4"}"#);
        assert_eq!(
            filters("filters[0][0]=OR&filters[0][1][a]=4&filters[0][2][b]=1"),
            r#"{"0":["OR",{"a":"4"},{"b":"1"}]}"#
        );
        let nested = "filters[a]=0&filters[0][]=AND&filters[0][1][0][]=NOT&filters[0][1][0][1][ID][IN][]=3";
        assert_eq!(filters(nested), r#"{"a":"0","0":["AND",{"0":["NOT",{"ID":{"IN":["3"]}}]}]}"#);
        let list = form("fields[]=ID&fields[]=name&sort[]=-name&expand[0]=meta&count=1").unwrap();
        assert_eq!((list.fields.len(), list.sort.len(), list.expand.len(), list.count), (2, 1, 1, true));
        assert_eq!(form("fields[who]=a.b").unwrap().fields, [pair("who", "a.b")]);
        for text in ["filter[a=1", "nothing[a]=1", "limit[]=5", "fields[a][b]=1", "query[a]=1", "count[]=1"] {
            assert!(form(text).is_err(), "{text}");
        }
    }

    #[test]
    fn of_equal_names_the_last_counts_and_too_many_are_refused_at_once() {
        let list = read(r#"{"fields":{"a":"ID","b":"name","0":"x","a":"status"}}"#).unwrap();
        assert_eq!(pairs(list), [pair("b", "name"), pair("x", "x"), pair("a", "status")]);
        let many: Vec<String> = (0..80_000).map(|number| format!("\"f{number}\"")).collect();
        assert!(read(&format!("{{\"fields\":[{}]}}", many.join(","))).is_err());
    }
}
