//! Streams against the emulator, whole records included.

use zeyos::Client;
use zeyos::rest::{NewTicket, Ticket, TicketPatch, Visibility, ticket};

use crate::auth::support::{emulator, tokens};

#[tokio::test]
async fn a_stream_of_whole_records_survives_writers() {
    let zeyos = emulator().await;
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
    let api = client.api();
    let mut ids = Vec::new();
    for row in 0..60 {
        ids.push(api.create_ticket(NewTicket::new(format!("Row {row:02}, 50%_off\\"))).await.unwrap().id);
    }
    let mut rows = api.list_tickets(Ticket::query()).stream().page_size(25);
    let mut seen = vec![rows.next().await.unwrap().unwrap().id];
    api.delete_ticket(ids[0]).await.unwrap();
    api.update_ticket(ids[40], TicketPatch::new().visibility(Visibility::Archived)).await.unwrap();
    while let Some(row) = rows.next().await {
        seen.push(row.unwrap().id);
    }
    assert_eq!(seen, ids);
    let living = api.list_tickets(Ticket::query().live()).count().await.unwrap();
    let archived = api.list_tickets(Ticket::query().archived()).ids().await.unwrap();
    assert_eq!((living.0, archived.into_inner()), (58, vec![ids[40]]));
}

#[tokio::test]
async fn a_text_within_a_pattern_means_itself_to_the_server() {
    let zeyos = emulator().await;
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
    let names = ["50% off", "50 percent off", "a_b", "axb", "back\\slash", "Back\\SLASH"];
    for name in names {
        client.api().create_ticket(NewTicket::new(name)).await.unwrap();
    }
    let cases = [
        (ticket::NAME.starts_with("50%"), vec!["50% off"]),
        (ticket::NAME.contains("a_b"), vec!["a_b"]),
        (ticket::NAME.ends_with("\\slash"), vec!["back\\slash"]),
        (ticket::NAME.icontains("K\\S"), vec!["back\\slash", "Back\\SLASH"]),
        (ticket::NAME.istarts_with("BACK"), vec!["back\\slash", "Back\\SLASH"]),
        (ticket::NAME.iends_with("OFF"), vec!["50% off", "50 percent off"]),
    ];
    for (filter, wanted) in cases {
        let query = Ticket::query().filter(filter.clone()).sort([ticket::ID.asc()]);
        let found = client.api().list_tickets(query).await.unwrap().into_inner();
        assert_eq!(found.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), wanted, "{}", filter.to_json());
    }
}
