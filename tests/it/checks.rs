//! What `client.check()` finds, each with its remedy.

use std::time::Duration;

use zeyos::rest::{NewTicket, Ticket};
use zeyos::{CheckReport, CheckSubject, Client, RetryPolicy, TokenSet};
use zeyos_emulator::Fault;

use crate::auth::support::{SimpleStore, Wire, emulator, signed_in, text, tokens};
use crate::support::clock::TestClock;

const CONFIG: &str = "/api/v1/config";

/// The subjects that were looked at, those with a problem marked.
fn found(report: &CheckReport) -> Vec<String> {
    let mark = |bad: bool| if bad { "!" } else { "" };
    report.findings().iter().map(|one| format!("{}{}", mark(one.problem.is_some()), one.subject)).collect()
}

/// Every problem has a remedy, and the report has a line for each finding.
fn is_helpful(report: &CheckReport) -> bool {
    let lines = report.to_string().lines().count();
    report.problems().all(|problem| problem.remedy.is_some()) && lines == report.findings().len()
}

#[tokio::test]
async fn a_client_that_has_everything_is_told_so() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let report = client.check().may(client.api().list_tickets(Ticket::query().limit(1))).await;
    assert!(report.is_ok() && is_helpful(&report), "{report}");
    assert_eq!(found(&report), ["connection", "instance", "clock", "token store", "credential", "permission"]);
    assert_eq!(client.auth().token_set().await.unwrap(), Some(tokens(&zeyos)), "the tokens stay");
}

#[tokio::test]
async fn nobody_at_the_url_is_the_only_thing_that_is_said_of_the_server() {
    let client = Client::builder("http://127.0.0.1:9/demo").token_set(TokenSet::bearer("a0")).retry(RetryPolicy::None);
    let report = client.build().unwrap().check().await;
    assert_eq!(found(&report), ["!connection", "token store"]);
    assert!(report.to_string().contains("127.0.0.1:9") && is_helpful(&report), "{report}");
}

#[tokio::test]
async fn a_host_without_an_instance_is_one() {
    for status in [404, 410, 302, 204] {
        let wire = Wire::answering(move |_| text(status, "a web page"));
        let report = wire.client_with_everything().build().unwrap().check().await;
        assert_eq!(found(&report)[..2], ["connection", "!instance"], "{status}: {report}");
        assert!(report.to_string().contains("https://cloud.zeyos.com/demo"), "{report}");
    }
    let wire = Wire::answering(move |_| text(500, "out of order"));
    let report = wire.client_with_everything().build().unwrap().check().await;
    assert!(report.to_string().contains("try again later") && is_helpful(&report), "{report}");
}

#[tokio::test]
async fn clocks_that_differ_are_told_with_the_difference() {
    for (ahead, told) in [(-3600, "behind"), (-61, "behind"), (-59, ""), (0, ""), (59, ""), (61, "ahead of")] {
        let clock = TestClock::new();
        clock.set_wall(ahead);
        let wire = Wire::answering(|_| {
            let mut answer = text(401, "who are you?");
            // When the clock of the test begins.
            answer.headers_mut().insert("date", "Fri, 15 Jan 2027 08:00:00 GMT".parse().unwrap());
            answer
        });
        let client = wire.client().token_set(TokenSet::bearer("a0")).clock(clock.clone()).build().unwrap();
        let check = tokio::spawn(async move { client.check().await });
        let (report, _) = clock.drive(Duration::from_secs(1), check).await;
        let report = report.unwrap();
        let line = report.to_string().lines().find(|line| line.starts_with("clock")).unwrap().to_owned();
        assert_eq!(line.contains(told) && line != "clock: ok", !told.is_empty(), "{ahead}: {line}");
        assert!(told.is_empty() || line.contains(&ahead.unsigned_abs().to_string()), "{line}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_written_or_read_is_told_before_anything_is_lost() {
    let zeyos = emulator().await;
    for fails_to_read in [true, false] {
        let store = SimpleStore::holding(tokens(&zeyos));
        let client = Client::builder(zeyos.url()).token_store(store.clone()).build().unwrap();
        if fails_to_read {
            store.fail_to_read(true)
        } else {
            store.fail_to_write(true)
        }
        let report = client.check().await;
        assert!(found(&report).contains(&"!token store".to_owned()) && is_helpful(&report), "{report}");
        let finding = report.problems().next().unwrap();
        assert!(finding.error.as_ref().unwrap().is_store(), "{report}");
        store.fail_to_read(false);
        assert_eq!(store.tokens(), Some(tokens(&zeyos)));
    }
}

#[tokio::test]
async fn a_credential_that_is_missing_or_refused_is_told_apart() {
    let zeyos = emulator().await;
    let report = Client::builder(zeyos.url()).build().unwrap().check().await;
    let line = report.to_string();
    assert!(found(&report).contains(&"!credential".to_owned()) && line.contains("give the client"), "{report}");
    let dead = Client::builder(zeyos.url()).token_set(TokenSet::bearer("dead")).build().unwrap();
    let report = dead.check().await;
    assert!(report.to_string().contains("sign in again") && is_helpful(&report), "{report}");
    assert!(!report.to_string().contains("dead"), "{report}");
}

#[tokio::test]
async fn what_the_user_may_not_do_is_told_for_each_read() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    zeyos.inject(Fault::status(403).on("POST", "/api/v1/tickets"));
    let list = || client.api().list_tickets(Ticket::query().limit(1));
    let report = client.check().may(list()).may(client.api().get_config()).await;
    assert_eq!(found(&report).last().unwrap(), "!permission");
    assert!(report.to_string().contains("listTickets") && is_helpful(&report), "{report}");
    let finding = report.problems().next().unwrap();
    assert_eq!(finding.subject, CheckSubject::Permission);
    assert!(finding.error.as_ref().unwrap().is_forbidden());
}

#[tokio::test]
async fn a_check_changes_nothing() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let report = client.check().may(client.api().create_ticket(NewTicket::new("Broken pen"))).await;
    assert!(report.to_string().contains("createTicket") && !report.is_ok(), "{report}");
    let seen = zeyos.requests();
    assert!(seen.iter().all(|seen| seen.method == "GET" && seen.path.ends_with(CONFIG)), "{report}");
}
