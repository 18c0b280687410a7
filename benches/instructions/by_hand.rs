//! The same calls as someone writes them who has reqwest and serde, into the same types of members.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde::Deserialize;
use zeyos::rest::{Account, CalculationMethod, Fork, Group, Priority, Project, Ticket, TicketStatus, User, Visibility};
use zeyos::{Id, Timestamp};

use super::task::Task;
use super::{Outcome, server};

/// The members of a ticket.
#[derive(Deserialize)]
#[expect(dead_code, reason = "they are read from the answer, and that is all")]
struct Row {
    #[serde(rename = "ID")]
    id: Id<Ticket>,
    fork: Option<Id<Fork>>,
    ownergroup: Option<Id<Group>>,
    creator: Option<Id<User>>,
    assigneduser: Option<Id<User>>,
    creationdate: Timestamp,
    lastmodified: Timestamp,
    account: Option<Id<Account>>,
    project: Option<Id<Project>>,
    visibility: Visibility,
    name: String,
    ticketnum: String,
    date: Timestamp,
    duedate: Option<Timestamp>,
    status: TicketStatus,
    priority: Priority,
    calculation: Option<CalculationMethod>,
    description: String,
    billingitems: Option<String>,
    procurementitems: Option<String>,
    extdata: Option<serde_json::Map<String, serde_json::Value>>,
    tags: Option<Vec<String>>,
}

/// The limits that zeyos has by default.
const CONNECT: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(60);
const WHOLE: Duration = Duration::from_secs(600);
const LONGEST_BODY: usize = 64 << 20;

pub(crate) async fn run(task: Task, calls: usize, url: &str, is_limited: bool) -> Outcome {
    if task == Task::Decode {
        return decode(calls);
    }
    let client = client(is_limited)?;
    for _ in 0..calls {
        assert_eq!(call(&client, task, url, is_limited).await?, task.records());
    }
    Ok(())
}

/// With the limits that zeyos has, or without any.
pub(crate) fn client(is_limited: bool) -> Outcome<reqwest::Client> {
    let client =
        reqwest::Client::builder().tls_backend_preconfigured(tls()?).redirect(reqwest::redirect::Policy::none());
    let client = if is_limited { client.connect_timeout(CONNECT).read_timeout(IDLE).timeout(WHOLE) } else { client };
    Ok(client.build()?)
}

/// One call; answers how many records came.
pub(crate) async fn call(client: &reqwest::Client, task: Task, url: &str, is_limited: bool) -> Outcome<usize> {
    let request = request(client, task, url)?.bearer_auth("access");
    let body = if is_limited { capped(request).await? } else { whole(request).await? };
    Ok(if task.rows().is_some() {
        serde_json::from_slice::<Vec<Row>>(&body)?.len()
    } else {
        usize::from(serde_json::from_slice::<Row>(&body)?.name.starts_with("Ticket"))
    })
}

/// Reads the same body so many times.
fn decode(times: usize) -> Outcome {
    let body = server::body(Task::Decode);
    for _ in 0..times {
        assert_eq!(Some(serde_json::from_slice::<Vec<Row>>(body.as_bytes())?.len() as u32), Task::Decode.rows());
    }
    Ok(())
}

fn request(client: &reqwest::Client, task: Task, url: &str) -> Outcome<RequestBuilder> {
    let address = format!("{url}/demo/api/v1/tickets");
    let Some(limit) = task.rows() else {
        return Ok(client.get(format!("{address}/7")));
    };
    let body = serde_json::to_vec(&serde_json::json!({ "limit": limit }))?;
    Ok(client.post(address).header(http::header::CONTENT_TYPE, "application/json").body(body))
}

async fn whole(request: RequestBuilder) -> Outcome<Vec<u8>> {
    Ok(request.send().await?.error_for_status()?.bytes().await?.into())
}

async fn capped(request: RequestBuilder) -> Outcome<Vec<u8>> {
    let mut answer = request.send().await?.error_for_status()?;
    let length = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if length > LONGEST_BODY {
        return Err("the answer is too long".into());
    }
    let mut body = Vec::with_capacity(length);
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > LONGEST_BODY {
            return Err("the answer is too long".into());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// No connection is encrypted here, so that no root certificate is read either.
fn tls() -> Outcome<rustls::ClientConfig> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}
