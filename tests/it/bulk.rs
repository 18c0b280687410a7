//! Many rows at a time: a result for each, in order, nothing twice, and no query that says too little.

#[cfg(feature = "testing")]
mod losses;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use zeyos::bulk::{JournalEntry, JournalState, Outcome, Plan};
use zeyos::rest::{NewTicket, Priority, Ticket, TicketPatch, TicketStatus, ticket};
use zeyos::{Client, Filter, Id, Query, RetryRules, Stored};
use zeyos_emulator::{Emulator, Fault};

use crate::auth::support::{emulator, signed_in};

fn client(zeyos: &Emulator) -> Client {
    let soon = RetryRules::standard().first_wait(Duration::from_millis(1));
    signed_in(zeyos).retry(soon).build().unwrap()
}

/// Waits for lost answers.
const SOON: Duration = Duration::from_millis(300);

fn numbered(rows: usize) -> impl Iterator<Item = NewTicket> + Send + 'static {
    (0..rows).map(|row| NewTicket::new(format!("Row {row}")).ticketnum(format!("EXT-{row:05}")))
}

async fn all(client: &Client) -> Vec<Ticket> {
    Ticket::stream(client, Ticket::query()).collect().await.unwrap()
}

async fn made(client: &Client, rows: usize) -> Vec<Id<Ticket>> {
    let tally = client.create_many::<Ticket, _>(numbered(rows)).concurrency(1).run().tally().await;
    assert_eq!((tally.done, tally.others.len()), (rows as u64, 0));
    all(client).await.iter().map(|row| row.id).collect()
}

/// How many writes the server has carried out or refused, by method.
fn sent(zeyos: &Emulator, method: &str) -> usize {
    zeyos.take_requests().iter().filter(|seen| seen.method == method).count()
}

/// Every fault there is, for so many of a hundred requests of this kind.
fn faults(zeyos: &Emulator, method: &str, path: &str) {
    let all = [
        Fault::status(500),
        Fault::status(503),
        Fault::status(502).carried_out(),
        Fault::status(504).carried_out(),
        Fault::status(429).retry_after("0"),
        Fault::status(500).carried_out(),
        Fault::status(403),
        Fault::close_before(),
        Fault::close_after(),
        Fault::close_before().reset(),
        Fault::close_after().reset(),
        Fault::cut_body(20),
        Fault::truncate_body(9),
        Fault::body("text/html", "<h1>gateway</h1>"),
    ];
    for (seed, fault) in all.into_iter().enumerate() {
        zeyos.inject(fault.on(method, path).probability(0.05, seed as u64).always());
    }
}

#[tokio::test]
async fn creates_come_in_their_order_some_at_a_time() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    zeyos.inject(Fault::delay(Duration::from_millis(40)).on("PUT", "/api/v1/tickets").every(3).always());
    let mut created = client.create_many::<Ticket, _>(numbered(40)).concurrency(5).run();
    for index in 0..40 {
        let row = created.next().await.unwrap();
        let Outcome::Done(ticket) = row.outcome else { panic!("{:?}", row.outcome) };
        assert_eq!((row.index, row.id, ticket.ticketnum), (index, Some(ticket.id), format!("EXT-{index:05}")));
    }
    assert!(created.next().await.is_none() && all(&client).await.len() == 40);
}

#[tokio::test]
async fn no_more_rows_are_taken_than_are_under_way() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let zeyos = emulator().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let endless = (0..).map(move |row| {
        count.fetch_add(1, Ordering::Relaxed);
        NewTicket::new(format!("Row {row}"))
    });
    let mut created = client(&zeyos).create_many::<Ticket, _>(endless).concurrency(4).run();
    for _ in 0..20 {
        assert!(created.next().await.unwrap().outcome.done().is_some());
    }
    assert!(taken.load(Ordering::Relaxed) <= 24, "{taken:?}");
}

#[tokio::test]
async fn faults_double_no_create_and_the_server_has_what_is_reported() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    faults(&zeyos, "PUT", "/api/v1/tickets");
    let mut done = BTreeMap::new();
    let (mut failed, mut unknown) = (Vec::new(), Vec::new());
    let mut created = client
        .create_many::<Ticket, _>(numbered(300))
        .dedupe_by(ticket::TICKETNUM)
        .settle_time(Duration::from_millis(15))
        .run();
    while let Some(row) = created.next().await {
        match row.outcome {
            Outcome::Done(ticket) => drop(done.insert(ticket.ticketnum, ticket.id)),
            Outcome::Failed(error) => failed.push((row.index, error)),
            Outcome::Unknown(error) => unknown.push((row.index, error)),
            other => panic!("{other:?}"),
        }
    }
    zeyos.clear_faults();
    assert!(sent(&zeyos, "PUT") == 300, "each is sent once");
    let stored: BTreeMap<_, _> = all(&client).await.into_iter().map(|row| (row.ticketnum, row.id)).collect();
    assert_eq!(all(&client).await.len(), stored.len(), "none is there twice");
    assert_eq!(stored, done, "what is there is what was reported as done");
    assert_eq!(done.len() + failed.len() + unknown.len(), 300);
    assert!(!failed.is_empty() && !unknown.is_empty() && done.len() > 150, "{} {}", failed.len(), unknown.len());
    assert!(failed.iter().all(|(_, error)| !error.may_have_been_sent() || error.is_forbidden()));
}

#[tokio::test]
async fn without_a_mark_a_lost_create_is_unknown_and_stays_so() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    zeyos.inject(Fault::close_after().on("PUT", "/api/v1/tickets").after(1));
    let tally = client.create_many::<Ticket, _>(numbered(3)).concurrency(1).run().tally().await;
    assert_eq!((tally.done, tally.unknown().map(|row| row.index).collect::<Vec<_>>()), (2, vec![1]));
    assert_eq!((sent(&zeyos, "PUT"), all(&client).await.len()), (3, 3));
}

#[tokio::test]
async fn only_who_chooses_it_has_a_create_sent_again() {
    for resends in [false, true] {
        let zeyos = emulator().await;
        let client = client(&zeyos);
        zeyos.inject(Fault::close_before().on("PUT", "/api/v1/tickets"));
        let mut create = client.create_many::<Ticket, _>(numbered(1)).dedupe_by(ticket::TICKETNUM).settle_time(SOON);
        if resends {
            create = create.resend_if_absent();
        }
        let tally = create.run().tally().await;
        let wanted = if resends { (1, 0, 2) } else { (0, 1, 1) };
        assert_eq!((tally.done, tally.unknown().count(), sent(&zeyos, "PUT")), wanted);
    }
}

#[tokio::test]
async fn a_row_without_its_mark_is_not_sent() {
    let zeyos = emulator().await;
    let rows = [NewTicket::new("No number")];
    let tally = client(&zeyos).create_many::<Ticket, _>(rows).dedupe_by(ticket::TICKETNUM).run().tally().await;
    let [row] = &tally.others[..] else { panic!("{tally:?}") };
    let Outcome::Failed(error) = &row.outcome else { panic!("{row:?}") };
    assert!(error.to_string().contains("looked for by ticketnum, which is not set") && sent(&zeyos, "PUT") == 0);
}

#[tokio::test]
async fn faults_leave_updates_and_deletes_as_they_are_reported() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let ids = made(&client, 200).await;
    faults(&zeyos, "PATCH", "/api/v1/tickets/*");
    let patches = ids.clone().into_iter().map(|id| (id, TicketPatch::new().priority(Priority::Highest)));
    let mut updated = client.update_many::<Ticket, _>(patches).settle_time(Duration::from_millis(15)).run();
    let mut done = Vec::new();
    let mut unknown = 0;
    let mut place = 0;
    while let Some(row) = updated.next().await {
        assert_eq!((row.index, row.id), (place as u64, Some(ids[place])));
        place += 1;
        match row.outcome {
            Outcome::Done(ticket) => done.push(ticket.id),
            Outcome::Unknown(_) => unknown += 1,
            Outcome::Failed(error) => assert!(!error.may_have_been_sent() || error.is_forbidden(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    zeyos.clear_faults();
    let highest = all(&client).await.into_iter().filter(|row| row.priority == Priority::Highest);
    assert_eq!(highest.map(|row| row.id).collect::<Vec<_>>(), done);
    assert!(unknown > 0 && done.len() > 100);

    faults(&zeyos, "DELETE", "/api/v1/tickets/*");
    let tally = client.delete_many::<Ticket, _>(ids).settle_time(Duration::from_millis(15)).run().tally().await;
    zeyos.clear_faults();
    assert_eq!(all(&client).await.len() as u64, 200 - tally.done);
    assert!(tally.unknown().count() > 0 && tally.done > 100);
    let gone = client.delete_many::<Ticket, _>([Id::new(999_999)]).run().tally().await;
    assert!(matches!(&gone.others[0].outcome, Outcome::Failed(error) if error.is_not_found()));
}

#[tokio::test]
async fn a_query_that_says_too_little_writes_nothing() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    made(&client, 3).await;
    let rows = |filter: Filter<Ticket>| Ticket::query().filter(filter);
    let delete = |query: Query<Ticket>| client.delete_where(query);
    let cases = [
        (delete(Ticket::query()), "say .all_rows()"),
        (delete(Ticket::query()).unverified(), "say .all_rows()"),
        (delete(rows(Filter::all([]))), "say .all_rows()"),
        (delete(rows(ticket::ACCOUNT.is_null())), "its only condition is a test for null"),
        (delete(rows(ticket::ACCOUNT.is_null())).unverified().all_rows(), "its only condition is a test for null"),
        (delete(rows(ticket::NAME.starts_with("Row"))), "condition on name: a pattern"),
        (delete(rows(ticket::ID.gt(0)).search("Row")), "condition on query: which columns"),
        (delete(rows(ticket::NAME.icontains(""))).unverified(), "say .all_rows()"),
        (delete(rows(ticket::NAME.starts_with("") | ticket::ID.eq(1))).unverified(), "say .all_rows()"),
        (delete(rows(ticket::NAME.matches(""))).unverified(), "say .all_rows()"),
        (delete(rows(ticket::NAME.contains(""))).all_rows(), "say .unverified()"),
        (
            delete(rows(ticket::NAME.contains("") & ticket::ACCOUNT.is_null())).unverified().all_rows(),
            "a test for null",
        ),
        (delete(Ticket::query().search("")).unverified(), "say .all_rows()"),
        (delete(Ticket::query().member("filters", json!({}))).unverified(), "say .all_rows()"),
        (delete(Ticket::query().member("filter", json!({"0": ["AND"]}))).unverified(), "say .all_rows()"),
        (delete(rows(Filter::raw("status", "=", json!("open")))), "say .unverified()"),
        (delete(rows(ticket::ID.gt(0)).sort(ticket::NAME.asc())), "its `sort` has no place here"),
        (delete(rows(ticket::ID.gt(0)).offset(1)), "its `offset` has no place here"),
    ];
    for (delete, reason) in cases {
        let tally = delete.run().tally().await;
        let [row] = &tally.others[..] else { panic!("{tally:?}") };
        let Outcome::BrokenOff(error) = &row.outcome else { panic!("{row:?}") };
        assert!(error.to_string().contains(reason) && !error.may_have_been_sent(), "{error}");
    }
    assert_eq!((sent(&zeyos, "DELETE"), all(&client).await.len()), (0, 3));
    let allowed = rows(ticket::NAME.starts_with("Row 1") & ticket::ACCOUNT.is_null());
    assert_eq!(delete(allowed).unverified().run().tally().await.done, 1);
    assert_eq!(delete(Ticket::query()).all_rows().run().tally().await.done, 2);
}

#[tokio::test]
async fn a_server_that_heeds_no_filter_loses_nothing() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let ids = made(&client, 4).await;
    let rows = serde_json::to_string(&all(&client).await).unwrap();
    zeyos.inject(Fault::reply(200, "application/json", rows).on("POST", "/api/v1/tickets"));
    let tally = client.delete_where(Ticket::query().filter(ticket::ID.eq(ids[0]))).run().tally().await;
    assert!(matches!(&tally.others[0].outcome, Outcome::BrokenOff(error) if error.contradiction().is_some()));
    assert_eq!((tally.done, all(&client).await.len()), (0, 4));
}

#[tokio::test]
async fn a_row_that_changes_before_its_turn_is_looked_at_anew() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let ids = made(&client, 12).await;
    let open = Ticket::query().filter(ticket::STATUS.eq(TicketStatus::NotStarted));
    let change = |ticket: &Ticket| TicketPatch::new().name(format!("{}!", ticket.name)).status(TicketStatus::Active);
    let mut updated = client.update_where(open.clone(), change).concurrency(1).run();
    assert!(updated.next().await.unwrap().outcome.done().unwrap().was_sent);
    let patch = |patch: TicketPatch, id| client.api().update_ticket(id, patch);
    patch(TicketPatch::new().status(TicketStatus::Completed), ids[5]).await.unwrap();
    patch(TicketPatch::new().name("Renamed"), ids[6]).await.unwrap();
    client.api().delete_ticket(ids[7]).await.unwrap();
    let mut skipped = Vec::new();
    while let Some(row) = updated.next().await {
        match row.outcome {
            Outcome::Done(_) => {}
            Outcome::Skipped => skipped.push(row.id.unwrap()),
            other => panic!("{other:?}"),
        }
    }
    let rows = all(&client).await;
    let name = |id| rows.iter().find(|row| row.id == id).unwrap().name.clone();
    assert_eq!(skipped, [ids[5], ids[7]]);
    assert_eq!((name(ids[5]), name(ids[6]), name(ids[8])), ("Row 5".into(), "Renamed!".into(), "Row 8!".into()));
    // What has all of it already is not sent again.
    let again = client.update_where(Ticket::query(), |_: &Ticket| TicketPatch::new()).all_rows().run().tally().await;
    assert_eq!(again.done, 11);
}

#[tokio::test]
async fn faults_leave_the_rows_of_a_query_as_they_are_reported() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    made(&client, 150).await;
    faults(&zeyos, "PATCH", "/api/v1/tickets/*");
    let longer = |ticket: &Ticket| TicketPatch::new().name(format!("{}!", ticket.name));
    let query = || Ticket::query().filter(ticket::ID.gt(0));
    let mut updated = client.update_where(query(), longer).settle_time(Duration::from_millis(15)).run();
    let (mut done, mut others) = (Vec::new(), 0);
    while let Some(row) = updated.next().await {
        match row.outcome {
            Outcome::Done(edited) => done.push(edited.record.id),
            Outcome::Failed(_) | Outcome::Unknown(_) => others += 1,
            other => panic!("{other:?}"),
        }
    }
    zeyos.clear_faults();
    let rows = all(&client).await;
    let changed: Vec<_> = rows.iter().filter(|row| row.name.ends_with('!')).map(|row| row.id).collect();
    assert!(rows.iter().all(|row| !row.name.ends_with("!!")), "no change is made twice");
    assert_eq!((changed, done.len() + others), (done, 150));

    faults(&zeyos, "DELETE", "/api/v1/tickets/*");
    let tally = client.delete_where(query()).settle_time(Duration::from_millis(15)).run().tally().await;
    zeyos.clear_faults();
    assert_eq!(all(&client).await.len() as u64, 150 - tally.done);
}

/// Runs a plan until so many entries are there, as one that is killed then.
async fn applied(client: &Client, plan: &str, journal: &mut Vec<String>, most: usize) {
    let earlier: Vec<JournalEntry<Ticket>> = journal.iter().map(|line| line.parse().unwrap()).collect();
    let plan: Plan<Ticket> = plan.parse().unwrap();
    let mut entries = client.apply(plan).resume(&earlier).settle_time(SOON).concurrency(3).run();
    for _ in 0..most {
        let Some(entry) = entries.next().await else { return };
        journal.push(entry.to_string());
    }
}

#[tokio::test]
async fn a_plan_is_applied_resumed_after_a_kill_and_reverted() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    made(&client, 20).await;
    let before = all(&client).await;
    let query = Ticket::query().filter(ticket::ID.gt(0));
    let change = |ticket: &Ticket| {
        let even = ticket.ticketnum.ends_with(['0', '2', '4', '6', '8']);
        if even { TicketPatch::new().name(format!("{} (old)", ticket.name)).duedate(None) } else { TicketPatch::new() }
    };
    let plan = client.update_where(query, change).plan().await.unwrap();
    assert_eq!((plan.len(), sent(&zeyos, "PATCH")), (10, 0));
    let row = &plan.rows()[1];
    assert_eq!((&row.old["name"], row.old.len()), (&"Row 2".into(), 1));
    assert_eq!(row.new.as_ref().unwrap()["name"], "Row 2 (old)");

    let (plan, mut journal) = (plan.to_string(), Vec::new());
    // Killed while others are under way, twice; an answer is lost, too.
    applied(&client, &plan, &mut journal, 2).await;
    zeyos.inject(Fault::close_after().on("PATCH", "/api/v1/tickets/*").after(1));
    applied(&client, &plan, &mut journal, 3).await;
    applied(&client, &plan, &mut journal, 100).await;
    let entries: Vec<JournalEntry<Ticket>> = journal.iter().map(|line| line.parse().unwrap()).collect();
    assert!(entries.len() == 10 && entries.iter().all(JournalEntry::is_applied), "{entries:?}");
    assert_eq!(all(&client).await.iter().filter(|row| row.name.ends_with("(old)")).count(), 10);

    // One is changed by someone else: it is left alone, and the others are as before.
    let changed = Id::new(entries[4].row().id);
    client.api().update_ticket(changed, TicketPatch::new().name("Mine")).await.unwrap();
    let mut reverted = client.revert(entries).settle_time(SOON).run();
    let mut states = Vec::new();
    while let Some(entry) = reverted.next().await {
        states.push(entry.state().clone());
    }
    assert_eq!(states.iter().filter(|state| **state == JournalState::Applied).count(), 9);
    assert_eq!(states[4], JournalState::Changed);
    for (was, is) in before.iter().zip(all(&client).await) {
        let wanted = if was.id == changed { "Mine" } else { was.name.as_str() };
        assert_eq!((is.id, is.name.as_str()), (was.id, wanted));
    }
}

#[tokio::test]
async fn an_entry_without_an_entity_tag_is_looked_at_before_it_is_reverted() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let ids = made(&client, 3).await;
    let before = all(&client).await;
    let query = Ticket::query().filter(ticket::ID.gt(0));
    let plan = client.update_where(query, |_: &Ticket| TicketPatch::new().name("Other")).plan().await.unwrap();
    let mut journal = Vec::new();
    applied(&client, &plan.to_string(), &mut journal, 100).await;
    let without = |line: &String, etag: serde_json::Value| {
        let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry["etag"] = etag;
        entry.to_string().parse::<JournalEntry<Ticket>>().unwrap()
    };
    let entries = journal.iter().zip([json!(null), json!(""), json!(null)]);
    let entries: Vec<_> = entries.map(|(line, etag)| without(line, etag)).collect();
    client.api().update_ticket(ids[2], TicketPatch::new().name("Mine")).await.unwrap();
    let (mut reverted, mut states) = (client.revert(entries).settle_time(SOON).run(), Vec::new());
    while let Some(entry) = reverted.next().await {
        states.push(entry.state().clone());
    }
    assert_eq!(states, [JournalState::Applied, JournalState::Applied, JournalState::Changed]);
    let names: Vec<_> = all(&client).await.into_iter().map(|row| row.name).collect();
    assert_eq!(names, [before[0].name.as_str(), before[1].name.as_str(), "Mine"]);
}

#[test]
fn numbers_of_plans_and_journals_are_the_same_after_text() {
    let number = 206_623.333_333_333_34_f64;
    let row = format!(r#"{{"id":1,"etag":"\"a\"","old":{{"amount":{number}}},"new":{{"amount":0.1}}}}"#);
    let text = format!(r#"{{"of":"tickets","rows":[{row}]}}"#);
    let plan: Plan<Ticket> = text.parse().unwrap();
    assert_eq!(plan.rows()[0].old["amount"], json!(number));
    assert_eq!(plan.to_string().parse::<Plan<Ticket>>().unwrap(), plan);
    let text = format!(r#"{{"of":"tickets","row":{row},"state":"applied","reason":null,"etag":null}}"#);
    let entry: JournalEntry<Ticket> = text.parse().unwrap();
    assert_eq!(entry.row().old["amount"], json!(number));
    assert_eq!(entry.to_string().parse::<JournalEntry<Ticket>>().unwrap().row(), entry.row());
}

#[tokio::test]
async fn a_plan_stops_at_what_has_changed_since_unless_it_is_to_be_skipped() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let ids = made(&client, 9).await;
    let active = |_: &Ticket| TicketPatch::new().status(TicketStatus::Active);
    let plan = client.update_where(Ticket::query(), active).all_rows().plan().await.unwrap();
    client.api().update_ticket(ids[3], TicketPatch::new().name("Changed")).await.unwrap();
    for (skips, wanted) in [(false, 3), (true, 8)] {
        let mut apply = client.apply(plan.clone()).concurrency(1);
        if skips {
            apply = apply.skip_changed();
        }
        let mut entries = apply.run();
        let mut states = Vec::new();
        while let Some(entry) = entries.next().await {
            states.push(entry.state().clone());
        }
        assert_eq!(states[3], JournalState::Changed);
        assert_eq!(states.iter().filter(|state| **state == JournalState::Applied).count(), wanted);
    }
}

#[tokio::test]
async fn a_plan_of_deletes_shows_all_and_cannot_be_reverted() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let ids = made(&client, 5).await;
    let mut plan = client.delete_where(Ticket::query().filter(ticket::ID.le(ids[2]))).plan().await.unwrap();
    assert_eq!((plan.len(), &plan.rows()[0].old["name"]), (3, &"Row 0".into()));
    plan.retain(|row| row.id != ids[1].get());
    let mut entries = client.apply(plan).run();
    let mut journal = Vec::new();
    while let Some(entry) = entries.next().await {
        assert!(entry.is_applied());
        journal.push(entry);
    }
    assert_eq!(all(&client).await.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1], ids[3], ids[4]]);
    let mut reverted = client.revert(journal).run();
    let entry = reverted.next().await.unwrap();
    assert!(matches!(entry.state(), JournalState::Failed(reason) if reason.contains("cannot be made again")));
}

#[tokio::test]
async fn what_has_no_former_value_is_in_no_plan() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    made(&client, 1).await;
    for patch in [TicketPatch::new().extdata("tier", "gold"), TicketPatch::new().add_tags(["x"])] {
        let plan = client.update_where(Ticket::query(), move |_: &Ticket| patch.clone()).all_rows().plan().await;
        assert!(plan.unwrap_err().to_string().contains("the former value of"));
    }
}

const UNTAGGED: &str = r#"{"of":"tickets","rows":[{"id":1,"etag":"","old":{},"new":{}}]}"#;

#[test]
fn texts_of_others_are_no_plans() {
    for text in ["", "{}", r#"{"of":"accounts","rows":[]}"#, r#"{"of":"tickets","rows":[{"id":1}]}"#, UNTAGGED] {
        assert!(text.parse::<Plan<Ticket>>().is_err() && text.parse::<JournalEntry<Ticket>>().is_err());
    }
    assert!(r#"{"of":"tickets","rows":[]}"#.parse::<Plan<Ticket>>().unwrap().is_empty());
}

#[test]
fn the_example_plans_applies_resumes_and_reverts() {
    let output = crate::promises::examples::example("bulk").args(["--rows", "300"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let is_well = said.contains("applied 150 of 150, 150 on the server") && said.contains("reverted:");
    assert!(output.status.success() && is_well, "{said}\n{}", String::from_utf8_lossy(&output.stderr));
}
