//! Columns come in the order in which they were named, in requests and in CSV.

use std::sync::{Arc, Mutex};

use zeyos::rest::{NewTicket, Ticket, account, ticket};
use zeyos::{Client, Id};

use crate::auth::support::{emulator, tokens};
use crate::wire::{Recorder, answer};

zeyos::projection! {
    /// Columns in no order of the alphabet.
    struct Line from Ticket {
        visibility: zeyos::rest::Visibility = ticket::VISIBILITY,
        name: String = ticket::NAME,
        id: Id<Ticket> = ticket::ID,
        customer: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
    }
}

#[tokio::test]
async fn a_request_names_columns_in_the_order_of_declaration() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let bodies = Arc::clone(&kept);
    let server = Recorder::new(move |request| {
        bodies.lock().unwrap().push(String::from_utf8(request.body().to_vec()).unwrap());
        answer(200, "application/json", "[]")
    });
    let client = server.client();
    let api = client.api();
    api.list_tickets(Ticket::query().select::<Line>().limit(3)).await.unwrap();
    api.list_tickets(Ticket::query().select_aliases([("who", "name"), ("a", "ID")])).await.unwrap();
    let verified =
        Ticket::query().select_aliases([("z", "name")]).filter(ticket::PRIORITY.ge(zeyos::rest::Priority::Low));
    api.list_tickets(verified.verified()).await.unwrap();
    let sent = std::mem::take(&mut *kept.lock().unwrap());
    let declared =
        r#"{"fields":{"visibility":"visibility","name":"name","id":"ID","customer":"account.lastname"},"limit":3}"#;
    assert_eq!(sent[0], declared);
    assert_eq!(sent[1], r#"{"fields":{"who":"name","a":"ID"}}"#);
    let added = r#"{"fields":{"z":"name","ID":"ID","priority":"priority"},"filters":{"priority":{">=":1}}}"#;
    assert_eq!(sent[2], added, "what is added stands behind");
}

#[tokio::test]
async fn a_csv_file_has_the_columns_in_the_order_of_declaration() {
    let zeyos = emulator().await;
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
    client.api().create_ticket(NewTicket::new("Seal")).await.unwrap();
    let csv = client.api().list_tickets(Ticket::query().select::<Line>()).csv().await.unwrap().into_inner();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((lines[0], lines.len()), ("visibility;name;id;customer", 2), "{csv}");
    assert!(lines[1].starts_with("0;Seal;"), "{csv}");
}
