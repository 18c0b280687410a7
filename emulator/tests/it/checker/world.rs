//! What a worker knows of the emulator that it speaks to: addresses, credentials, and rows by number.

use std::collections::BTreeMap;

use serde_json::Value;

use super::connection::Request;
use super::documents::Operation;
use super::prng::Prng;
use super::rules::Row;

/// One worker's view.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub host: String,
    pub instance: String,
    pub bearer: String,
    /// The cookie of the same user, if there is one.
    pub session: Option<String>,
    pub client: (String, String),
    /// A user whose tokens this worker may end, with the password.
    pub user: (String, String),
    /// Tokens of that user, as the worker last got them.
    pub access: Option<String>,
    pub refresh: Option<String>,
    pub login: Option<String>,
    pub password_token: Option<String>,
    /// The rows of the seed: no one deletes them.
    pub seeded: BTreeMap<String, Vec<i64>>,
    /// The rows that this worker has made; no one else knows them.
    pub own: Vec<Own>,
    /// What no answer of the REST interface may hold.
    pub secrets: Vec<String>,
    /// Whether the bearer's user is held to permissions.
    pub guarded: bool,
    /// The status of a broken rule.
    pub broken_rule: u16,
}

/// A row that this worker has made.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub resource: String,
    pub id: i64,
    pub row: Row,
}

impl World {
    pub(super) fn path(&self, operation: &Operation, id: Option<&str>) -> String {
        let path = match id {
            Some(id) => operation.path.replace("{ID}", id),
            None => operation.path.clone(),
        };
        format!("/{}{}{path}", self.instance, operation.base)
    }

    /// A request with a credential that works.
    pub(super) fn signed(&self, prng: &mut Prng, operation: &Operation, target: String) -> Request {
        let request = Request::new(&operation.method, target);
        let scheme = if operation.security.is_empty() { "" } else { prng.pick(&operation.security).as_str() };
        match (scheme, &self.session) {
            ("session", Some(session)) => request.header("Cookie", &format!("theme=dark; ZEYOSID={session}")),
            ("oauth" | "token" | "session", _) => request.header("Authorization", &format!("Bearer {}", self.bearer)),
            ("basic", _) => basic(request, &self.client),
            ("user", _) => basic(request, &self.user),
            _ => request,
        }
    }

    /// The number of a row that is there.
    pub(super) fn some_id(&self, prng: &mut Prng, resource: &str) -> Option<i64> {
        let own: Vec<i64> = self.own.iter().filter(|own| own.resource == resource).map(|own| own.id).collect();
        let seeded = self.seeded.get(resource).filter(|ids| !ids.is_empty());
        match (seeded, own.is_empty()) {
            (Some(seeded), _) if own.is_empty() || prng.chance(70) => Some(*prng.pick(seeded)),
            (_, false) => Some(*prng.pick(&own)),
            _ => None,
        }
    }

    /// Forgets a row that was deleted, and the rows that may have gone with it.
    pub(super) fn forget(&mut self, resource: &str, id: i64) {
        let mut gone = vec![(resource.to_owned(), id)];
        while let Some((resource, id)) = gone.pop() {
            self.own.retain(|own| own.resource != resource || own.id != id);
            let refers = |own: &Own| {
                let known = super::documents::DOCUMENTS.resources[&own.resource].columns.iter();
                known
                    .filter(|column| column.target() == Some(&*resource))
                    .any(|c| own.row.get(&c.name) == Some(&Value::from(id)))
            };
            gone.extend(self.own.iter().filter(|own| refers(own)).map(|own| (own.resource.clone(), own.id)));
        }
    }
}

pub(super) fn basic(request: Request, (name, secret): &(String, String)) -> Request {
    let pair = crate::client::base64(format!("{name}:{secret}").as_bytes());
    request.without("authorization").header("Authorization", &format!("Basic {pair}"))
}
