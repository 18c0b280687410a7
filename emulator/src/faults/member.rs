//! Which bodies meet a fault: a member of the request body, found by name or by a JSON pointer, and what it is held to.

use std::cmp::Ordering;

use crate::config::{ConfigError, Item};
use crate::json::Json;

/// A member that a request body must have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    /// A name, or a JSON pointer (RFC 6901) if it begins with a slash.
    pub path: String,
    pub test: Test,
}

/// What the value of a member is held to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// It is there, or it is not.
    Present(bool),
    Equals(Json),
    Above(f64),
    Below(f64),
}

const ALLOWED: &str =
    "tables of members like { limit = { above = 500 } }: a value, or one of equals, above, below, present";

impl Member {
    /// Reads the table `member`: a value means that the member has it.
    pub(crate) fn of_item(item: &Item) -> Result<Vec<Self>, ConfigError> {
        let members = item.value.as_object().filter(|members| !members.is_empty());
        let members = members.ok_or_else(|| item.refused(ALLOWED))?.iter().map(|(path, value)| {
            let test = Test::read(value).ok_or_else(|| item.refused(ALLOWED))?;
            Ok(Self { path: path.clone(), test })
        });
        members.collect()
    }

    /// The member as it is written in the table.
    pub(crate) fn shown(&self) -> (String, Json) {
        let word = |word: &str, value: Json| Json::Object(vec![(word.to_owned(), value)]);
        let value = match &self.test {
            Test::Present(is) => word("present", Json::Bool(*is)),
            Test::Equals(value @ Json::Object(_)) => word("equals", value.clone()),
            Test::Equals(value) => value.clone(),
            Test::Above(bound) => word("above", Json::Float(*bound)),
            Test::Below(bound) => word("below", Json::Float(*bound)),
        };
        (self.path.clone(), value)
    }

    /// Whether a body has it. A form has nothing but text, so a number may come as one.
    pub(crate) fn fits(&self, body: &Json) -> bool {
        let found = self.find(body);
        match (&self.test, found) {
            (Test::Present(is), found) => found.is_some() == *is,
            (_, None) => false,
            (Test::Equals(wanted), Some(value)) => value == wanted || is_number_alike(value, wanted),
            (Test::Above(bound), Some(value)) => compares(value, *bound, Ordering::Greater),
            (Test::Below(bound), Some(value)) => compares(value, *bound, Ordering::Less),
        }
    }

    fn find<'a>(&self, body: &'a Json) -> Option<&'a Json> {
        let Some(pointer) = self.path.strip_prefix('/') else { return body.get(&self.path) };
        pointer.split('/').try_fold(body, |value, step| match value {
            Json::List(entries) => entries.get(step.parse::<usize>().ok()?),
            other => other.get(&step.replace("~1", "/").replace("~0", "~")),
        })
    }
}

impl Test {
    fn read(value: &Json) -> Option<Self> {
        match value.as_object() {
            None => Some(Self::Equals(value.clone())),
            Some([(word, value)]) => match (word.as_str(), value) {
                ("equals", value) => Some(Self::Equals(value.clone())),
                ("above", bound) => number(bound).map(Self::Above),
                ("below", bound) => number(bound).map(Self::Below),
                ("present", Json::Bool(is)) => Some(Self::Present(*is)),
                _ => None,
            },
            Some(_) => None,
        }
    }
}

/// The number of a value, also of one that is written as text.
#[expect(clippy::cast_precision_loss, reason = "bounds of a test are small")]
fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Int(number) => Some(*number as f64),
        Json::Float(number) => Some(*number),
        Json::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn compares(value: &Json, bound: f64, wanted: Ordering) -> bool {
    number(value).and_then(|number| number.partial_cmp(&bound)) == Some(wanted)
}

/// Whether both are the same number, however it is written; a text is not a number unless a number is wanted.
fn is_number_alike(value: &Json, wanted: &Json) -> bool {
    wanted.as_text().is_none() && number(wanted).is_some_and(|bound| compares(value, bound, Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(member: &str, body: &str) -> bool {
        let items = Item::of_json(&Json::parse(format!("{{\"member\":{member}}}").as_bytes()).unwrap()).unwrap();
        let body = Json::parse(body.as_bytes()).unwrap();
        Member::of_item(&items[0]).unwrap().iter().all(|member| member.fits(&body))
    }

    #[test]
    fn numbers_are_compared_however_they_are_written() {
        let above = r#"{"limit":{"above":500}}"#;
        assert!(
            fits(above, r#"{"limit":501}"#) && fits(above, r#"{"limit":"501"}"#) && fits(above, r#"{"limit":500.5}"#)
        );
        assert!(!fits(above, r#"{"limit":500}"#) && !fits(above, "{}") && !fits(above, r#"{"limit":"many"}"#));
        assert!(fits(r#"{"offset":{"below":0}}"#, r#"{"offset":-1}"#));
        assert!(fits(r#"{"count":1}"#, r#"{"count":"1"}"#) && !fits(r#"{"count":1}"#, r#"{"count":true}"#));
        assert!(!fits(r#"{"num":"01"}"#, r#"{"num":1}"#), "a text that is wanted is that text");
    }

    #[test]
    fn a_pointer_leads_into_the_body_and_all_members_must_fit() {
        let nested = r#"{"/filters/1/a~1b":"x","name":{"present":false}}"#;
        assert!(fits(nested, r#"{"filters":[{},{"a/b":"x"}]}"#));
        assert!(!fits(nested, r#"{"filters":[{},{"a/b":"x"}],"name":null}"#));
        assert!(fits(r#"{"filters":{"equals":{"status":4}}}"#, r#"{"filters":{"status":4}}"#));
    }
}
