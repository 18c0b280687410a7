//! What a token or cookie tells about its user.

use axum::http::StatusCode;
use rusqlite::{OptionalExtension, Row};

use super::civil;
use crate::access;
use crate::context::RequestContext;
use crate::http::{Failure, Reply};
use crate::json::Json;

/// A user as both sign-in services show one.
#[derive(Debug)]
pub(crate) struct Profile {
    pub id: i64,
    pub name: String,
    pub email: String,
    pub contact: Option<i64>,
    pub nopublic: bool,
    pub apionly: bool,
    pub changed: i64,
    pub settings: Json,
    /// The group numbers and names, and whether the user may write what they own.
    pub groups: Vec<(i64, String, bool)>,
    /// The permissions: their kind, what they name, and whether they are writable.
    pub permissions: Vec<(String, Json, bool)>,
}

impl Profile {
    /// A setting of the user, else that of the instance, else the last word.
    pub(crate) fn setting(&self, cx: &RequestContext<'_>, name: &str, last: &str) -> Result<String, Failure> {
        if let Some(text) = self.settings.get(name).and_then(Json::as_text) {
            return Ok(text.to_owned());
        }
        let sql = "SELECT value FROM _config WHERE name = ?1";
        let value: Option<String> = cx.db.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?;
        let value = value.and_then(|value| Json::parse(value.as_bytes()));
        Ok(value.as_ref().and_then(Json::as_text).unwrap_or(last).to_owned())
    }
}

/// Reads a user.
pub(crate) fn profile(cx: &RequestContext<'_>, user: i64) -> Result<Profile, Failure> {
    let sql = "SELECT ID, name, email, contact, nopublic, apionly, lastmodified, settings FROM users WHERE ID = ?1";
    let row = |row: &Row<'_>| {
        let settings: Option<String> = row.get(7)?;
        Ok(Profile {
            id: row.get(0)?,
            name: row.get(1)?,
            email: row.get(2)?,
            contact: row.get(3)?,
            nopublic: row.get(4)?,
            apionly: row.get(5)?,
            changed: row.get(6)?,
            settings: settings.and_then(|text| Json::parse(text.as_bytes())).unwrap_or(Json::Null),
            groups: Vec::new(),
            permissions: Vec::new(),
        })
    };
    let mut profile = cx.db.prepare_cached(sql)?.query_row([user], row)?;
    profile.groups = groups(cx, user)?;
    profile.permissions = permissions(cx, user)?;
    Ok(profile)
}

fn groups(cx: &RequestContext<'_>, user: i64) -> Result<Vec<(i64, String, bool)>, Failure> {
    let sql = "SELECT g.ID, g.name, m.writable FROM groups2users m JOIN groups g ON g.ID = m.\"group\"
         WHERE m.user = ?1 AND g.activity = 0 ORDER BY g.ID";
    let mut statement = cx.db.prepare_cached(sql)?;
    let rows = statement.query_map([user], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn permissions(cx: &RequestContext<'_>, user: i64) -> Result<Vec<(String, Json, bool)>, Failure> {
    let sql = "SELECT p.identifier, p.fork, p.application, max(p.writable) FROM groups2users m
         JOIN groups g ON g.ID = m.\"group\" JOIN permissions p ON p.\"group\" = g.ID
         WHERE m.user = ?1 AND g.activity = 0 GROUP BY p.identifier, p.fork, p.application
         ORDER BY p.identifier, p.fork, p.application";
    let mut statement = cx.db.prepare_cached(sql)?;
    let rows = statement.query_map([user], |row| {
        let (identifier, fork, application): (Option<String>, Option<i64>, Option<i64>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let (kind, value) = match (identifier, fork) {
            (Some(identifier), _) => ("identifier", Json::Text(identifier)),
            (None, Some(fork)) => ("fork", Json::Int(fork)),
            (None, None) => ("application", application.into()),
        };
        Ok((kind.to_owned(), value, row.get(3)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Answers who is signed in (OpenID Connect Core, section 5.1, and what the service adds).
pub(crate) fn answer(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let caller = access::caller(cx)?;
    let profile = profile(cx, caller.user)?;
    let mut claims: Vec<(String, Json)> = Vec::new();
    let mut claim = |name: &str, value: Json| claims.push((name.to_owned(), value));
    let contact = contact(cx, profile.contact)?;
    let real_name = contact.as_ref().map(|contact| contact.name.clone()).filter(|name| !name.is_empty());
    claim("sub", profile.id.to_string().into());
    claim("name", real_name.unwrap_or_else(|| profile.name.clone()).into());
    claim("preferred_username", profile.name.as_str().into());
    claim("email", profile.email.as_str().into());
    claim("zoneinfo", profile.setting(cx, "timezone", "UTC")?.into());
    claim("locale", profile.setting(cx, "locale", "en-US")?.into());
    claim("nopublic", profile.nopublic.into());
    claim("apionly", profile.apionly.into());
    claim("updated_at", profile.changed.into());
    for (name, value) in contact.into_iter().flat_map(|contact| contact.claims) {
        claim(&name, value);
    }
    let groups = profile.groups.into_iter().map(|(id, name, writable)| {
        Json::object([("id", id.into()), ("name", name.into()), ("writable", writable.into())])
    });
    claim("groups", Json::List(groups.collect()));
    let permissions = profile.permissions.into_iter();
    let permissions =
        permissions.map(|(kind, value, writable)| Json::object([(&*kind, value), ("writable", writable.into())]));
    claim("permissions", Json::List(permissions.collect()));
    Ok(Reply::json(StatusCode::OK, &Json::Object(claims)))
}

/// What the contact of a user adds.
struct ContactClaims {
    name: String,
    claims: Vec<(String, Json)>,
}

fn contact(cx: &RequestContext<'_>, id: Option<i64>) -> Result<Option<ContactClaims>, Failure> {
    let sql = "SELECT firstname, lastname, phone, address, city, region, postalcode, country, birthdate FROM contacts
         WHERE ID = ?1";
    let row = |row: &Row<'_>| {
        let text = |index: usize| row.get::<_, String>(index);
        let (first, last) = (text(0)?, text(1)?);
        let birthdate: Option<i64> = row.get(8)?;
        let mut claims = vec![("given_name", first.clone()), ("family_name", last.clone()), ("phone_number", text(2)?)];
        claims.extend(birthdate.and_then(civil::date).map(|date| ("birthdate", date)));
        let mut claims: Vec<(String, Json)> = filled(claims);
        let address = filled(vec![
            ("street_address", text(3)?),
            ("locality", text(4)?),
            ("region", text(5)?),
            ("postal_code", text(6)?),
            ("country", text(7)?),
        ]);
        if !address.is_empty() {
            claims.push(("address".to_owned(), Json::Object(address)));
        }
        Ok(ContactClaims { name: format!("{first} {last}").trim().to_owned(), claims })
    };
    Ok(cx.db.prepare_cached(sql)?.query_row([id], row).optional()?)
}

fn filled(claims: Vec<(&str, String)>) -> Vec<(String, Json)> {
    let filled = claims.into_iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| (name.to_owned(), Json::Text(value))).collect()
}
