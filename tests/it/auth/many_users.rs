//! Many users of one client: what they share, and what each has for himself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json as value;
use zeyos::rest::{Account, NewTicket, Ticket, TicketPatch};
use zeyos::{Id, Identity, MemoryTokenStore, Safety, TokenSet};

use super::support::{Sent, Wire, empty, issued, json};

fn tokens(name: &str) -> TokenSet {
    TokenSet::bearer(format!("a-{name}")).with_refresh_token(format!("r-{name}"))
}

#[tokio::test]
async fn each_user_sends_his_own_tokens_and_cookie_and_nobody_elses() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    let mara = client.for_user(tokens("mara")).unwrap();
    let otto = client.for_user(Identity::new().session_cookie("c-otto")).unwrap();
    let nobody = client.for_user(Identity::new()).unwrap();
    mara.api().list_tickets(Ticket::query()).await.unwrap();
    otto.api().list_tickets(Ticket::query()).await.unwrap();
    let refused = nobody.api().list_tickets(Ticket::query()).await.unwrap_err();
    assert!(refused.refusal().is_some(), "{refused}");
    let password = nobody.legacy_auth().issue_token().await.unwrap_err();
    assert!(password.to_string().contains("credential"), "the password of another is not sent: {password}");
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let carried = |sent: &Sent| ["authorization", "cookie"].map(|name| sent.header(name).unwrap_or("").to_owned());
    let sent: Vec<String> = wire.sent().iter().map(|sent| carried(sent).join(" ")).collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent[0].contains("a-mara") && sent[1].contains("c-otto") && sent[2].contains("a0"), "{sent:?}");
    assert!(!sent[1].contains("c00kie") && !sent[0].contains("c00kie"), "{sent:?}");
}

#[tokio::test]
async fn users_renew_and_log_out_apart_with_the_pair_of_the_one_application() {
    let counter = Arc::new(AtomicUsize::new(0));
    let wire = Wire::answering(move |sent| match sent.url.rsplit('/').next() {
        Some("token") => {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            json(200, &issued(&format!("new-{number}"), &format!("next-{number}")))
        }
        Some("introspect") => json(200, &value!({"active": true})),
        Some("revoke") => empty(200),
        _ => json(200, &value!([])),
    });
    let client = wire.client().client_credentials("app", "s3cret").build().unwrap();
    let mara = client.for_user(Identity::stored_in(MemoryTokenStore::new(tokens("mara")))).unwrap();
    let otto = client.for_user(tokens("otto")).unwrap();
    assert_eq!(mara.oauth2().refresh().await.unwrap().access_token.unwrap().expose(), "new-0");
    assert_eq!(otto.auth().token_set().await.unwrap().unwrap().access_token.unwrap().expose(), "a-otto");
    assert_eq!(otto.oauth2().refresh().await.unwrap().access_token.unwrap().expose(), "new-1");
    mara.auth().logout().await.unwrap();
    assert_eq!(mara.auth().token_set().await.unwrap(), None);
    assert_eq!(otto.auth().token_set().await.unwrap().unwrap().access_token.unwrap().expose(), "new-1");
    let of = |end: &str| -> Vec<Sent> { wire.sent().into_iter().filter(|sent| sent.url.ends_with(end)).collect() };
    let bodies: Vec<String> = of("/token").into_iter().map(|sent| sent.body).collect();
    assert!(bodies[0].contains("r-mara") && bodies[1].contains("r-otto"), "{bodies:?}");
    let ended = of("/revoke");
    assert!(ended.len() == 1 && ended[0].body.contains("next-0"), "{:?}", ended[0].body);
}

#[tokio::test]
async fn a_wait_that_the_server_asks_one_user_for_holds_all_of_them() {
    let wire = Wire::answering(|_| {
        let mut answer = json(429, &value!({}));
        answer.headers_mut().insert("retry-after", "3600".parse().unwrap());
        answer
    });
    let client = wire.client().build().unwrap();
    let (mara, otto) = (client.for_user(tokens("mara")).unwrap(), client.for_user(tokens("otto")).unwrap());
    assert!(mara.api().list_accounts(Account::query()).await.unwrap_err().is_rate_limited());
    let held = otto.api().list_accounts(Account::query()).await.unwrap_err();
    assert!(held.throttled_error().is_some(), "{held}");
    assert_eq!(wire.sent().len(), 1);
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_by_its_tag_before_it_is_sent() {
    let wire = Wire::agreeable();
    let reads = wire.client_with_everything().allow(Safety::Read).build().unwrap();
    // A POST that only reads, and a PUT that creates.
    reads.api().list_tickets(Ticket::query()).await.unwrap();
    for error in [
        reads.api().create_ticket(NewTicket::new("x")).await.map(drop).unwrap_err(),
        reads.api().update_ticket(Id::new(1), TicketPatch::new()).await.map(drop).unwrap_err(),
        reads.api().delete_ticket(Id::new(1)).await.map(drop).unwrap_err(),
        reads.operation("createTicket").json(value!({"name": "x"})).call().await.map(drop).unwrap_err(),
        reads.api().create_ticket(NewTicket::new("x")).dry_run().map(drop).unwrap_err(),
    ] {
        assert!(error.is_not_allowed() && !error.is_retryable() && error.to_string().contains("Ticket"), "{error}");
    }
    assert_eq!(wire.sent().len(), 1);
    // Signing in and out is not held back.
    reads.oauth2().refresh().await.unwrap();
    reads.auth().logout().await.unwrap();
}

#[tokio::test]
async fn a_user_may_do_no_more_than_the_client() {
    let wire = Wire::agreeable();
    let client = wire.client().allow(Safety::Read).allow(Safety::Update).build().unwrap();
    let user = client.for_user(Identity::from(tokens("mara")).allow(Safety::Read).allow(Safety::Delete)).unwrap();
    user.api().list_tickets(Ticket::query()).await.unwrap();
    let update = user.api().update_ticket(Id::new(1), TicketPatch::new()).await.map(drop).unwrap_err();
    let delete = user.api().delete_ticket(Id::new(1)).await.map(drop).unwrap_err();
    assert!(update.is_not_allowed() && delete.is_not_allowed());
    client.for_user(tokens("otto")).unwrap().api().update_ticket(Id::new(1), TicketPatch::new()).await.ok();
    assert_eq!(wire.sent().len(), 2);
}

#[test]
fn what_no_header_may_hold_is_refused_when_the_user_is_made() {
    let client = Wire::agreeable().client().build().unwrap();
    for identity in [
        Identity::from(TokenSet::bearer("hunter2\r\nX: y")),
        Identity::new().session_cookie("ZEYOSID=hunter2"),
        Identity::new().basic_user("ma:ra", "hunter2"),
    ] {
        assert!(!format!("{identity:?}").contains("hunter2"));
        let error = client.for_user(identity).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
