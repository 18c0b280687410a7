//! Creates and updates are checked against the documented rules before they are sent.

mod generated;

use std::sync::{Arc, Mutex};

use serde_json::json;
use zeyos::rest::{
    AccountType, ContactType, CouponType, Currency, NewAccount, NewContact, NewCoupon, NewFile, NewTicket, TicketPatch,
    TicketStatus,
};
use zeyos::{ClientEvent, Id, TokenSet, Validation, ValueClass};

use crate::wire::Recorder;

#[tokio::test]
async fn all_rules_that_a_create_breaks_are_told_at_once_and_nothing_is_sent() {
    let server = Recorder::json(json!({}));
    let new =
        NewAccount::new(Currency::new("eur")).lastname("canary ").type_(AccountType::from_code(9)).description("a\n");
    let error = server.client().api().create_account(new).await.unwrap_err();
    assert!(error.is_validation() && error.is_request() && !error.may_have_been_sent());
    assert!(server.take().is_empty());
    let told: Vec<_> =
        error.violations().unwrap().all().iter().flat_map(|violation| violation.columns.clone()).collect();
    for (column, class) in [
        ("currency", ValueClass::Text),
        ("lastname", ValueClass::Text),
        ("type", ValueClass::Number),
        ("description", ValueClass::Text),
    ] {
        assert!(told.contains(&(column, class)), "{column}: {told:?}");
    }
    let said = error.to_string();
    assert!(said.contains("one line") && said.contains("^[A-Z]{3}$") && !said.contains("canary"), "{said}");
    assert!(!format!("{error:?}{:?}", error.violations()).contains("canary"));
}

#[tokio::test]
async fn rules_about_several_columns_know_what_is_there_when_nothing_is_sent() {
    let server = Recorder::json(json!({}));
    let client = server.client();
    let api = client.api();
    let named = |error: zeyos::Error| error.violations().unwrap().all()[0].name.unwrap().to_owned();
    let coupon = named(api.create_coupon(NewCoupon::new("ten")).await.unwrap_err());
    assert_eq!(coupon, "c_coupons_type", "a promotion has a code");
    let contact = NewContact::new().lastname("A").company("B");
    let error = api.create_contact(contact).await.unwrap_err();
    let columns = &error.violations().unwrap().all()[0].columns;
    assert!(
        columns.contains(&("type", ValueClass::Unset)) && columns.contains(&("company", ValueClass::Text)),
        "{columns:?}"
    );
    assert!(api.create_file(NewFile::new()).await.unwrap_err().is_validation(), "a record or a comment");
    let ticket = NewTicket::new("A").account(Id::new(1)).project(Id::new(1));
    assert!(api.create_ticket(ticket).await.unwrap_err().to_string().contains("at most one of"));
    assert!(server.take().is_empty());

    let company = NewContact::new().type_(ContactType::from_code(1)).lastname("A").company("B");
    let request = api.create_contact(company).dry_run();
    assert!(request.is_ok(), "{request:?}");
    let single = NewCoupon::new("ten").type_(CouponType::Individual);
    assert!(api.create_coupon(single).dry_run().is_ok());
}

#[tokio::test]
async fn an_update_breaks_a_rule_only_by_what_it_sends() {
    let server = Recorder::json(json!({}));
    let client = server.client();
    let api = client.api();
    let error = api.update_ticket(Id::new(1), TicketPatch::new().name(" a")).await.unwrap_err();
    assert_eq!(error.violations().unwrap().all()[0].columns, [("name", ValueClass::Text)]);
    let both = TicketPatch::new().account(Id::new(1)).project(Id::new(1));
    assert!(api.update_ticket(Id::new(1), both).await.unwrap_err().is_validation());
    assert!(api.update_ticket(Id::new(1), TicketPatch::new().account(Id::new(1))).dry_run().is_ok());
    assert!(api.update_ticket(Id::new(1), TicketPatch::new().status(TicketStatus::from_code(99))).dry_run().is_err());
}

#[tokio::test]
async fn a_client_and_a_call_may_warn_or_look_at_nothing() {
    let server = Recorder::json(json!({}));
    let heard: Arc<Mutex<Vec<ClientEvent>>> = Arc::default();
    let hearing = Arc::clone(&heard);
    let listen = move |event: &ClientEvent| hearing.lock().unwrap().push(event.clone());
    let broken = || NewTicket::new("");
    let warning = server
        .builder()
        .token_set(TokenSet::bearer("token"))
        .validation(Validation::Warn)
        .on_event(listen)
        .build()
        .unwrap();
    // The answer is not a ticket; what counts is that it was sent.
    drop(warning.api().create_ticket(broken()).await);
    assert_eq!(server.take().len(), 1);
    let told = heard.lock().unwrap().iter().any(|event| match event {
        ClientEvent::RulesBroken { operation, violations } => {
            *operation == "createTicket" && violations.all()[0].columns == [("name", ValueClass::EmptyText)]
        }
        _ => false,
    });
    assert!(told, "{:?}", heard.lock().unwrap());
    drop(heard.lock().unwrap().drain(..));

    let off = server.builder().token_set(TokenSet::bearer("token")).validation(Validation::Off).build().unwrap();
    drop(off.api().create_ticket(broken()).await);
    assert!(off.api().create_ticket(broken()).validation(Validation::Strict).await.unwrap_err().is_validation());
    drop(warning.api().create_ticket(broken()).validation(Validation::Off).await);
    assert!(!heard.lock().unwrap().iter().any(|event| matches!(event, ClientEvent::RulesBroken { .. })));
    assert_eq!(server.take().len(), 2);
}
