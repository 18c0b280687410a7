//! Registration of clients (RFC 7591) and what they can do with it later (RFC 7592).

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::client::{Client, InvalidMetadata, Metadata};
use super::state::{Audience, State, domain, refused};
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{bearer, json_object, object, text};

const HOUR: i64 = 3600;

impl State {
    pub(super) fn register(&mut self, request: &Request, now: i64) -> Reply {
        self.registered(request, now).unwrap_or_else(|refusal| refusal)
    }

    fn registered(&mut self, request: &Request, now: i64) -> Result<Reply, Reply> {
        accepts_json(request)?;
        let body = self.body(request, now)?;
        let mut metadata = Metadata::read(&body, domain(request), &self.switches.unapproved_software).map_err(unfit)?;
        self.name_apart(&mut metadata, "");
        let id = self.random.hex(32);
        let token = self.issue(Audience::Registration, &id, "", domain(request), now);
        let client = Client { id: id.clone(), secret: self.new_secret(), metadata, pending: true };
        let information = client.information(Some(token));
        self.clients.insert(id, client);
        Ok(Reply::json(StatusCode::CREATED, &information).secret())
    }

    pub(super) fn client(&self, request: &Request, id: &str) -> Reply {
        let read = || {
            accepts_json(request)?;
            Ok(Reply::json(StatusCode::OK, &self.managed(request, id)?.information(None)).secret())
        };
        read().unwrap_or_else(|refusal: Reply| refusal)
    }

    pub(super) fn update(&mut self, request: &Request, id: &str, now: i64) -> Reply {
        self.updated(request, id, now).unwrap_or_else(|refusal| refusal)
    }

    fn updated(&mut self, request: &Request, id: &str, now: i64) -> Result<Reply, Reply> {
        accepts_json(request)?;
        let body = self.body(request, now)?;
        let secret = self.managed(request, id)?.secret.clone();
        if text(&body, "client_id") != Some(id) {
            return Err(invalid("invalid_client_id", "client_id is mandatory, and that of the path"));
        }
        let rotates = match text(&body, "client_secret") {
            None => false,
            Some(sent) if sent == secret => true,
            Some(_) => return Err(invalid("invalid_client_secret", "client_secret is not the current one")),
        };
        let mut metadata = Metadata::read(&body, domain(request), &self.switches.unapproved_software).map_err(unfit)?;
        self.name_apart(&mut metadata, id);
        let secret = if rotates { self.new_secret() } else { secret };
        let pending = self.clients.get(id).is_some_and(|client| client.pending);
        let client = Client { id: id.to_owned(), secret, metadata, pending };
        let information = client.information(None);
        self.clients.insert(id.to_owned(), client);
        Ok(Reply::json(StatusCode::OK, &information).secret())
    }

    /// A client that is gone already is gone.
    pub(super) fn unregister(&mut self, request: &Request, id: &str) -> Reply {
        if self.clients.contains_key(id) {
            if !self.manages(request, id) {
                return refused(StatusCode::UNAUTHORIZED, "invalid_token");
            }
            self.clients.remove(id);
            self.codes.retain(|_, code| code.client != id);
        }
        Reply::empty(StatusCode::NO_CONTENT)
    }

    /// The client of a path, if the request has its registration token.
    fn managed(&self, request: &Request, id: &str) -> Result<&Client, Reply> {
        let found = self.clients.get(id).ok_or_else(|| refused(StatusCode::NOT_FOUND, "Client not found"))?;
        if self.manages(request, id) { Ok(found) } else { Err(refused(StatusCode::UNAUTHORIZED, "invalid_token")) }
    }

    fn manages(&self, request: &Request, id: &str) -> bool {
        let token = bearer(request).filter(|token| !self.ended.contains_key(*token));
        token.and_then(|token| self.known(token, Audience::Registration)).is_some_and(|known| known.client == id)
    }

    /// The body of a registration or a change of one, as far as there may be another.
    fn body(&mut self, request: &Request, now: i64) -> Result<Json, Reply> {
        let media_type = request.header(&header::CONTENT_TYPE).unwrap_or_default();
        if !media_type.starts_with("application/json") {
            return Err(refused(StatusCode::BAD_REQUEST, "bad_content_type"));
        }
        if self.registrations.count(self.switches.registrations_per_hour, HOUR, now).exceeded {
            return Err(refused(StatusCode::NOT_FOUND, "Not found"));
        }
        json_object(request).ok_or_else(unreadable)
    }

    /// Adds a number to a name that another client has.
    fn name_apart(&self, metadata: &mut Metadata, own_id: &str) {
        let Some(wish) = metadata.get("client_name").map(str::to_owned) else { return };
        let others = self.clients.values().filter(|client| client.id != own_id);
        let taken: Vec<&str> = others.filter_map(|client| client.metadata.get("client_name")).collect();
        if !taken.contains(&wish.as_str()) {
            return;
        }
        let free = (2..).map(|number: u64| format!("{wish}-{number}")).find(|name| !taken.contains(&name.as_str()));
        metadata.rename(free.unwrap_or(wish));
    }

    fn new_secret(&mut self) -> String {
        STANDARD.encode(&self.random.bytes()[..24])
    }
}

/// The header must be there, and be a star or name JSON.
fn accepts_json(request: &Request) -> Result<(), Reply> {
    let accept = request.header_list(&header::ACCEPT);
    if accept == "*/*" || accept.contains("application/json") {
        Ok(())
    } else {
        Err(refused(StatusCode::BAD_REQUEST, "bad_accept_header"))
    }
}

fn invalid(code: &str, description: &str) -> Reply {
    let members = [("error", Some(code.into())), ("error_description", Some(description.into()))];
    Reply::json(StatusCode::BAD_REQUEST, &object(members))
}

fn unfit(why: InvalidMetadata) -> Reply {
    match why {
        InvalidMetadata::Unreadable => unreadable(),
        InvalidMetadata::Refused(status, error, "") => refused(status, error),
        InvalidMetadata::Refused(_, code, description) => invalid(code, description),
    }
}

/// The answer to a body that cannot be read, in the words of JSON:API.
fn unreadable() -> Reply {
    let error = Json::object([
        ("status", "500".into()),
        ("title", "Unqualified error".into()),
        ("detail", "the body cannot be read as JSON".into()),
    ]);
    let body = Json::object([("errors", Json::List(vec![error]))]).to_text();
    Reply::of_type(StatusCode::INTERNAL_SERVER_ERROR, "application/vnd.api+json", body)
}
