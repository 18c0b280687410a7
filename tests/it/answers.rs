//! What becomes of answers that are not simply a record: statuses that are results, errors, and what stays reachable.

use std::error::Error as _;

use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::{Value as Json, json};
use zeyos::oauth2::raw::{AuthorizeQuery, ResponseType};
use zeyos::rest::{NewTicket, Ticket, TicketPatch};
use zeyos::{Conditional, Error, Id, JsonMap, ResponseValue, TokenSet};

use crate::document::{Document, Extent};
use crate::wire::{Recorder, answer};

const ETAG: &str = "\"0123456789abcdef0123456789abcdef\"";

fn ticket() -> JsonMap {
    let mut tables = Document::all().iter().flat_map(Document::tables);
    tables.find(|table| table.resource == "tickets").unwrap().row(Extent::Least)
}

/// A server that answers every request with this status and text, an entity tag and a wish to wait.
fn answering(status: u16, media_type: &'static str, body: impl Into<String>) -> Recorder {
    let body = body.into();
    Recorder::new(move |_| {
        let mut answer = answer(status, media_type, &body);
        answer.headers_mut().insert(header::ETAG, ETAG.parse().unwrap());
        answer.headers_mut().insert(header::RETRY_AFTER, "7".parse().unwrap());
        answer
    })
}

async fn exists(status: u16) -> Result<bool, Error> {
    let server = answering(status, "text/plain", "");
    let answer = server.client().api().exists_ticket(Id::new(311)).await.map(ResponseValue::into_inner);
    let sent = server.only();
    assert_eq!((sent.method.as_str(), sent.path(), sent.body.as_ref()), ("HEAD", "/api/v1/tickets/311", None));
    answer
}

#[tokio::test]
async fn exists_is_yes_or_no_and_never_an_error_for_what_is_not_there() {
    assert!(exists(204).await.unwrap());
    assert!(!exists(404).await.unwrap());
    assert!(exists(403).await.unwrap_err().is_forbidden());
    assert_eq!(exists(500).await.unwrap_err().status(), Some(StatusCode::INTERNAL_SERVER_ERROR));
}

#[tokio::test]
async fn what_has_not_changed_is_a_result() {
    let server = answering(304, "", "");
    let api = server.client().api();
    let got = api.get_ticket(Id::new(311)).if_none_match(ETAG).await.unwrap();
    assert_eq!(server.only().headers["if-none-match"], ETAG);
    assert_eq!((got.status(), got.into_inner()), (StatusCode::NOT_MODIFIED, Conditional::NotModified));
    let date = "Tue, 14 Jul 2026 08:00:00 GMT";
    let there = api.exists_ticket(Id::new(311)).if_modified_since(date).await.unwrap();
    assert_eq!(server.only().headers["if-modified-since"], date);
    assert_eq!(there.into_inner(), Conditional::NotModified);
}

#[tokio::test]
async fn what_has_changed_comes_whole_and_what_is_gone_is_no() {
    let changed = answering(200, "application/json", Json::Object(ticket()).to_string());
    let got = changed.client().api().get_ticket(Id::new(311)).if_none_match(ETAG).await.unwrap();
    assert_eq!(got.headers()[header::ETAG], ETAG);
    assert!(got.into_inner().modified().is_some());
    for (status, there) in [(204, true), (404, false)] {
        let server = answering(status, "", "");
        let answer = server.client().api().exists_ticket(Id::new(311)).if_none_match(ETAG).await.unwrap();
        assert_eq!(answer.into_inner(), Conditional::Modified(there));
    }
}

#[tokio::test]
async fn a_write_that_comes_too_late_is_an_error_of_its_own() {
    let server = answering(412, "", "");
    let api = server.client().api();
    let update = api.update_ticket(Id::new(311), TicketPatch::new().name("x")).if_match(ETAG).await.unwrap_err();
    assert_eq!(server.only().headers["if-match"], ETAG);
    assert!(update.is_precondition_failed() && !update.is_conflict() && !update.is_retryable(), "{update:?}");
    let date = "Tue, 14 Jul 2026 08:00:00 GMT";
    let delete = api.delete_ticket(Id::new(311)).if_unmodified_since(date).await.unwrap_err();
    assert_eq!(server.only().headers["if-unmodified-since"], date);
    assert!(delete.is_precondition_failed());
    assert_eq!(delete.operation(), Some("deleteTicket"));
}

#[tokio::test]
async fn the_redirect_to_the_login_page_is_a_result() {
    let server = Recorder::new(|_| {
        let mut answer = answer(303, "", "");
        answer.headers_mut().insert(header::LOCATION, "/nordwind/?umi=auth&page=oauth".parse().unwrap());
        answer
    });
    let oauth2 = server.builder().build().unwrap().oauth2().raw();
    let query = || AuthorizeQuery::new("my_app", "https://app.example/cb?x=1", ResponseType::Code);
    let redirect = oauth2.authorize(query()).await.unwrap();
    assert_eq!(
        (redirect.status(), redirect.location.as_str()),
        (StatusCode::SEE_OTHER, "/nordwind/?umi=auth&page=oauth")
    );
    let sent = server.only();
    let (redirect_uri, client_id) = (&sent.query[1], &sent.query[0]);
    assert_eq!((client_id.1.as_str(), redirect_uri.1.as_str()), ("my_app", "https://app.example/cb?x=1"));

    let nowhere = answering(303, "", "");
    let error = nowhere.builder().build().unwrap().oauth2().raw().authorize(query()).await.unwrap_err();
    assert!(error.is_decode());
}

#[tokio::test]
async fn headers_and_body_stay_reachable_on_success() {
    let text = format!("  {}\n", Json::Object(ticket()));
    let server = answering(201, "application/json", text.clone());
    let created = server.client().api().create_ticket(NewTicket::new("text")).with_body().await.unwrap();
    assert_eq!((created.status(), &created.headers()[header::ETAG]), (StatusCode::CREATED, &ETAG.parse().unwrap()));
    assert_eq!(created.body, text);
    assert_eq!(Json::from(created.value.ticketnum.as_str()), ticket()["ticketnum"]);

    let rows = answering(200, "application/json", "[]").client().api().list_tickets(Ticket::query()).with_body().await;
    let rows = rows.unwrap().into_inner();
    assert_eq!((rows.value.len(), rows.body), (0, Bytes::from_static(b"[]")));
}

#[tokio::test]
async fn headers_and_body_stay_reachable_on_errors_and_text_stays_text() {
    let server = answering(403, "text/plain", "Forbidden:\nno tickets for you\n");
    let error = server.client().api().list_tickets(Ticket::query()).await.unwrap_err();
    assert!(error.is_forbidden() && !error.is_auth());
    assert_eq!(error.headers().unwrap()[header::ETAG], ETAG);
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    assert_eq!(error.text().unwrap(), "Forbidden:\nno tickets for you\n");
    assert_eq!(error.to_string(), "listTickets: the server answered 403 Forbidden: Forbidden: no tickets for you");
}

#[tokio::test]
async fn an_error_body_is_kept_byte_for_byte_whatever_it_is() {
    let bodies: [(&str, &[u8]); 3] =
        [("application/json", b"{\"error\": broken"), ("text/html", b" <h1>502</h1>\r\n"), ("", b"\x00\xff\x7f")];
    for (media_type, body) in bodies {
        let server = Recorder::new(move |_| {
            let mut answer = answer(500, media_type, "");
            *answer.body_mut() = Bytes::from_static(body);
            answer
        });
        let error = server.client().api().get_ticket(Id::new(1)).await.unwrap_err();
        assert_eq!(error.body().unwrap(), body);
        assert_eq!(error.status(), Some(StatusCode::INTERNAL_SERVER_ERROR));
    }
}

#[tokio::test]
async fn a_status_that_is_no_result_of_the_operation_is_an_error() {
    let body = Json::Object(ticket()).to_string();
    let api = |status| answering(status, "application/json", body.clone()).client().api();
    assert_eq!(api(200).create_ticket(NewTicket::new("x")).await.unwrap_err().status(), Some(StatusCode::OK));
    assert_eq!(api(202).get_ticket(Id::new(1)).await.unwrap_err().status(), Some(StatusCode::ACCEPTED));
    assert_eq!(api(302).delete_ticket(Id::new(1)).await.unwrap_err().status(), Some(StatusCode::FOUND));
    assert!(api(404).get_ticket(Id::new(1)).await.unwrap_err().is_not_found());
    assert!(api(409).create_ticket(NewTicket::new("x")).await.unwrap_err().is_conflict());
}

#[tokio::test]
async fn a_decode_error_names_operation_path_and_column_and_keeps_the_body() {
    let mut row = ticket();
    row["duedate"] = json!("tomorrow");
    let body = json!([ticket(), row]).to_string();
    let server = answering(200, "application/json", body.clone());
    let error = server.client().api().list_tickets(Ticket::query()).await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!((error.operation(), error.status()), (Some("listTickets"), Some(StatusCode::OK)));
    let decode = error.decode_error().unwrap();
    assert_eq!((decode.path(), decode.column()), ("$[1].duedate", Some("duedate")));
    assert!(error.to_string().starts_with("listTickets: $[1].duedate: invalid type: string \"tomorrow\""), "{error}");
    assert!(error.to_string().ends_with("(Ticket)") && error.source().is_none(), "{error}");
    assert_eq!(error.body().unwrap(), &body);
}

#[tokio::test]
async fn answers_that_are_no_json_are_decode_errors() {
    for body in ["", "<html>", "[{\"ID\": 1}", "null"] {
        let error = answering(200, "text/html", body).client().api().list_tickets(Ticket::query()).await.unwrap_err();
        assert!(error.is_decode(), "{body}: {error:?}");
        assert_eq!(error.body().unwrap(), body);
    }
    let broken = Recorder::new(|_| {
        let mut answer = answer(200, "application/json", "");
        *answer.body_mut() = Bytes::from_static(b"[{\"name\": \"\xff\"}]");
        answer
    });
    let error = broken.client().api().list_tickets(Ticket::query()).await.unwrap_err();
    assert_eq!(error.decode_error().unwrap().to_string(), "byte 11 of the body is not UTF-8");
}

#[tokio::test]
async fn a_refused_token_is_an_auth_error_with_the_challenge() {
    let server = Recorder::new(|_| {
        let mut answer = answer(401, "text/plain", "Unauthorized");
        let challenge = "Bearer realm=\"nordwind\" error=\"invalid_token\"";
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.parse().unwrap());
        answer
    });
    let client = server.builder().token_set(TokenSet::bearer("t0ken")).build().unwrap();
    let error = client.api().get_settings().await.unwrap_err();
    assert!(error.is_auth() && error.operation() == Some("getSettings"));
    assert!(error.headers().unwrap().contains_key(header::WWW_AUTHENTICATE));
    assert_eq!(server.take().len(), 1, "there is nothing to renew the token with");
}
