//! The bodies and queries of the administration. They are strict: a member that is not known is a fault.

use super::problem::Problem;
use crate::http::Request;
use crate::json::Json;
use crate::platforms::message::{Form, is_of_type};

const MOST_ROLES: usize = 50;
const LONGEST_NAME: usize = 100;
const LONGEST_PHC: usize = 200;

/// A body that is looked through; what is wrong is gathered.
pub(super) struct Fields {
    body: Json,
    faults: Vec<String>,
}

impl Fields {
    /// Reads the body; a member that is none of these is a fault, and so is a body that is missing.
    pub(super) fn of(request: &Request, known: &[&str]) -> Result<Self, Problem> {
        let is_json = is_of_type(request, "application/json");
        let body = if is_json && !request.body.is_empty() {
            Json::parse(&request.body).ok_or(Problem::Unreadable)?
        } else {
            return Err(Problem::invalid("body: must be an object"));
        };
        let members = body.as_object().ok_or_else(|| Problem::invalid("body: must be an object"))?;
        let unknown = members.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        let faults = unknown.map(|(name, _)| format!("{name}: is not known")).collect();
        Ok(Self { body, faults })
    }

    fn fault(&mut self, name: &str, what: &str) {
        self.faults.push(format!("{name}: {what}"));
    }

    /// Whether a member is there, null included.
    pub(super) fn has(&self, name: &str) -> bool {
        self.body.get(name).is_some()
    }

    pub(super) fn require(&mut self, name: &str) {
        if !self.has(name) {
            self.fault(name, "is required");
        }
    }

    /// A text. An empty one passes, and fails where it is used.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let longest = if name == "secretPhc" { LONGEST_PHC } else { LONGEST_NAME };
        match self.body.get(name)?.clone() {
            Json::Text(text) if text.chars().count() <= longest => return Some(text),
            Json::Text(_) => self.fault(name, "is too long"),
            _ => self.fault(name, "must be a string"),
        }
        None
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.body.get(name)?.clone() {
            Json::Bool(flag) => return Some(flag),
            _ => self.fault(name, "must be a boolean"),
        }
        None
    }

    /// A moment; null only where it may be. A fraction passes, and fails where it is used.
    pub(super) fn moment(&mut self, name: &str, may_be_null: bool) -> Option<Option<f64>> {
        match self.body.get(name)?.clone() {
            Json::Int(seconds) => return Some(Some(seconds as f64)),
            Json::Float(seconds) => return Some(Some(seconds)),
            Json::Null if may_be_null => return Some(None),
            _ => self.fault(name, "must be a number"),
        }
        None
    }

    /// Roles as a list.
    pub(super) fn roles(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.body.get(name)?.clone();
        let roles = roles(&value);
        if roles.is_none() {
            self.fault(name, "must be at most 50 strings of 1 to 100 characters");
        }
        roles
    }

    /// Roles as a change: a list in place of all, or some to add or to remove.
    pub(super) fn role_change(&mut self, name: &str) -> Option<RoleChange> {
        let value = self.body.get(name)?.clone();
        let change = match value.as_object() {
            None => roles(&value).map(RoleChange::Replace),
            Some([(add, some)]) if add == "add" => roles(some).map(RoleChange::Add),
            Some([(remove, some)]) if remove == "remove" => roles(some).map(RoleChange::Remove),
            Some(_) => None,
        };
        if change.is_none() {
            self.fault(name, "must be a list, or an object with add or remove");
        }
        change
    }

    /// A list of texts of any length.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let entries = self.body.get(name)?.as_list().map(<[Json]>::to_vec);
        let texts: Option<Vec<String>> =
            entries.and_then(|entries| entries.iter().map(|entry| entry.as_text().map(str::to_owned)).collect());
        if texts.is_none() {
            self.fault(name, "must be a list of strings");
        }
        texts
    }

    /// Ends the look: everything fits, or all that does not.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.faults)) }
    }
}

/// How roles change.
#[derive(Debug)]
pub(super) enum RoleChange {
    Replace(Vec<String>),
    Add(Vec<String>),
    Remove(Vec<String>),
}

fn roles(value: &Json) -> Option<Vec<String>> {
    let entries = value.as_list().filter(|entries| entries.len() <= MOST_ROLES)?;
    let fits = |role: &&str| (1..=LONGEST_NAME).contains(&role.chars().count());
    entries.iter().map(|entry| entry.as_text().filter(fits).map(str::to_owned)).collect()
}

/// A whole number of seconds, as the store wants it.
pub(super) fn whole(seconds: f64) -> Result<i64, Problem> {
    // Beyond these a double cannot tell one second from the next.
    let is_whole = seconds.fract() == 0.0 && seconds.abs() < 9_007_199_254_740_992.0;
    if is_whole { Ok(seconds as i64) } else { Err(Problem::Thrown("The number is not an integer")) }
}

/// What a list asks for.
#[derive(Debug)]
pub(super) struct Listing {
    pub limit: usize,
    pub after: Option<String>,
    pub revoked: bool,
    pub expired: bool,
    pub secrets: bool,
    pub role: Option<String>,
}

impl Listing {
    pub(super) fn of(request: &Request) -> Result<Self, Problem> {
        let query = Form::of_query(request);
        if query.repeats() {
            return Err(Problem::invalid("query: a parameter stands twice"));
        }
        // Other texts count as absent.
        let flag = |name: &str| matches!(query.get(name), Some("true" | "1"));
        Ok(Self {
            limit: limit(request)?,
            after: query.get("afterTokenId").map(str::to_owned),
            revoked: flag("includeRevoked"),
            expired: flag("includeExpired"),
            secrets: flag("includeSecretPhc"),
            role: query.get("hasRole").map(str::to_owned),
        })
    }
}

/// The digits at the beginning count; more than 1000 are 1000.
fn limit(request: &Request) -> Result<usize, Problem> {
    let Some(text) = request.query("limit") else { return Ok(100) };
    let digits: String = text.trim_start().chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<u64>() {
        Ok(0) => Err(Problem::invalid("limit: must be a number from 1 on")),
        Err(_) if digits.is_empty() => Err(Problem::invalid("limit: must be a number from 1 on")),
        Ok(number) => Ok(usize::try_from(number.min(1000)).unwrap_or(1000)),
        Err(_) => Ok(1000),
    }
}
