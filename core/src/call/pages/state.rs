//! What is known of a list so far, and the request for its next page.

use http::HeaderMap;

use super::link;
use crate::call::{Body, Request};
use crate::error::{DecodeError, Error};
use crate::model::Json;
use crate::operation::{PageInput, Paging, PagingKind};

/// The pages of one list.
pub(super) struct Pages {
    paging: &'static Paging,
    /// Elements that came so far.
    seen: u64,
    /// Elements before the first page that was asked for, where pages are numbered.
    skipped: Option<u64>,
    circle: Circle,
}

impl Pages {
    pub(super) fn new(paging: &'static Paging) -> Self {
        Pages { paging, seen: 0, skipped: None, circle: Circle::default() }
    }

    /// The elements of a page. Many servers leave out an empty list.
    pub(super) fn items(&self, page: &Json) -> Result<Vec<Json>, DecodeError> {
        match page.pointer(self.paging.items) {
            Some(Json::Array(items)) => Ok(items.clone()),
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(_) => Err(DecodeError::unexpected(format!("{:?} in the answer is not a list", self.paging.items))),
        }
    }

    /// The request for the page after this one, if there is any.
    pub(super) fn next(
        &mut self,
        page: &Json,
        items: &[Json],
        headers: &HeaderMap,
        request: &Request,
        base: impl FnOnce() -> Result<String, Error>,
    ) -> Result<Option<Request>, Error> {
        let count = items.len() as u64;
        self.seen += count;
        let paging = self.paging;
        if !paging.more.is_empty() && !page.pointer(paging.more).is_some_and(is_yes) {
            return Ok(None);
        }
        let value = match paging.kind {
            PagingKind::NextLink => {
                let named = match paging.next {
                    "" => link::next(headers),
                    next => page.pointer(next).and_then(Json::as_str).map(str::to_owned),
                };
                let Some(address) = named.filter(|address| !address.is_empty()) else { return Ok(None) };
                self.circle.step(&address)?;
                return link::followed(request, &base()?, &address).map(Some);
            }
            PagingKind::Cursor => {
                let is_told = paging.last_item.is_empty() || !paging.more.is_empty();
                if !is_told && self.is_last(page, count, request) {
                    return Ok(None);
                }
                let cursor = match paging.last_item {
                    "" => page.pointer(paging.next),
                    last => items.last().and_then(|item| item.pointer(last)),
                };
                let Some(cursor) = cursor.filter(|cursor| is_cursor(cursor)) else { return Ok(None) };
                self.circle.step(&cursor.to_string())?;
                cursor.clone()
            }
            PagingKind::Offset => {
                if self.is_last(page, count, request) {
                    return Ok(None);
                }
                (self.moved(request).unwrap_or(0).saturating_add(count)).into()
            }
            PagingKind::Page => {
                let number = self.moved(request).unwrap_or(paging.first);
                let before = number.saturating_sub(paging.first);
                // A server may give fewer than was asked for, so the first page tells how large they are.
                self.skipped.get_or_insert(before.saturating_mul(count));
                let is_last = match told(page, paging.pages) {
                    Some(pages) => count == 0 || before.saturating_add(1) >= pages,
                    None => self.is_last(page, count, request),
                };
                if is_last {
                    return Ok(None);
                }
                number.saturating_add(1).into()
            }
        };
        let Some(input) = paging.moves else { return Ok(None) };
        let mut next = request.clone();
        set(&mut next, input, value)?;
        Ok(Some(next))
    }

    /// Whether counting says that there is no page after this one, which has so many elements. What the server says of it goes before
    /// the size that was asked for: it may give fewer than that on every page.
    fn is_last(&self, page: &Json, count: u64, request: &Request) -> bool {
        if count == 0 {
            return true;
        }
        if let Some(total) = told(page, self.paging.total) {
            let start = match self.paging.kind {
                PagingKind::Offset => self.moved(request).unwrap_or(0),
                _ => self.skipped.unwrap_or(0).saturating_add(self.seen - count),
            };
            return start.saturating_add(count) >= total;
        }
        let size = self.paging.size.and_then(|input| asked(request, input));
        self.paging.more.is_empty() && size.is_some_and(|size| count < size)
    }

    /// The number that this request asked with.
    fn moved(&self, request: &Request) -> Option<u64> {
        asked(request, self.paging.moves?)
    }
}

/// Notices a cursor that was there before, and keeps one of them (Brent's algorithm).
#[derive(Default)]
struct Circle {
    kept: Option<String>,
    steps: u64,
    until: u64,
}

impl Circle {
    fn step(&mut self, cursor: &str) -> Result<(), Error> {
        if self.kept.as_deref() == Some(cursor) {
            return Err(Error::request("the list leads back to a page that was there before"));
        }
        if self.steps == self.until {
            self.kept = Some(cursor.to_owned());
            self.until = self.until.max(1) * 2;
            self.steps = 0;
        }
        self.steps += 1;
        Ok(())
    }
}

fn is_yes(value: &Json) -> bool {
    match value {
        Json::Bool(yes) => *yes,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => text == "true",
        _ => false,
    }
}

/// Whether a value names a page: absent, null, empty and no are ends.
fn is_cursor(value: &Json) -> bool {
    match value {
        Json::String(text) => !text.is_empty(),
        Json::Number(_) => true,
        _ => false,
    }
}

/// A number, or a text that is one.
fn number_of(value: &Json) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// What the answer says at a place, if there is one.
fn told(page: &Json, pointer: &str) -> Option<u64> {
    page.pointer(pointer).filter(|_| !pointer.is_empty()).and_then(number_of)
}

/// What the request has at a place.
fn asked(request: &Request, input: PageInput) -> Option<u64> {
    match input {
        PageInput::Query(name) => {
            request.query.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.parse().ok())
        }
        PageInput::Body(pointer) => number_of(body(&request.body)?.pointer(pointer)?),
    }
}

/// The body as JSON, as far as no secret stands in it.
fn body(body: &Body) -> Option<Json> {
    match body {
        Body::Fields(fields) => Some(Json::Object(
            fields.names().filter_map(|name| Some((name.to_owned(), fields.get(name)?.clone()))).collect(),
        )),
        Body::Content(_, content) => serde_json::from_slice(content.bytes()?).ok(),
        Body::Empty | Body::Value(..) => None,
    }
}

fn set(request: &mut Request, input: PageInput, value: Json) -> Result<(), Error> {
    match input {
        PageInput::Query(name) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match request.query.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = text,
                None => request.query.push((name.to_owned(), text)),
            }
            Ok(())
        }
        PageInput::Body(pointer) => set_in_body(request, pointer, value),
    }
}

fn set_in_body(request: &mut Request, pointer: &'static str, value: Json) -> Result<(), Error> {
    let segments: Vec<String> =
        pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect();
    let Some((first, below)) = segments.split_first() else { return Err(unmovable()) };
    match &mut request.body {
        Body::Empty => {
            request.body = Body::Fields(crate::Fields::new());
            set_in_body(request, pointer, value)
        }
        Body::Fields(fields) => {
            let known = fields.get(first).cloned();
            // What has secrets in it is written when it is sent, and not taken apart here.
            if known.is_none() && fields.names().any(|name| name == first) {
                return Err(unmovable());
            }
            let mut member = known.unwrap_or_default();
            put(&mut member, below, value);
            fields.set(first.clone(), member);
            Ok(())
        }
        Body::Content(_, content) => {
            let mut whole: Json =
                content.bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).ok_or_else(unmovable)?;
            put(&mut whole, &segments, value);
            *content = whole.to_string().into();
            Ok(())
        }
        Body::Value(..) => Err(unmovable()),
    }
}

fn unmovable() -> Error {
    Error::request("the body has no place for what asks for the next page")
}

fn put(into: &mut Json, segments: &[String], value: Json) {
    let Some((first, below)) = segments.split_first() else {
        *into = value;
        return;
    };
    if !into.is_object() {
        *into = Json::Object(crate::JsonMap::new());
    }
    put(&mut into[first.as_str()], below, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_any_length_is_noticed_and_a_long_list_is_none() {
        for (lead, length) in [(0, 1), (0, 2), (3, 5), (100, 7), (1, 64)] {
            let mut circle = Circle::default();
            let cursors = (0..lead).chain((0..length).cycle().map(|at| at + lead));
            let mut met = 0;
            for cursor in cursors.take(2000) {
                if circle.step(&cursor.to_string()).is_err() {
                    break;
                }
                met += 1;
            }
            assert!(met <= 4 * (lead + length) + 4, "{lead} {length}: {met}");
        }
        let mut circle = Circle::default();
        assert!((0..5000).all(|cursor| circle.step(&cursor.to_string()).is_ok()));
    }
}
