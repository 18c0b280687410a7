//! Applications and agents of the second generation, as its administration takes them: without any credential, to seed tests.

use axum::http::StatusCode;

use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::auth_agent::refusal::Refusal;
use crate::platforms::auth_agent::state::{Agent, Application, State};
use crate::platforms::message::{json_object, text};

fn uris(body: &Json) -> Option<Vec<String>> {
    body.get("redirect_uris")?.as_list()?.iter().map(|uri| uri.as_text().map(str::to_owned)).collect()
}

fn list(texts: &[String]) -> Json {
    Json::List(texts.iter().map(|text| text.as_str().into()).collect())
}

impl State {
    pub(crate) fn add_application(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let redirect_uris = uris(&body).ok_or(Refusal::request("redirect_uris is missing"))?;
        let name = text(&body, "name").unwrap_or_default().to_owned();
        let (id, secret) = (format!("client_{}", self.random.hex(16)), self.random.token());
        let answer = Json::object([
            ("client_id", id.as_str().into()),
            ("client_secret", secret.as_str().into()),
            ("name", name.as_str().into()),
            ("redirect_uris", list(&redirect_uris)),
        ]);
        self.applications.insert(id, Application { secret, name, redirect_uris });
        Ok(Reply::json(StatusCode::CREATED, &answer).secret())
    }

    pub(crate) fn list_applications(&self) -> Reply {
        let shown = |(id, application): (&String, &Application)| {
            Json::object([
                ("client_id", id.as_str().into()),
                ("name", application.name.as_str().into()),
                ("redirect_uris", list(&application.redirect_uris)),
            ])
        };
        let clients = self.applications.iter().map(shown).collect();
        Reply::json(StatusCode::OK, &Json::object([("clients", Json::List(clients))]))
    }

    pub(crate) fn update_application(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let id = text(&body, "client_id").ok_or(Refusal::request("client_id is missing"))?;
        let application = self.applications.get_mut(id).ok_or(Refusal::not_found())?;
        application.redirect_uris = uris(&body).unwrap_or_else(|| application.redirect_uris.clone());
        Ok(Reply::json(StatusCode::OK, &Json::object([("success", true.into())])))
    }

    pub(crate) fn add_agent(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let sent = |name: &str| text(&body, name).unwrap_or_default().to_owned();
        let (id, secret) = (format!("agent_{}", self.random.hex(16)), self.random.token());
        let answer = Json::object([("agent_id", id.as_str().into()), ("agent_secret", secret.as_str().into())]);
        let agent = Agent {
            secret,
            model: sent("model"),
            owner_name: sent("user_name"),
            owner_email: sent("user_email"),
            permissions: Vec::new(),
            created: now,
            updated: now,
            polls: 0,
            verified: false,
        };
        self.agents.insert(id, agent);
        Ok(Reply::json(StatusCode::CREATED, &answer).secret())
    }

    pub(crate) fn list_agents(&self) -> Reply {
        let shown = |(id, agent): (&String, &Agent)| {
            Json::object([("agent_id", id.as_str().into()), ("user_name", agent.owner_name.as_str().into())])
        };
        let agents = self.agents.iter().map(shown).collect();
        Reply::json(StatusCode::OK, &Json::object([("agents", Json::List(agents))]))
    }
}
