//! No secret of a platform is seen in what its client prints, whatever its server writes back.

use std::error::Error as StdError;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use zeyos::http::Method;
use zeyos::oauth2::Callback;
use zeyos::platforms::access_tokens::{AccessTokens, IssueRequest, ListTokens, RegisterRequest, TokenId};
use zeyos::platforms::auth_agent::back_channel::BackChannel;
use zeyos::platforms::auth_agent::{AgentAuthRequest, AuthAgent, Click, EventData, PostRun};
use zeyos::platforms::cozy::{Cozy, RegisteredClient, Scope};
use zeyos::{Identity, RetryPolicy, TokenSet};

use crate::platforms::support::{Sent, Wire, answer};

const PAT: &str = "pat_QWERTYUIOPasdfghjklZx.vTq9Lm2RzKcW7yXbNd4HsGpJ8uFe5oAi3CtYw6Q=";
const ACCESS: &str = "Ahq7Zk2mWvXc9RtLbN4sJdYg8PfEu";
const REFRESH: &str = "Rxw3Ld8tCzQy5VmKpB7nHsGj2FaUo";
const CLIENT_SECRET: &str = "Cye6Mf1uSbTn4WkXrD9vQzLh7GpIa";
const REGISTRATION: &str = "Gzn5Ng3iVcPm8YjZsE2wRxKd6HqOb";
const CODE: &str = "Dop4Bh9oXdRk1ZlAtF3yUvJe7IsPc";
const PHC: &str = "$scrypt$ln=14,r=8,p=1$Jrs2Wi7aYgTn$Kut8Xj3bZhUo5MqEw";

/// A server that writes back what it was sent, with this status, in every form that its errors have.
fn echo(status: u16) -> Wire {
    Wire::answering(move |sent: &Sent| {
        let told = serde_json::Value::from(sent.whole());
        let body = match sent.path.len() % 3 {
            0 => format!(r#"{{"error":{{"message":{told},"code":{told},"details":{{"x":{told}}}}}}}"#),
            1 => format!(r#"{{"error":{told},"error_description":{told}}}"#),
            _ => sent.whole(),
        };
        answer(status, if body.starts_with('{') { "application/json" } else { "text/plain" }, &body)
    })
}

/// What was printed.
#[derive(Clone, Default)]
struct Transcript(Arc<Mutex<String>>);

impl Transcript {
    fn print(&self, thing: &impl Debug) {
        writeln!(self.0.lock().unwrap(), "{thing:?}\n{thing:#?}").unwrap();
    }

    fn outcome<T: Debug, E: StdError + 'static>(&self, outcome: Result<T, E>) {
        match outcome {
            Ok(value) => self.print(&value),
            Err(error) => {
                let mut next: Option<&(dyn StdError + 'static)> = Some(&error);
                while let Some(error) = next {
                    writeln!(self.0.lock().unwrap(), "{error}\n{error:?}").unwrap();
                    next = error.source();
                }
            }
        }
    }

    /// Looks for the secrets, and for pieces of twelve characters of them.
    fn is_free_of(&self, secrets: &[&str]) {
        let text = self.0.lock().unwrap();
        assert!(text.len() > 1000, "something was printed");
        for secret in secrets {
            let characters: Vec<char> = secret.chars().collect();
            for piece in characters.windows(12) {
                let piece: String = piece.iter().collect();
                assert!(!text.contains(&piece), "{piece} of {secret} is in\n{text}");
            }
        }
    }
}

/// The public types of the platforms, all of which are printed here.
const PRINTED: [&str; 25] = [
    "AccessTokens",
    "AccessTokensBuilder",
    "ApiError",
    "AuthAgent",
    "AuthAgentBuilder",
    "AuthError",
    "AuthorizationUrl",
    "BackChannel",
    "BackChannelBuilder",
    "Click",
    "Cozy",
    "CozyBody",
    "CozyBuilder",
    "CozyClient",
    "CozyError",
    "Discovered",
    "ListTokens",
    "NewClient",
    "PostRun",
    "RegisteredClient",
    "Scope",
    "TokenId",
    "TokenState",
    "TokenStream",
    "TokensError",
];

/// The names of public structs and enums in these sources; those that a macro makes are named by its callers.
fn public_types(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            public_types(&entry, found);
            continue;
        }
        let text = std::fs::read_to_string(&entry).unwrap();
        for line in text.lines() {
            let rest = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
            let name = rest.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned());
            found.extend(name);
        }
    }
}

#[test]
fn every_public_type_of_a_platform_is_printed_here() {
    let mut found: Vec<String> =
        ["AccessTokens", "AccessTokensBuilder", "BackChannel", "BackChannelBuilder", "Cozy", "CozyBuilder"]
            .map(str::to_owned)
            .into();
    public_types(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platforms"), &mut found);
    // Its variants have nothing in them.
    found.retain(|name| name != "Verb");
    found.sort();
    assert_eq!(found, PRINTED);
}

const STATUSES: [u16; 6] = [200, 400, 401, 403, 404, 500];

#[tokio::test]
async fn access_tokens_print_no_secret() {
    let transcript = Transcript::default();
    for status in STATUSES {
        for jwt in [None, Some(ACCESS)] {
            let ear = transcript.clone();
            let mut builder = AccessTokens::builder("https://tokens.example.com", PAT)
                .transport(echo(status))
                .retry(RetryPolicy::None)
                .on_event(move |event| ear.print(event));
            if let Some(jwt) = jwt {
                builder = builder.token_set(TokenSet::bearer(jwt));
            }
            transcript.print(&builder);
            let tokens = builder.build().unwrap();
            transcript.print(&tokens);
            transcript.outcome(tokens.list(ListTokens::new()).await);
            transcript.outcome(tokens.issue(IssueRequest::new("mara")).await);
            transcript.outcome(tokens.register("0123456789abcdefghijx", RegisterRequest::new("mara", PHC)).await);
            transcript.outcome(tokens.revoke("0123456789abcdefghijx").await);
            let wanted = ListTokens::new().after(PAT).has_role(ACCESS);
            transcript.print(&wanted);
            let mut all = tokens.all(wanted);
            transcript.print(&all);
            transcript.print(&TokenId::random().unwrap());
            let error = tokens.list(ListTokens::new()).await.err();
            transcript.print(&error.as_ref().and_then(|error| error.api_error()));
            transcript.outcome(all.next().await.transpose());
        }
    }
    transcript.is_free_of(&[&PAT[26..], ACCESS, &PHC[24..]]);
}

#[tokio::test]
async fn auth_agent_prints_no_secret() {
    let transcript = Transcript::default();
    for status in STATUSES {
        let ear = transcript.clone();
        let builder = AuthAgent::builder("agent")
            .agent_secret(CLIENT_SECRET)
            .transport(echo(status))
            .token_set(TokenSet::bearer(ACCESS).with_refresh_token(REFRESH))
            .configure(|builder| builder.retry(RetryPolicy::None))
            .on_event(move |event| ear.print(event));
        transcript.print(&builder);
        let agent = builder.build().unwrap();
        transcript.print(&agent);
        transcript.outcome(agent.user_info().await);
        transcript.outcome(agent.profile().await);
        transcript.outcome(agent.send_event(EventData::new("x").member("y", ACCESS)).await);
        transcript.outcome(agent.revoke_token(REFRESH).await);
        transcript.outcome(agent.introspect_token(ACCESS).await);
        transcript.outcome(agent.discover().await);
        transcript.print(&(Click::new(ACCESS, REFRESH), PostRun::new(ACCESS, REFRESH, CODE)));
        let request = AgentAuthRequest::new("model", "app", "https://app.example.com/cb");
        transcript.print(&request);
        transcript.outcome(agent.authenticate_agent(request).await);
        let begun = agent.authorization_url("https://app.example.com/cb", None, None).unwrap();
        transcript.print(&begun);
        assert!(!format!("{begun:?}").contains(begun.state.expose()));
        transcript.outcome(agent.exchange_code(CODE, begun.state, "https://app.example.com/cb").await);
        transcript.outcome(agent.refresh().await);
        transcript.outcome(agent.token_state().await);
    }
    let builder = BackChannel::builder("https://agents.example.com", "app", CLIENT_SECRET).transport(echo(500));
    transcript.print(&builder);
    let channel = builder.token_set(TokenSet::bearer(ACCESS)).build().unwrap();
    transcript.print(&channel);
    transcript.outcome(channel.introspect(REFRESH).await);
    transcript.outcome(channel.user_info().await);
    transcript.is_free_of(&[ACCESS, REFRESH, CLIENT_SECRET, CODE]);
}

#[tokio::test]
async fn cozy_prints_no_secret() {
    let transcript = Transcript::default();
    let registered = || {
        RegisteredClient::from_json(&serde_json::json!({
            "clientID": "client", "clientSecret": CLIENT_SECRET, "registrationAccessToken": REGISTRATION,
            "redirectURI": "https://app.example.com/cb", "softwareID": "s", "clientName": "n",
        }))
        .unwrap()
    };
    for status in STATUSES {
        let ear = transcript.clone();
        let builder =
            Cozy::builder("https://alice.example.com").transport(echo(status)).on_event(move |event| ear.print(event));
        let cozy = builder.configure(|builder| builder.retry(RetryPolicy::None)).build().unwrap();
        transcript.outcome(cozy.register(super::cozy::notes()).await);
        let identity = Identity::from(TokenSet::bearer(ACCESS).with_refresh_token(REFRESH));
        transcript.print(&identity);
        let client = cozy.registered_with(registered(), identity).unwrap();
        transcript.print(&client);
        transcript.print(client.registered());
        transcript.print(&(registered().to_new(), Scope::of("io.cozy.files")));
        let error = client.get().await.unwrap_err();
        transcript.print(&error.body());
        transcript.outcome::<(), _>(Err(error));
        transcript.outcome(client.update_and_reset_secret(registered().to_new()).await);
        // What a call brings is the caller's own.
        transcript.outcome(client.request(Method::GET, "/data").call().await.map(drop));
        let login = client.login([Scope::raw("x")]).unwrap();
        transcript.print(&login);
        let page = format!("?code={CODE}&state={}", login.state().expose());
        transcript.print(&Callback::parse(&page).unwrap());
        transcript.outcome(client.access_token(login, &page).await);
        transcript.outcome(client.refresh().await);
        transcript.outcome(client.unregister().await);
    }
    transcript.is_free_of(&[ACCESS, REFRESH, CLIENT_SECRET, REGISTRATION, CODE]);
}
