//! Every public async call of a client, each on a client of its own.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use zeyos::bulk::Plan;
use zeyos::legacy_auth::{LoginRequest, PasswordTokenReference, raw as legacy};
use zeyos::oauth2::raw::{AuthorizeQuery, ResponseType};
use zeyos::oauth2::{Callback, GrantType, LoginError, LoopbackReceiver, TokenReference, TokenRequest};
use zeyos::rest::{NewTicket, Ticket, TicketPatch, ticket};
use zeyos::sync::Checkpoint;
use zeyos::{BoxFuture, ByteStream, Client, Content, Error, Id, ResponseValue, Timestamp, TokenError, TokenSet};

use crate::document::Document;
use crate::support::issuer::Issuer;

pub(super) struct Case {
    pub name: String,
    pub run: Box<dyn FnOnce(Client) -> BoxFuture<Ended> + Send>,
}

/// How a call ended.
pub(super) enum Ended {
    Well,
    /// With an error of this kind.
    Typed(&'static str),
    Oddly(String),
}

/// What can be told about an outcome.
trait Outcome {
    fn ended(self) -> Ended;
}

impl<T> Outcome for Result<T, Error> {
    fn ended(self) -> Ended {
        match self {
            Ok(_) => Ended::Well,
            Err(error) if error.is_timeout() => Ended::Typed("timeout"),
            Err(error) if error.is_store() => Ended::Typed("store"),
            Err(error) if matches!(error.token_error(), Some(TokenError::Unknown { .. })) => Ended::Typed("unknown"),
            Err(error) if error.refusal().is_some() => Ended::Typed("refused"),
            // It came to an answer, which this server makes up.
            Err(error) if error.is_decode() || error.status().is_some() => Ended::Well,
            Err(error) => Ended::Oddly(format!("{error:?}")),
        }
    }
}

impl<T> Outcome for Result<T, LoginError> {
    fn ended(self) -> Ended {
        match self {
            Ok(_) => Ended::Well,
            Err(LoginError::Exchange(error)) => Err::<(), _>(error).ended(),
            Err(LoginError::NotCalledBack) => Ended::Typed("timeout"),
            Err(error) => Ended::Oddly(format!("{error:?}")),
        }
    }
}

fn case<F>(name: &str, run: impl FnOnce(Client) -> F + Send + 'static) -> Case
where
    F: Future<Output = Ended> + Send + 'static,
{
    Case { name: name.to_owned(), run: Box::new(move |client| Box::pin(run(client))) }
}

/// The calls by name.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = tokens();
    cases.extend(oauth2());
    cases.extend(legacy_auth());
    cases.extend(raw());
    cases.extend(native());
    cases.extend(sets());
    cases.push(case("Untyped::call", |client| async move {
        client.request(http::Method::POST, "/tickets").call().await.ended()
    }));
    #[cfg(feature = "password-grant")]
    cases.push(case("PasswordGrant::send", |client| async move {
        client.oauth2().password_grant("mara", "pa55").send().await.ended()
    }));
    cases
}

/// Every operation of every document, by its id.
pub(super) fn operations() -> Vec<Case> {
    let all = Document::all().iter().flat_map(Document::operations);
    let run = |(id, parameters): (String, Vec<&'static str>)| {
        case(&id.clone(), move |client| async move {
            let described = client.operation(&id).json(json!({}));
            let described = parameters.into_iter().fold(described, |call, name| call.path_parameter(name, 7));
            described.call().await.ended()
        })
    };
    let whole = all.map(|operation| (operation.full_id(), parameters(operation.path))).map(run);
    whole.chain(streams()).collect()
}

/// Answers and bodies that are streams.
fn streams() -> [Case; 2] {
    let listed = |client: &Client| client.operation("listTickets");
    [
        case("send_streamed", move |client| async move {
            let answer = listed(&client).json(json!({})).call().send_streamed().await;
            match answer.map(ResponseValue::into_inner) {
                Ok(mut pieces) => pieces.next().await.transpose().ended(),
                Err(error) => Err::<(), _>(error).ended(),
            }
        }),
        case("a streamed body", move |client| async move {
            let content = Content::stream_with(|| ByteStream::<Error>::from(Bytes::from_static(b"{}")));
            let media_type = http::HeaderValue::from_static("application/json");
            listed(&client).content(media_type, content).call().await.ended()
        }),
    ]
}

/// The names in braces.
fn parameters(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn tokens() -> Vec<Case> {
    vec![
        case("Auth::token_set", |client| async move { client.auth().token_set().await.ended() }),
        case("Auth::shared_token_set", |client| async move { client.auth().shared_token_set().await.ended() }),
        case("Auth::set_token_set", |client| async move {
            client.auth().set_token_set(TokenSet::bearer("b")).await.ended()
        }),
        case("Auth::clear_token_set", |client| async move { client.auth().clear_token_set().await.ended() }),
        case("Auth::check_store", |client| async move { client.auth().check_store().await.ended() }),
        case("Auth::logout", |client| async move { client.auth().logout().await.ended() }),
        case("Auth::close", |client| async move {
            // With a refresh under way, if that is possible.
            let oauth2 = client.oauth2();
            let refresh = tokio::spawn(async move { oauth2.refresh().await.map(drop) });
            tokio::task::yield_now().await;
            let ended = client.auth().close().await.ended();
            refresh.abort();
            ended
        }),
    ]
}

fn oauth2() -> Vec<Case> {
    vec![
        case("OAuth2::exchange_authorization_code", |client| async move {
            client.oauth2().exchange_authorization_code("c0de", None, None).await.ended()
        }),
        case("OAuth2::client_credentials_grant", |client| async move {
            client.oauth2().client_credentials_grant(["read"]).await.ended()
        }),
        case("OAuth2::refresh", |client| async move { client.oauth2().refresh().await.ended() }),
        case("OAuth2::logout", |client| async move { client.oauth2().logout().await.ended() }),
        case("OAuth2::revoke", |client| async move { client.oauth2().revoke("t").await.ended() }),
        case("OAuth2::introspect", |client| async move { client.oauth2().introspect("t").await.ended() }),
        case("OAuth2::user_info", |client| async move { client.oauth2().user_info().await.ended() }),
        case("PendingLogin::finish", |client| async move {
            let login = client.oauth2().authorization_request("https://app.example.com/cb").begin();
            // In mode Session no login can be begun.
            let Ok(login) = login else { return Ended::Well };
            let state = login.url().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
            login.finish(Callback::parse(&format!("?code=c0de&state={state}")).unwrap()).await.ended()
        }),
        case("PendingLogin::finish_without_redirect_uri", |client| async move {
            let login = client.oauth2().authorization_request("https://app.example.com/cb").begin();
            // In mode Session no login can be begun.
            let Ok(login) = login else { return Ended::Well };
            let state = login.url().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
            login
                .finish_without_redirect_uri(Callback::parse(&format!("?code=c0de&state={state}")).unwrap())
                .await
                .ended()
        }),
    ]
}

fn legacy_auth() -> Vec<Case> {
    let login = || LoginRequest::new("mara", "pa55", "office");
    vec![
        case("LegacyAuth::login", move |client| async move { client.legacy_auth().login(login()).await.ended() }),
        case("LegacyAuth::verify", |client| async move { client.legacy_auth().verify().await.ended() }),
        case("LegacyAuth::user_info", |client| async move { client.legacy_auth().user_info().await.ended() }),
        case("LegacyAuth::logout", |client| async move { client.legacy_auth().logout().await.ended() }),
        case("LegacyAuth::logout_issued_token", |client| async move {
            client.legacy_auth().logout_issued_token().await.ended()
        }),
        case("LegacyAuth::issue_token", |client| async move { client.legacy_auth().issue_token().await.ended() }),
        case("LegacyAuth::introspect_issued_token", |client| async move {
            client.legacy_auth().introspect_issued_token("t").await.ended()
        }),
        case("LegacyAuth::revoke_issued_token", |client| async move {
            client.legacy_auth().revoke_issued_token("t").await.ended()
        }),
    ]
}

/// The emitted methods.
fn raw() -> Vec<Case> {
    let reference = || PasswordTokenReference::new("t");
    vec![
        case("raw::OAuth2::authorize", |client| async move {
            let query = AuthorizeQuery::new("app", "https://app.example.com/cb", ResponseType::Code);
            client.oauth2().raw().authorize(query).await.ended()
        }),
        case("raw::OAuth2::get_token", |client| async move {
            client.oauth2().raw().get_token(TokenRequest::new(GrantType::AuthorizationCode).code("c")).await.ended()
        }),
        case("raw::OAuth2::get_user_info", |client| async move { client.oauth2().raw().get_user_info().await.ended() }),
        case("raw::OAuth2::introspect_token", |client| async move {
            client.oauth2().raw().introspect_token(TokenReference::new("t")).await.ended()
        }),
        case("raw::OAuth2::revoke_token", |client| async move {
            client.oauth2().raw().revoke_token(TokenReference::new("t")).await.ended()
        }),
        case("raw::LegacyAuth::get_user_info", |client| async move {
            client.legacy_auth().raw().get_user_info(legacy::GetUserInfoQuery::new()).await.ended()
        }),
        case("raw::LegacyAuth::introspect_issued_token", move |client| async move {
            client.legacy_auth().raw().introspect_issued_token(reference()).await.ended()
        }),
        case(
            "raw::LegacyAuth::issue_token",
            |client| async move { client.legacy_auth().raw().issue_token().await.ended() },
        ),
        case("raw::LegacyAuth::login", |client| async move {
            client.legacy_auth().raw().login(LoginRequest::new("mara", "pa55", "office")).detached().await.ended()
        }),
        case("raw::LegacyAuth::logout", |client| async move { client.legacy_auth().raw().logout().await.ended() }),
        case("raw::LegacyAuth::revoke_issued_token", move |client| async move {
            client.legacy_auth().raw().revoke_issued_token(reference()).await.ended()
        }),
        case("raw::LegacyAuth::verify", |client| async move { client.legacy_auth().raw().verify().await.ended() }),
    ]
}

/// A program that knows no custom field.
enum NoFields {}

impl zeyos::custom_fields::CustomFields for NoFields {
    const FIELDS: &'static [zeyos::custom_fields::DeclaredField] = &[];
}

/// What reads and writes many records at a time.
fn sets() -> Vec<Case> {
    let mine = || [(Id::<Ticket>::new(7), Timestamp::from_unix(7))];
    let all = || Ticket::query().filter(ticket::ID.gt(0));
    let change = |_: &Ticket| TicketPatch::new().name("b");
    vec![
        case("Changes::next", |client| async move {
            client.changes_since(Checkpoint::<Ticket>::new()).next().await.transpose().ended()
        }),
        case(
            "Client::check_custom_fields",
            |client| async move { client.check_custom_fields::<NoFields>().await.ended() },
        ),
        case("Reconcile::next", move |client| async move { client.reconcile(mine()).next().await.transpose().ended() }),
        case("Reconcile::collect", move |client| async move { client.reconcile(mine()).collect().await.ended() }),
        case("Watch::next", move |client| async move { client.watch(Checkpoint::new(), mine).next().await.ended() }),
        case("Outcomes::next", |client| async move {
            let row = client.create_many::<Ticket, _>([NewTicket::new("a")]).run().next().await.unwrap();
            row.outcome.ended()
        }),
        case("Outcomes::tally", move |client| async move {
            let mut tally = client.delete_where(all()).run().tally().await;
            tally.others.pop().map_or(Ended::Well, |row| row.outcome.ended())
        }),
        case("UpdateWhere::plan", move |client| async move { client.update_where(all(), change).plan().await.ended() }),
        case("DeleteWhere::plan", move |client| async move { client.delete_where(all()).plan().await.ended() }),
        case("Journal::next", |client| async move {
            let row = r#"{"id": 7, "etag": "\"1\"", "old": {"name": "a"}, "new": {"name": "b"}}"#;
            let plan: Plan<Ticket> = format!(r#"{{"of": "tickets", "rows": [{row}]}}"#).parse().unwrap();
            // A journal holds texts: of which kind the failure was is told by the same call before it.
            let before = client.api().update_ticket(Id::new(7), TicketPatch::new().name("b")).await.ended();
            let entry = client.apply(plan).run().next().await.unwrap();
            match before {
                Ended::Well if !entry.is_applied() => Ended::Oddly("the call before it ended well".to_owned()),
                before => before,
            }
        }),
    ]
}

impl<R> Outcome for zeyos::bulk::Outcome<R> {
    fn ended(self) -> Ended {
        use zeyos::bulk::Outcome as Row;
        match self {
            Row::Done(_) | Row::Skipped => Ended::Well,
            Row::Failed(error) | Row::Unknown(error) | Row::BrokenOff(error) => Err::<(), _>(error).ended(),
            _ => Ended::Oddly("an outcome without a name".to_owned()),
        }
    }
}

/// What waits for a browser, by the clock of the machine.
fn native() -> Vec<Case> {
    vec![
        case("LoopbackReceiver::bind", |_| async { LoopbackReceiver::bind().await.ended() }),
        case("LoopbackReceiver::bind_to", |_| async { LoopbackReceiver::bind_to(0, "/cb").await.ended() }),
        case("LoopbackReceiver::receive", |_| async {
            let receiver = LoopbackReceiver::bind().await.unwrap();
            let client = Issuer::new().client().build().unwrap();
            let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin().unwrap();
            receiver.receive(&login, Duration::from_millis(20)).await.ended()
        }),
    ]
}
