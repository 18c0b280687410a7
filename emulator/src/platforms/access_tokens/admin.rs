//! The administration of tokens.

use axum::http::StatusCode;

use super::fields::{Fields, Listing, RoleChange, whole};
use super::pat::{Pat, is_id, is_phc};
use super::problem::{Problem, answered};
use super::store::{Record, Tokens};
use super::switches::Version;
use crate::http::{Reply, Request};
use crate::json::Json;

/// What an issued and a registered token have in common.
struct Draft {
    owner: Option<String>,
    is_admin: bool,
    roles: Vec<String>,
    expires: Option<Option<f64>>,
}

impl Tokens {
    /// Whether there is such a route; whoever asks for another one needs no credential to be told so.
    pub(super) fn is_admin_route(&self, method: &str, path: &[&str]) -> bool {
        matches!(
            (method, path),
            ("GET" | "POST", ["tokens"])
                | ("POST", ["tokens", "batch"])
                | ("PUT" | "PATCH", ["tokens", _])
                | ("PUT", ["tokens", _, "revoke" | "restore"])
        )
    }

    /// Carries out what an administrator asks for.
    pub(super) fn administer(&mut self, request: &Request, path: &[&str], now: i64) -> Result<Reply, Problem> {
        match (request.method.as_str(), path) {
            ("GET", ["tokens"]) => self.list(request, now),
            ("POST", ["tokens"]) => self.issue(request, now),
            ("POST", ["tokens", "batch"]) => self.batch(request),
            ("PUT", ["tokens", id]) => self.register(request, id, now),
            ("PATCH", ["tokens", id]) => self.update(request, id),
            ("PUT", ["tokens", id, "revoke"]) => self.revoke(request, id, now),
            ("PUT", ["tokens", id, "restore"]) => self.restore(id),
            _ => Err(Problem::NoRoute),
        }
    }

    /// Applies the limit first, and takes out revoked and expired tokens then.
    fn list(&self, request: &Request, now: i64) -> Result<Reply, Problem> {
        let listing = Listing::of(request)?;
        let is_old = self.switches.version == Version::V1_0;
        // It compared seconds with milliseconds, so everything that ends had ended.
        let is_expired =
            |record: &Record| if is_old { record.expires.flatten().is_some() } else { record.is_expired(now) };
        let is_listed = |record: &&Record| {
            (listing.revoked || record.revoked.is_none())
                && (listing.expired || !is_expired(record))
                && listing.role.as_ref().filter(|_| !is_old).is_none_or(|role| record.roles.contains(role))
        };
        let scanned = self.store.scan(listing.after.as_deref(), listing.limit);
        let records = scanned.filter(is_listed).map(|record| record.shown(listing.secrets)).collect();
        Ok(answered(StatusCode::OK, &Json::object([("records", Json::List(records))])))
    }

    fn batch(&self, request: &Request) -> Result<Reply, Problem> {
        let mut fields = Fields::of(request, &["tokenIds", "includeSecretPhc"])?;
        fields.require("tokenIds");
        let ids = fields.texts("tokenIds").unwrap_or_default();
        let secrets = fields.flag("includeSecretPhc").unwrap_or(false);
        fields.finish()?;
        let found = ids.iter().filter_map(|id| self.store.get(id)).map(|record| record.shown(secrets)).collect();
        let missing = ids.iter().filter(|id| self.store.get(id).is_none()).map(|id| id.as_str().into()).collect();
        let body = Json::object([("found", Json::List(found)), ("notFound", Json::List(missing))]);
        Ok(answered(StatusCode::OK, &body))
    }

    fn issue(&mut self, request: &Request, now: i64) -> Result<Reply, Problem> {
        let mut fields = Fields::of(request, &self.known(&["owner", "tokenId", "isAdmin", "expiresAt"]))?;
        let id = fields.text("tokenId");
        let draft = Draft::of(&mut fields);
        fields.finish()?;
        if id.as_deref().is_some_and(|id| !is_id(id)) {
            return Err(Problem::Thrown("Invalid token ID"));
        }
        let pat = Pat::new(&mut self.random, id);
        let secret_phc = pat.phc(&mut self.random);
        let record = self.store_new(draft, pat.id.clone(), secret_phc, now)?;
        let body = Json::object([("token", pat.text().into()), ("record", record.shown(false))]);
        Ok(answered(StatusCode::CREATED, &body).secret())
    }

    fn register(&mut self, request: &Request, id: &str, now: i64) -> Result<Reply, Problem> {
        let mut fields = Fields::of(request, &self.known(&["owner", "secretPhc", "isAdmin", "expiresAt"]))?;
        fields.require("secretPhc");
        let secret_phc = fields.text("secretPhc").unwrap_or_default();
        let draft = Draft::of(&mut fields);
        fields.finish()?;
        if !is_id(id) {
            return Err(Problem::Thrown("Invalid token ID"));
        }
        let record = self.store_new(draft, id.to_owned(), secret_phc, now)?;
        Ok(answered(StatusCode::OK, &Json::object([("record", record.shown(true))])))
    }

    fn update(&mut self, request: &Request, id: &str) -> Result<Reply, Problem> {
        let mut fields = Fields::of(request, &self.known(&["owner", "secretPhc", "isAdmin", "expiresAt"]))?;
        let (owner, secret_phc) = (fields.text("owner"), fields.text("secretPhc"));
        let (is_admin, roles) = (fields.flag("isAdmin"), fields.role_change("roles"));
        let expires = fields.moment("expiresAt", true);
        fields.finish()?;
        let is_nothing = owner.is_none() && secret_phc.is_none() && is_admin.is_none() && roles.is_none();
        if is_nothing && expires.is_none() {
            return Ok(Reply::empty(StatusCode::NO_CONTENT));
        }
        if secret_phc.as_deref().is_some_and(|phc| !is_phc(phc)) {
            return Err(Problem::Thrown("Invalid PHC string"));
        }
        if owner.as_deref() == Some("") {
            return Err(Problem::Thrown("The owner is empty"));
        }
        let expires = expires.map(|at| at.map(whole).transpose()).transpose()?;
        let record = self.store.get_mut(id).ok_or_else(|| Problem::Unknown(id.to_owned()))?;
        record.owner = owner.unwrap_or_else(|| record.owner.clone());
        record.secret_phc = secret_phc.unwrap_or_else(|| record.secret_phc.clone());
        record.is_admin = is_admin.unwrap_or(record.is_admin);
        record.expires = expires.or(record.expires);
        match roles {
            None => {}
            Some(RoleChange::Replace(roles)) => record.roles = roles,
            Some(RoleChange::Add(more)) => {
                let new: Vec<String> = more.into_iter().filter(|role| !record.roles.contains(role)).collect();
                record.roles.extend(new);
            }
            Some(RoleChange::Remove(less)) => record.roles.retain(|role| !less.contains(role)),
        }
        Ok(Reply::empty(StatusCode::NO_CONTENT))
    }

    /// The end that is sent replaces the stored one; without it that is cleared.
    fn revoke(&mut self, request: &Request, id: &str, now: i64) -> Result<Reply, Problem> {
        let mut fields = Fields::of(request, &["expiresAt"])?;
        let expires = fields.moment("expiresAt", false).flatten();
        fields.finish()?;
        let expires = expires.map(whole).transpose()?;
        let record = self.store.get_mut(id).ok_or_else(|| Problem::Unknown(id.to_owned()))?;
        record.revoked = record.revoked.or(Some(now));
        record.expires = Some(expires);
        Ok(Reply::empty(StatusCode::NO_CONTENT))
    }

    fn restore(&mut self, id: &str) -> Result<Reply, Problem> {
        let record = self.store.get_mut(id).ok_or_else(|| Problem::Unknown(id.to_owned()))?;
        (record.revoked, record.expires) = (None, None);
        Ok(Reply::empty(StatusCode::NO_CONTENT))
    }

    fn store_new(&mut self, draft: Draft, id: String, secret_phc: String, now: i64) -> Result<Record, Problem> {
        let owner = draft.owner.filter(|owner| !owner.is_empty()).ok_or(Problem::Thrown("The owner is empty"))?;
        let expires = draft.expires.flatten().map(whole).transpose()?.map(Some);
        if self.store.get(&id).is_some() {
            return Err(Problem::Thrown("The token exists"));
        }
        let Draft { is_admin, roles, .. } = draft;
        let record = Record { id, owner, is_admin, secret_phc, roles, created: now, expires, ..Record::default() };
        self.store.put(record.clone());
        Ok(record)
    }

    /// The members that this version knows.
    fn known<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        let roles = (self.switches.version == Version::V1_1).then_some("roles");
        names.iter().copied().chain(roles).collect()
    }
}

impl Draft {
    fn of(fields: &mut Fields) -> Self {
        fields.require("owner");
        Self {
            owner: fields.text("owner"),
            is_admin: fields.flag("isAdmin").unwrap_or(false),
            roles: fields.roles("roles").unwrap_or_default(),
            expires: fields.moment("expiresAt", false),
        }
    }
}
