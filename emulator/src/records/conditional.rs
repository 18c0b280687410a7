//! Conditional requests (RFC 7232): entity tags and dates against what is stored. It answers 304 or 412 and reads
//! nothing but headers.

use axum::http::{HeaderName, StatusCode, header};

use crate::http::{Failure, Reply, Request};
use crate::schema::Verb;

/// What identifies the state of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// The entity tag, with its quotes.
    pub etag: String,
    /// The last change in Unix seconds.
    pub changed: i64,
}

impl State {
    /// The two headers that tell it.
    pub(super) fn tell(&self, reply: Reply) -> Reply {
        reply.with(header::ETAG, self.etag.clone()).with(header::LAST_MODIFIED, date(self.changed))
    }
}

/// Refuses an operation whose conditions do not hold. Only the headers that the operation offers count; with both of a
/// pair the entity tag decides alone.
pub(crate) fn check(request: &Request, verb: &Verb, state: &State) -> Result<(), Failure> {
    let sent = |name: &HeaderName| {
        let offered = verb.options.iter().any(|option| option == name.as_str());
        if offered { request.header(name) } else { None }
    };
    // A list of tags may go on in further headers of the same name.
    let tags = |name: &HeaderName| sent(name).map(|_| request.header_list(name));
    let matched = match (tags(&header::IF_MATCH), sent(&header::IF_UNMODIFIED_SINCE)) {
        (Some(tags), _) => lists(&tags, &state.etag, true),
        (None, since) => since.and_then(moment).is_none_or(|since| state.changed <= since),
    };
    if !matched {
        return Err(Failure::text(StatusCode::PRECONDITION_FAILED, "the record has changed"));
    }
    let unchanged = match (tags(&header::IF_NONE_MATCH), sent(&header::IF_MODIFIED_SINCE)) {
        (Some(tags), _) => lists(&tags, &state.etag, false),
        (None, since) => since.and_then(moment).is_some_and(|since| state.changed <= since),
    };
    if unchanged { Err(state.tell(Reply::empty(StatusCode::NOT_MODIFIED)).into()) } else { Ok(()) }
}

/// Whether a list of entity tags holds this one. The strong comparison takes no weak tag.
fn lists(tags: &str, etag: &str, strong: bool) -> bool {
    if tags.trim() == "*" {
        return true;
    }
    let mut rest = tags;
    while let Some((weak, tag, after)) = next_tag(rest) {
        if tag == etag && !(weak && strong) {
            return true;
        }
        rest = after;
    }
    false
}

/// The next tag of a list: whether it is weak, the tag with its quotes, and what follows. A tag may hold commas.
fn next_tag(list: &str) -> Option<(bool, &str, &str)> {
    let list = list.trim_start_matches([' ', '\t', ',']);
    let (weak, list) = list.strip_prefix("W/").map_or((false, list), |list| (true, list));
    let end = list.strip_prefix('"')?.find('"')? + 2;
    Some((weak, &list[..end], &list[end..]))
}

fn date(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or_default().min(LAST_DATE);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

/// The last moment of the year 9999, beyond which HTTP has no dates.
const LAST_DATE: u64 = 253_402_300_799;

/// An HTTP date in Unix seconds. One that cannot be read is as good as none.
fn moment(date: &str) -> Option<i64> {
    let moment = httpdate::parse_http_date(date).ok()?;
    i64::try_from(moment.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    use super::*;
    use crate::schema::{Schema, Verb};

    const NOON: i64 = 1_767_225_600;
    const EARLIER: &str = "Wed, 31 Dec 2025 23:59:59 GMT";
    const SAME: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    fn verbs() -> &'static BTreeMap<String, Verb> {
        &Schema::embedded().unwrap().tables["tickets"].verbs
    }

    fn outcome(verb: &str, headers: &[(&'static str, &str)]) -> u16 {
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            sent.append(*name, value.parse().unwrap());
        }
        let request = Request::new(Method::GET, &"/".parse().unwrap(), sent, Bytes::new());
        let state = State { etag: "\"abc\"".to_owned(), changed: NOON };
        match check(&request, &verbs()[verb], &state) {
            Ok(()) => 200,
            Err(failure) => failure.into_reply(&crate::Switches::default()).status.as_u16(),
        }
    }

    #[test]
    fn a_known_tag_is_not_sent_again() {
        assert_eq!(outcome("get", &[("if-none-match", "\"x\", W/\"abc\"")]), 304);
        assert_eq!(outcome("get", &[("if-none-match", "*")]), 304);
        assert_eq!(outcome("get", &[("if-none-match", "\"x\"")]), 200);
    }

    #[test]
    fn a_list_of_tags_is_read_tag_by_tag() {
        assert!(lists("\"a\",W/\"b\" , \"abc\"", "\"abc\"", true));
        assert!(!lists("\"x, \"abc\"", "\"abc\"", true), "a quote ends a tag");
        assert!(lists("\"x,y\", \"abc\"", "\"abc\"", true), "a tag may hold a comma");
        assert!(!lists("abc", "\"abc\"", false));
        assert!(!lists("\"*\"", "\"abc\"", false));
        assert!(!lists("", "\"abc\"", false));
    }

    #[test]
    fn a_list_of_tags_may_go_on_in_a_further_header() {
        assert_eq!(outcome("get", &[("if-none-match", "\"x\""), ("if-none-match", "\"abc\"")]), 304);
        assert_eq!(outcome("update", &[("if-match", "\"x\""), ("if-match", "\"abc\"")]), 200);
    }

    #[test]
    fn an_unchanged_record_is_not_sent_again() {
        assert_eq!(outcome("exists", &[("if-modified-since", SAME)]), 304);
        assert_eq!(outcome("exists", &[("if-modified-since", EARLIER)]), 200);
    }

    #[test]
    fn a_lost_update_is_refused() {
        assert_eq!(outcome("update", &[("if-match", "\"x\"")]), 412);
        assert_eq!(outcome("update", &[("if-match", "W/\"abc\"")]), 412);
        assert_eq!(outcome("update", &[("if-match", "\"x\", \"abc\"")]), 200);
        assert_eq!(outcome("delete", &[("if-unmodified-since", EARLIER)]), 412);
        assert_eq!(outcome("delete", &[("if-unmodified-since", SAME)]), 200);
    }

    #[test]
    fn the_tag_wins_over_the_date() {
        assert_eq!(outcome("get", &[("if-none-match", "\"x\""), ("if-modified-since", SAME)]), 200);
        assert_eq!(outcome("update", &[("if-match", "\"abc\""), ("if-unmodified-since", EARLIER)]), 200);
    }

    #[test]
    fn headers_that_the_operation_does_not_offer_and_broken_dates_do_not_count() {
        assert_eq!(outcome("update", &[("if-none-match", "\"abc\"")]), 200);
        assert_eq!(outcome("get", &[("if-modified-since", "yesterday")]), 200);
    }

    #[test]
    fn dates_beyond_what_http_can_say_do_not_panic() {
        assert_eq!(date(i64::MAX), date(253_402_300_799));
        assert_eq!(date(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
