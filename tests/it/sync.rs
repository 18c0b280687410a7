//! Copies that are kept up to date lose nothing: ties, rows that become visible late, kills, deletes, slow windows, steps of the clock.

use std::collections::BTreeMap;
use std::time::Duration;

use zeyos::rest::{NewTicket, Ticket, TicketPatch};
use zeyos::sync::{Changes, Checkpoint, Difference, Watched, Way};
use zeyos::{Client, Clock as _, Id, RetryRules, Stored, SystemClock, Timestamp};
use zeyos_emulator::switches::UnindexedWindow;
use zeyos_emulator::{Emulator, Fault};

use crate::auth::support::{emulator, emulator_with, signed_in};
use crate::support::random::Random;

/// A consumer that stores a page and its checkpoint in one transaction.
struct Copy {
    client: Client,
    rows: BTreeMap<Id<Ticket>, Ticket>,
    checkpoint: String,
    /// How often a row was delivered that was stored already as it is.
    repeated: usize,
    ways: Vec<Way>,
}

impl Copy {
    fn new(zeyos: &Emulator) -> Self {
        let soon = RetryRules::standard().first_wait(Duration::from_millis(1));
        let client = signed_in(zeyos).retry(soon).build().unwrap();
        let checkpoint = Checkpoint::<Ticket>::new().to_string();
        Copy { client, rows: BTreeMap::new(), checkpoint, repeated: 0, ways: Vec::new() }
    }

    fn changes(&self) -> Changes<Ticket> {
        self.client.changes_since(self.checkpoint.parse::<Checkpoint<Ticket>>().unwrap()).page_size(7)
    }

    fn take(&mut self, rows: Vec<Ticket>) {
        for row in rows {
            let id = row.id;
            if self.rows.insert(id, row.clone()) == Some(row) {
                self.repeated += 1;
            }
        }
    }

    /// Reads so many pages at most, and forgets everything but what is stored. Answers whether it has caught up.
    async fn pages(&mut self, most: usize) -> bool {
        let mut changes = self.changes();
        for _ in 0..most {
            let Some(page) = changes.next().await else { return true };
            let page = page.unwrap();
            self.ways.push(page.way);
            self.checkpoint = page.checkpoint.to_string();
            self.take(page.rows);
        }
        false
    }

    async fn catch_up(&mut self) {
        assert!(self.pages(usize::MAX).await);
    }

    /// Ids that are missing or stale here.
    async fn behind(&self) -> Vec<i64> {
        let theirs = Ticket::stream(&self.client, Ticket::query()).collect().await.unwrap();
        theirs.iter().filter(|row| self.rows.get(&row.id) != Some(row)).map(|row| row.id.get()).collect()
    }

    fn mine(&self) -> Vec<(Id<Ticket>, Timestamp)> {
        self.rows.values().map(|row| (row.id, row.lastmodified)).collect()
    }
}

async fn made(client: &Client, rows: usize) -> Vec<Id<Ticket>> {
    let mut ids = Vec::new();
    for row in 0..rows {
        ids.push(client.api().create_ticket(NewTicket::new(format!("Row {row}"))).await.unwrap().id);
    }
    ids
}

async fn renamed(client: &Client, id: Id<Ticket>, name: &str) {
    client.api().update_ticket(id, TicketPatch::new().name(name)).await.unwrap();
}

async fn slow() -> Emulator {
    emulator_with(|switches| switches.unindexed_window = UnindexedWindow::ServiceUnavailable).await
}

#[tokio::test]
async fn two_changes_in_one_second_are_two_changes_and_nothing_is_delivered_twice() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 30).await;
    copy.catch_up().await;
    assert_eq!((copy.behind().await, copy.ways.last()), (vec![], Some(&Way::Everything)));
    for round in 0..3 {
        renamed(&copy.client, ids[4], &format!("Round {round}")).await;
        copy.catch_up().await;
        assert_eq!((copy.behind().await, copy.ways.last()), (vec![], Some(&Way::Window)));
    }
    let before = copy.checkpoint.clone();
    copy.catch_up().await;
    assert_eq!(copy.repeated, 0, "rows of seconds that are not settled are read again, and not delivered");
    assert!(copy.checkpoint.parse::<Checkpoint<Ticket>>().is_ok() && before.contains("\"seen\":[["));
}

#[tokio::test]
async fn a_checkpoint_that_remembers_nothing_delivers_again_and_loses_nothing() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 20).await;
    for id in &ids[..2] {
        renamed(&copy.client, *id, "Again").await;
        let mut changes = copy.changes().remember(0);
        while let Some(page) = changes.next().await {
            let page = page.unwrap();
            copy.checkpoint = page.checkpoint.to_string();
            copy.take(page.rows);
        }
        assert!(copy.behind().await.is_empty());
    }
    assert!(copy.repeated >= 19 && copy.checkpoint.contains("\"seen\":[]"), "{}", copy.checkpoint);
}

#[tokio::test]
async fn rows_that_become_visible_late_are_found_up_to_the_overlap() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    made(&copy.client, 10).await;
    zeyos.advance_clock(Duration::from_secs(1000));
    copy.catch_up().await;
    // It is visible now, with a time of a minute ago.
    zeyos.set_clock_offset(1000 - 60);
    let late = made(&copy.client, 1).await;
    zeyos.set_clock_offset(1000 + 300);
    copy.catch_up().await;
    assert!(copy.rows.contains_key(&late[0]) && copy.behind().await.is_empty());
    // And this one later than the overlap: it is for the reconciliation.
    zeyos.set_clock_offset(1000);
    let later = made(&copy.client, 1).await;
    zeyos.set_clock_offset(1000 + 400);
    copy.catch_up().await;
    assert_eq!(copy.behind().await, [later[0].get()]);
    let found = copy.client.reconcile(copy.mine()).page_size(3).collect().await.unwrap();
    assert_eq!((found.new, found.gone.len(), found.stale.len()), (later, 0, 0));
}

#[tokio::test]
async fn a_clock_that_is_put_back_is_noticed() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    zeyos.set_clock_offset(100_000);
    let ids = made(&copy.client, 9).await;
    copy.catch_up().await;
    zeyos.set_clock_offset(0);
    renamed(&copy.client, ids[0], "After the step").await;
    made(&copy.client, 3).await;
    copy.catch_up().await;
    assert!(copy.behind().await.is_empty());
    // Rows with times ahead of the clock are held by their content: they are not delivered with every pass.
    copy.catch_up().await;
    renamed(&copy.client, ids[1], "And later").await;
    copy.catch_up().await;
    assert_eq!((copy.behind().await, copy.repeated), (vec![], 0));
}

#[tokio::test]
async fn a_clock_that_is_put_back_within_the_overlap_delivers_nothing_twice() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    zeyos.set_clock_offset(100_000);
    made(&copy.client, 9).await;
    copy.catch_up().await;
    // The rows are settled now, and with the clock put back they are not.
    for (ahead, back) in [(100_150, 100_040), (100_190, 100_071), (100_191, 100_190)] {
        zeyos.set_clock_offset(ahead);
        made(&copy.client, 5).await;
        copy.catch_up().await;
        zeyos.set_clock_offset(back);
        let id = made(&copy.client, 2).await[1];
        copy.catch_up().await;
        renamed(&copy.client, id, "Later").await;
        copy.catch_up().await;
        assert_eq!((copy.behind().await, copy.repeated), (vec![], 0), "{ahead} {back}");
    }
}

#[tokio::test]
async fn rows_of_settled_seconds_take_no_room_from_others() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    made(&copy.client, 9).await;
    let pass = async |copy: &mut Copy| {
        let mut changes = copy.changes().remember(10);
        while let Some(page) = changes.next().await {
            let page = page.unwrap();
            copy.checkpoint = page.checkpoint.to_string();
            copy.take(page.rows);
        }
    };
    pass(&mut copy).await;
    // They are settled now and remembered, and eight more are not settled.
    zeyos.advance_clock(Duration::from_secs(150));
    pass(&mut copy).await;
    let ids = made(&copy.client, 8).await;
    for round in 0..3 {
        renamed(&copy.client, ids[0], &format!("Round {round}")).await;
        pass(&mut copy).await;
        assert_eq!((copy.behind().await, copy.repeated), (vec![], 0), "{round}");
    }
}

#[tokio::test]
async fn a_slow_window_is_narrowed_then_walked_and_no_overload() {
    let zeyos = slow().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 40).await;
    copy.catch_up().await;
    assert!(copy.behind().await.is_empty());
    renamed(&copy.client, ids[3], "Changed").await;
    renamed(&copy.client, ids[39], "Changed").await;
    zeyos.clear_requests();
    copy.catch_up().await;
    assert_eq!((copy.behind().await, copy.ways.last()), (vec![], Some(&Way::Walk)));
    let refused = zeyos.take_requests().iter().filter(|seen| seen.status == Some(503)).count();
    assert_eq!(refused, 5, "the whole window and four parts of it, none of them twice");
    copy.catch_up().await;
    let refused = zeyos.take_requests().iter().filter(|seen| seen.status == Some(503)).count();
    assert_eq!((refused, copy.repeated), (2, 0), "the next pass remembers");
}

#[tokio::test]
async fn a_window_that_is_too_slow_once_is_read_in_parts() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 25).await;
    copy.catch_up().await;
    zeyos.advance_clock(Duration::from_secs(5000));
    for id in ids.iter().step_by(3) {
        renamed(&copy.client, *id, "Changed").await;
        zeyos.advance_clock(Duration::from_secs(300));
    }
    // With a wait that would close the gate for an hour, if it were an overload.
    zeyos.inject(Fault::status(503).retry_after("3600").on("POST", "/api/v1/tickets").times(2));
    copy.catch_up().await;
    assert_eq!((copy.behind().await, copy.ways.last()), (vec![], Some(&Way::PartOfWindow)));
    assert_eq!(copy.repeated, 0);
    copy.catch_up().await;
    assert_eq!(copy.ways.last(), Some(&Way::Window));
}

#[tokio::test]
async fn a_window_that_is_narrowed_on_a_later_page_tells_rows_twice_and_loses_none() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 40).await;
    copy.catch_up().await;
    zeyos.advance_clock(Duration::from_secs(5000));
    for id in &ids {
        renamed(&copy.client, *id, "Changed").await;
        zeyos.advance_clock(Duration::from_secs(10));
    }
    zeyos.advance_clock(Duration::from_secs(500));
    copy.ways.clear();
    zeyos.inject(Fault::status(503).on("POST", "/api/v1/tickets").after(3));
    copy.catch_up().await;
    assert_eq!((copy.behind().await, copy.ways[..3].to_vec()), (vec![], vec![Way::Window; 3]));
    assert_eq!((copy.ways[3], copy.repeated), (Way::PartOfWindow, 21), "the three pages before it");
}

/// Asks until there is something, and cancels each call that takes long.
async fn impatient<R>(mut next: impl AsyncFnMut() -> R) -> R {
    for _ in 0..1000 {
        if let Ok(told) = tokio::time::timeout(Duration::from_millis(10), next()).await {
            return told;
        }
    }
    panic!("nothing came of a thousand calls");
}

#[tokio::test]
async fn calls_that_are_cancelled_lose_no_row_and_are_not_sent_again() {
    for zeyos in [emulator().await, slow().await] {
        let mut copy = Copy::new(&zeyos);
        let ids = made(&copy.client, 20).await;
        copy.catch_up().await;
        let mut requests = Vec::new();
        for (name, delay) in [("Once", 0), ("Twice", 35)] {
            for id in &ids {
                renamed(&copy.client, *id, name).await;
            }
            let slowly = Fault::delay(Duration::from_millis(delay)).on("POST", "/api/v1/tickets");
            zeyos.inject(slowly.times(if delay > 0 { 1000 } else { 1 }));
            zeyos.clear_requests();
            let mut changes = copy.changes();
            while let Some(page) = impatient(async || changes.next().await).await {
                let page = page.unwrap();
                copy.checkpoint = page.checkpoint.to_string();
                copy.take(page.rows);
            }
            requests.push(zeyos.take_requests().len());
        }
        zeyos.clear_faults();
        assert_eq!((copy.behind().await, copy.repeated), (vec![], 0));
        // The first pass of a slow server tries more windows than those after it.
        assert!(requests[1] <= requests[0], "{requests:?}");
    }
}

#[tokio::test]
async fn the_overlap_counts_from_when_rows_were_asked_for() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    made(&copy.client, 3).await;
    zeyos.inject(Fault::delay(Duration::from_millis(2100)).on("POST", "/api/v1/tickets"));
    let before = SystemClock.wall().as_unix();
    copy.catch_up().await;
    let settled = || serde_json::from_str::<serde_json::Value>(&copy.checkpoint).unwrap()["settled"].as_i64().unwrap();
    let overlap = i64::try_from(zeyos::sync::OVERLAP.as_secs()).unwrap();
    let (first, latest) = (settled(), before - overlap);
    assert!(first <= latest && first + 3 >= latest, "{first} is not {latest}");
}

#[tokio::test]
async fn an_overload_of_the_walk_is_waited_for_as_ever() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    made(&copy.client, 12).await;
    zeyos.inject(Fault::status(503).on("POST", "/api/v1/tickets").times(2));
    copy.catch_up().await;
    assert!(copy.behind().await.is_empty());
}

/// Writers at work, kills after any page, deletes, steps of the clock: up to the overlap nothing is missing and nothing stale.
async fn writers_and_kills(zeyos: Emulator, seed: u64) {
    let mut random = Random(seed);
    let mut copy = Copy::new(&zeyos);
    let mut ids = made(&copy.client, 60).await;
    for _ in 0..60 {
        match random.below(6) {
            0 => ids.extend(made(&copy.client, 3).await),
            1 => {
                let id = ids.swap_remove(random.below(ids.len()));
                copy.client.api().delete_ticket(id).await.unwrap();
            }
            2 | 3 => {
                let id = ids[random.below(ids.len())];
                renamed(&copy.client, id, &format!("Name {}", random.below(1000))).await;
            }
            4 => zeyos.advance_clock(Duration::from_secs(random.below(50) as u64)),
            _ => {
                copy.pages(1 + random.below(4)).await;
            }
        }
    }
    copy.catch_up().await;
    copy.catch_up().await;
    assert_eq!((copy.behind().await, copy.repeated), (vec![], 0));
    let differences = copy.client.reconcile(copy.mine()).page_size(5).collect().await.unwrap();
    for id in &differences.gone {
        copy.rows.remove(id);
    }
    assert!(differences.new.is_empty() && differences.stale.is_empty());
    let left = copy.client.api().list_tickets(Ticket::query()).count().await.unwrap().0;
    assert_eq!(copy.rows.len() as u64, left);
}

#[tokio::test]
async fn kills_and_writers_lose_nothing() {
    for seed in 1..=3 {
        writers_and_kills(emulator().await, seed).await;
    }
}

#[tokio::test]
async fn kills_and_writers_lose_nothing_where_every_window_is_too_slow() {
    for seed in 4..=5 {
        writers_and_kills(slow().await, seed).await;
    }
}

#[tokio::test]
async fn a_reconciliation_tells_what_is_gone_new_and_stale_in_the_order_of_ids() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 8).await;
    copy.catch_up().await;
    copy.client.api().delete_ticket(ids[2]).await.unwrap();
    zeyos.advance_clock(Duration::from_secs(10));
    renamed(&copy.client, ids[5], "Stale").await;
    let new = made(&copy.client, 1).await[0];
    let mut differences = copy.client.reconcile(copy.mine()).page_size(3);
    let mut all = Vec::new();
    while let Some(difference) = differences.next().await {
        all.push(difference.unwrap());
    }
    assert_eq!(all, [Difference::Gone(ids[2]), Difference::Stale(ids[5]), Difference::New(new)]);
    let mut unordered = copy.mine();
    unordered.reverse();
    let error = copy.client.reconcile(unordered).collect().await.unwrap_err();
    assert!(error.to_string().contains("not in ascending order"), "{error}");
    // After the error nothing of the rest is called gone.
    let mine = copy.mine();
    let mut differences = copy.client.reconcile([mine[7], mine[3], mine[4]]);
    let (mut gone, mut errors) = (0, 0);
    while let Some(difference) = differences.next().await {
        match difference {
            Ok(difference) => gone += usize::from(matches!(difference, Difference::Gone(_))),
            Err(_) => errors += 1,
        }
        assert!(errors == 0 || differences.next().await.is_none());
    }
    assert_eq!((gone, errors), (0, 1));
}

#[tokio::test]
async fn a_reconciliation_that_breaks_off_calls_nothing_gone() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    made(&copy.client, 8).await;
    copy.catch_up().await;
    zeyos.inject(Fault::status(500).on("POST", "/api/v1/tickets").after(1));
    let mut differences = copy.client.reconcile(copy.mine()).page_size(3);
    assert!(differences.next().await.unwrap().is_err() && differences.next().await.is_none());
}

#[tokio::test]
async fn a_watch_tells_changes_and_now_and_then_what_they_cannot_show() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 5).await;
    copy.catch_up().await;
    copy.client.api().delete_ticket(ids[1]).await.unwrap();
    renamed(&copy.client, ids[0], "Changed").await;
    copy.rows.remove(&ids[4]);
    let (mine, checkpoint) = (copy.mine(), copy.checkpoint.parse::<Checkpoint<Ticket>>().unwrap());
    zeyos.inject(Fault::status(500).on("POST", "/api/v1/tickets"));
    let mut watch = copy.client.watch(checkpoint, || mine.clone()).every(Duration::from_millis(5)).reconcile_every(1);
    assert!(watch.next().await.is_err());
    let (mut changed, mut found, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    while gone.is_empty() || found.is_empty() {
        match watch.next().await.unwrap() {
            Watched::Changed(page) => changed.extend(page.rows.iter().map(|row| row.id)),
            Watched::Found(rows) => found.extend(rows.iter().map(|row| row.id)),
            Watched::Gone(ids) => gone.extend(ids),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((changed, gone), (vec![ids[0]], vec![ids[1]]));
    assert!(found.contains(&ids[4]));
}

#[tokio::test]
async fn a_watch_whose_calls_are_cancelled_goes_on_and_loses_nothing() {
    let zeyos = emulator().await;
    let mut copy = Copy::new(&zeyos);
    let ids = made(&copy.client, 5).await;
    copy.catch_up().await;
    copy.client.api().delete_ticket(ids[1]).await.unwrap();
    copy.rows.remove(&ids[4]);
    zeyos.inject(Fault::delay(Duration::from_millis(35)).on("POST", "/api/v1/tickets").times(10_000));
    let (mine, checkpoint) = (copy.mine(), copy.checkpoint.parse::<Checkpoint<Ticket>>().unwrap());
    // Longer than any of the calls.
    let mut watch = copy.client.watch(checkpoint, || mine.clone()).every(Duration::from_millis(100)).reconcile_every(1);
    let (mut pages, mut found, mut gone) = (0, 0, 0);
    while found < 2 {
        match impatient(async || watch.next().await).await.unwrap() {
            Watched::Changed(_) => pages += 1,
            Watched::Found(rows) => found += usize::from(rows.iter().any(|row| row.id == ids[4])),
            Watched::Gone(told) => gone += usize::from(told == [ids[1]]),
            other => panic!("{other:?}"),
        }
    }
    assert!(gone == 2 && pages >= 2, "after each pass: {gone} in {pages} pages");
}

#[test]
fn the_example_is_not_killed_at_each_row() {
    let output = crate::promises::examples::example("sync").args(["--kill-every", "1"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("at least 2 for --kill-every"), "{said}");
}

#[test]
fn the_example_loses_nothing_at_whatever_row_it_is_killed() {
    for further in [&[][..], &["--slow-windows"]] {
        let mut example = crate::promises::examples::example("sync");
        let output = example.args(["--rows", "600", "--kill-every", "70"]).args(further).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let end = "0 missing, 0 doubled, 0 stale";
        assert!(output.status.success() && said.contains(end), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
