//! The programs of `zeyos::guide` against the demo company: their answers are those that plain loops over all rows give.

mod pages;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use zeyos::http::Method;
use zeyos::rest::{
    Account, AccountPatch, AccountType, ActionStepStatus, AddressType, Contact, ContactPatch, Currency,
    DunningNoticeStatus, DunningNoticeType, InvoiceStatus, Item, MessageMailbox, NewAccount, NewActionStep, NewAddress,
    NewContact, NewCredit, NewInvoice, NewMessage, NewPayment, NewPrice, NewPriceList, NewPriceListToAccount,
    NewStockTransaction, NewTask, NewTicket, PaymentStatus, PriceListPatch, PriceListType, StockTransactionFlag,
};
use zeyos::{Client, Id, Timestamp};
use zeyos_emulator::{Emulator, Seed};

use crate::auth::support::signed_in;
use crate::support::profile;

/// 2026-01-01, around which the demo data lie.
const BASE: i64 = 1_767_225_600;
const DAY: i64 = 86_400;

async fn company() -> (Emulator, Client) {
    let zeyos = Emulator::builder().seed(Seed::Demo).switches(profile::switches()).start().await.unwrap();
    let client = signed_in(&zeyos).build().unwrap();
    (zeyos, client)
}

/// All rows of a resource as they stand on the wire.
async fn rows(client: &Client, resource: &str) -> Vec<Json> {
    let call =
        client.request(Method::POST, &format!("/{resource}")).json(serde_json::json!({ "limit": 10_000 })).call();
    call.await.unwrap().as_array().unwrap().clone()
}

fn int(row: &Json, column: &str) -> i64 {
    row[column].as_i64().unwrap_or(-1)
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_unix(BASE + day * DAY)
}

/// Ten-thousandths, of amounts that have no smaller part.
fn parts(row: &Json, column: &str) -> i64 {
    let parts = row[column].as_f64().unwrap() * 10_000.0;
    parts.round() as i64
}

#[tokio::test]
async fn open_tickets_are_those_of_account_and_projects_with_all_of_their_hours() {
    let (_zeyos, client) = company().await;
    let api = client.api();
    // What the demo data lack: a task of a ticket with steps, one of them only planned.
    let ticket = api.create_ticket(NewTicket::new("Of account 1").account(Id::new(1))).await.unwrap().id;
    let task = api.create_task(NewTask::new("Visit").ticket(ticket)).await.unwrap().id;
    for (minutes, status) in
        [(25, ActionStepStatus::Booked), (35, ActionStepStatus::Completed), (500, ActionStepStatus::Draft)]
    {
        api.create_action_step(NewActionStep::new("Drive").task(task).effort(minutes).status(status)).await.unwrap();
    }
    let last =
        api.create_action_step(NewActionStep::new("Call").ticket(ticket).effort(7).status(ActionStepStatus::Booked));
    last.await.unwrap();

    let (tickets, projects) = (rows(&client, "tickets").await, rows(&client, "projects").await);
    let (tasks, steps) = (rows(&client, "tasks").await, rows(&client, "actionsteps").await);
    let mut found = 0;
    for customer in 1..=44 {
        let own: BTreeSet<i64> =
            projects.iter().filter(|row| int(row, "account") == customer).map(|row| int(row, "ID")).collect();
        let mut wanted = BTreeMap::new();
        for row in &tickets {
            let is_own = int(row, "account") == customer || own.contains(&int(row, "project"));
            if is_own && int(row, "visibility") == 0 && ![3, 8, 9, 10, 11].contains(&int(row, "status")) {
                wanted.insert(int(row, "ID"), 0);
            }
        }
        for step in steps.iter().filter(|step| [1, 3].contains(&int(step, "status"))) {
            let task = tasks.iter().find(|task| int(task, "ID") == int(step, "task"));
            let ticket = task.map_or(int(step, "ticket"), |task| int(task, "ticket"));
            wanted.entry(ticket).and_modify(|minutes| *minutes += int(step, "effort"));
        }
        let answer = pages::open_tickets::open_tickets(&client, Id::new(customer)).await.unwrap();
        let answer: BTreeMap<_, _> = answer.into_iter().map(|(ticket, minutes)| (ticket.id.get(), minutes)).collect();
        assert_eq!(answer, wanted, "of account {customer}");
        found += wanted.len();
    }
    let own = pages::open_tickets::open_tickets(&client, Id::new(1)).await.unwrap();
    assert!(own.iter().any(|(row, minutes)| row.id == ticket && *minutes == 25 + 35 + 7));
    assert!(found > 30, "{found}");
}

#[tokio::test]
async fn revenue_is_invoices_less_credits_by_currency() {
    let (_zeyos, client) = company().await;
    let new =
        NewCredit::new("GU-SEK", Currency::new("SEK")).status(InvoiceStatus::Booked).date(at(-20)).netamount(12.5);
    client.api().create_transaction(new).await.unwrap();
    let transactions = rows(&client, "transactions").await;
    let mut currencies = 0;
    for month in [at(-62)..at(-31), at(-31)..at(0), at(0)..at(31)] {
        let mut wanted = BTreeMap::<String, (i64, i64)>::new();
        for row in &transactions {
            let is_in = (month.start.as_unix()..month.end.as_unix()).contains(&int(row, "date"));
            let (kind, status) = (int(row, "type"), int(row, "status"));
            if is_in && [3, 4].contains(&kind) && ![0, 3].contains(&status) {
                let sums = wanted.entry(row["currency"].as_str().unwrap().to_owned()).or_default();
                if kind == 3 { sums.0 += parts(row, "netamount") } else { sums.1 += parts(row, "netamount") }
            }
        }
        let answer = pages::revenue::revenue(&client, month).await.unwrap();
        assert_eq!(answer.len(), wanted.len());
        currencies += wanted.len();
        for row in answer {
            let (invoiced, credited) = wanted[&row.currency];
            let number = |decimal: &zeyos::Decimal| (decimal.to_f64().unwrap() * 10_000.0).round() as i64;
            assert_eq!((number(&row.invoiced), number(&row.credited)), (invoiced, credited), "{}", row.currency);
            assert_eq!(number(&row.net.unwrap()), invoiced - credited, "{}", row.currency);
        }
    }
    assert!(currencies >= 5, "{currencies}");
}

#[tokio::test]
async fn overdue_invoices_are_those_with_something_left_and_the_next_notice_is_a_draft() {
    let (_zeyos, client) = company().await;
    let api = client.api();
    // One that is paid although no one has said so in its state.
    let new = NewInvoice::new("RE-PAID", Currency::new("NOK")).status(InvoiceStatus::Booked).duedate(at(-3));
    let paid = api.create_transaction(new.netamount(0.3).tax(0.0)).await.unwrap().id;
    for part in [0.1, 0.2] {
        let part = NewPayment::new(part).transaction(paid).status(PaymentStatus::Completed);
        api.create_payment(part).await.unwrap();
    }
    let today = at(10);
    let (transactions, payments) = (rows(&client, "transactions").await, rows(&client, "payments").await);
    let (notices, links) = (rows(&client, "dunning").await, rows(&client, "dunning2transactions").await);
    let mut wanted = BTreeMap::new();
    for row in &transactions {
        let due = row["duedate"].as_i64().is_some_and(|due| due < today.as_unix());
        if int(row, "type") == 3 && [1, 2, 17].contains(&int(row, "status")) && due {
            let paid: i64 = payments
                .iter()
                .filter(|paid| int(paid, "transaction") == int(row, "ID") && [1, 3].contains(&int(paid, "status")))
                .map(|paid| parts(paid, "amount"))
                .sum();
            let open = parts(row, "netamount") + parts(row, "tax") - paid;
            let level = links.iter().filter(|link| int(link, "transaction") == int(row, "ID")).filter_map(|link| {
                let notice = notices.iter().find(|notice| int(notice, "ID") == int(link, "dunning")).unwrap();
                [1, 3].contains(&int(notice, "status")).then(|| int(notice, "type"))
            });
            if open > 0 {
                wanted.insert(int(row, "ID"), (open, level.max()));
            }
        }
    }
    let all = pages::overdue::overdue(&client, today).await.unwrap();
    let answer: BTreeMap<_, _> = all
        .iter()
        .map(|row| {
            let open = (row.open * 10_000.0).round() as i64;
            (row.invoice.id.get(), (open, row.level.map(|level| level.code())))
        })
        .collect();
    assert_eq!(answer, wanted);
    assert!(
        wanted.len() >= 4 && wanted.values().any(|(_, level)| level.is_some()) && !wanted.contains_key(&paid.get())
    );

    let asked = all.iter().find(|row| row.level.is_some()).unwrap();
    let notice = pages::overdue::remind(&client, asked, "MA-T", at(24)).await.unwrap();
    let made = api.get_dunning_notice(notice).await.unwrap();
    assert_eq!((made.status, made.type_), (DunningNoticeStatus::Draft, DunningNoticeType::Notice));
    assert_eq!(made.account, asked.invoice.account);
    let again = pages::overdue::overdue(&client, today).await.unwrap();
    assert_eq!(again.len(), all.len(), "a draft asks no one");
}

#[tokio::test]
async fn customers_without_a_billing_address_are_told_from_those_with_half_of_one() {
    let (_zeyos, client) = company().await;
    let api = client.api();
    let mut made = Vec::new();
    for (name, street) in [("None", None), ("Half", Some("")), ("Whole", Some("Kai 1"))] {
        let new = NewAccount::new(Currency::new("EUR")).lastname(name).type_(AccountType::Customer);
        let account = api.create_account(new).await.unwrap().id;
        if let Some(street) = street {
            let contact = NewContact::new().lastname(name).address(street).city("Kiel");
            let contact = api.create_contact(contact).await.unwrap().id;
            let address = NewAddress::new(account, contact).type_(AddressType::BillingBilling);
            api.create_address(address).await.unwrap();
        }
        made.push(account);
    }
    let answer = pages::billing_addresses::without_billing_address(&client).await.unwrap();
    let gap = |id: Id<Account>| answer.iter().find(|(customer, _)| customer.id == id).map(|(_, gap)| *gap);
    use pages::billing_addresses::Gap;
    let gaps: Vec<_> = made.iter().map(|id| gap(*id)).collect();
    assert_eq!(gaps, [Some(Gap::NoAddress), Some(Gap::Incomplete), None]);

    let archived = AccountPatch::new().visibility(zeyos::rest::Visibility::Archived);
    api.update_account(made[0], archived).await.unwrap();
    let fewer = pages::billing_addresses::without_billing_address(&client).await.unwrap();
    assert_eq!(fewer.len(), answer.len() - 1);
}

#[tokio::test]
async fn stock_is_the_sum_of_what_was_booked_in_each_storage() {
    let (_zeyos, client) = company().await;
    use StockTransactionFlag::{Booked, Cancelled, Reserved};
    let movements = [(Some(1), -3.5, Booked), (Some(2), 0.1, Booked), (Some(2), 0.2, Booked), (None, 4.0, Booked)];
    let others = [(Some(1), -2.0, Reserved), (Some(1), 100.0, Cancelled)];
    for (storage, amount, flag) in movements.into_iter().chain(others) {
        let new = NewStockTransaction::new(Id::new(3), amount).storage(storage.map(Id::new)).flag(flag);
        client.api().create_stock_transaction(new).await.unwrap();
    }
    let (all, storages) = (rows(&client, "stocktransactions").await, rows(&client, "storages").await);
    for item in 1..=24 {
        let mut wanted = BTreeMap::<Option<i64>, (i64, i64)>::new();
        for row in all.iter().filter(|row| int(row, "item") == item && int(row, "flag") != 2) {
            let place = wanted.entry(row["storage"].as_i64()).or_default();
            if int(row, "flag") == 0 { place.0 += parts(row, "amount") } else { place.1 += parts(row, "amount") }
        }
        let named = |place: Option<i64>| {
            let storage = storages.iter().find(|row| Some(int(row, "ID")) == place);
            storage.map(|row| row["name"].as_str().unwrap().to_owned())
        };
        let wanted: Vec<_> = wanted.into_iter().map(|(place, sums)| (named(place), sums)).collect();
        let answer = pages::stock::stock(&client, Id::<Item>::new(item)).await.unwrap();
        let number = |decimal: &zeyos::Decimal| (decimal.to_f64().unwrap() * 10_000.0).round() as i64;
        let answer: Vec<_> =
            answer.iter().map(|row| (row.storage.clone(), (number(&row.booked), number(&row.reserved)))).collect();
        assert_eq!(answer, wanted, "of item {item}");
    }
    let third = pages::stock::stock(&client, Id::new(3)).await.unwrap();
    assert_eq!(third.len(), 3);
    assert!(third.iter().any(|place| place.booked.to_f64() == Some(13.3)), "0.1 and 0.2 and 13 are 13.3: {third:?}");
}

#[tokio::test]
async fn a_price_is_that_of_the_best_list_that_serves_the_customer() {
    let (_zeyos, client) = company().await;
    let api = client.api();
    let price = async |item: i64, customer: i64, amount: f64, currency: &str, day: i64| {
        let asked = (amount, currency, at(day));
        let price = pages::price::effective_price(&client, Id::new(item), Id::new(customer), asked).await.unwrap();
        (price * 10_000.0).round() as i64
    };
    // The lists of the demo data: 100 * item + list, of which the list for Germany takes 5 % off.
    assert_eq!(price(3, 1, 1.0, "NOK", 0).await, 301 * 10_000);
    assert_eq!(price(3, 2, 1.0, "EUR", 0).await, 302 * 9_500);
    // Below the least amount, in another currency, for another customer, or out of its time: what the item costs.
    for (customer, amount, currency, day) in
        [(1, 0.5, "NOK", 0), (1, 1.0, "EUR", 0), (3, 1.0, "NOK", 0), (1, 1.0, "NOK", 366), (1, 1.0, "NOK", -366)]
    {
        assert_eq!(price(3, customer, amount, currency, day).await, 6_405_000, "{customer} {amount} {currency} {day}");
    }
    // A list for everyone: a tier, the price of the item less a rebate, free, and no discount in spite of that of the list.
    let list = NewPriceList::new("All", Currency::new("SEK")).discount(50.0).applytoall(true);
    let list = api.create_price_list(list).await.unwrap().id;
    for (item, new) in [
        (3, NewPrice::new(Id::new(3), list).price(200.0)),
        (3, NewPrice::new(Id::new(3), list).price(150.0).minamount(10.0).discount(10.0)),
        (4, NewPrice::new(Id::new(4), list).rebate(8.9).discount(0.0)),
        (5, NewPrice::new(Id::new(5), list).price(0.0)),
    ] {
        let made = api.create_price(new).await.unwrap();
        assert_eq!(made.item, Id::new(item));
    }
    for (item, amount, wanted) in [(3, 9.0, 100), (3, 10.0, 135), (4, 1.0, 40), (5, 1.0, 0)] {
        assert_eq!(price(item, 7, amount, "SEK", 0).await, wanted * 10_000, "item {item}");
    }
    // Of two lists the cheaper one; one for purchases, and one that is switched off, count for nothing.
    for (kind, price) in [(PriceListType::BillingMin, 90.0), (PriceListType::ProcurementMin, 1.0)] {
        let new = NewPriceList::new("Own", Currency::new("SEK")).type_(kind);
        let own = api.create_price_list(new).await.unwrap().id;
        api.create_price_list_to_account(NewPriceListToAccount::new(own, Id::new(7))).await.unwrap();
        api.create_price(NewPrice::new(Id::new(3), own).price(price)).await.unwrap();
    }
    assert_eq!((price(3, 7, 9.0, "SEK", 0).await, price(3, 8, 9.0, "SEK", 0).await), (900_000, 1_000_000));
    let off = PriceListPatch::new().activity(zeyos::rest::Activity::Deactivated);
    api.update_price_list(list, off).await.unwrap();
    assert_eq!(price(5, 8, 1.0, "SEK", 0).await, 2_120_000);
}

#[tokio::test]
async fn timesheets_have_every_minute_once() {
    let (_zeyos, client) = company().await;
    let period = at(-20)..at(20);
    let (steps, tasks) = (rows(&client, "actionsteps").await, rows(&client, "tasks").await);
    let users = rows(&client, "users").await;
    let mut wanted = BTreeMap::<(Option<String>, String), i64>::new();
    for step in &steps {
        let is_in = (period.start.as_unix()..period.end.as_unix()).contains(&int(step, "date"));
        if !is_in || ![1, 3].contains(&int(step, "status")) {
            continue;
        }
        let who = users.iter().find(|user| int(user, "ID") == int(step, "assigneduser"));
        let who = who.map(|user| user["name"].as_str().unwrap().to_owned());
        let work = match (&step["task"], &step["ticket"], &step["account"]) {
            (Json::Number(task), _, _) => {
                let task = tasks.iter().find(|row| row["ID"] == Json::Number(task.clone())).unwrap();
                match (task["ticket"].as_i64(), task["project"].as_i64()) {
                    (Some(ticket), _) => format!("Ticket({ticket})"),
                    (None, Some(project)) => format!("Project({project})"),
                    (None, None) => format!("Task({})", int(task, "ID")),
                }
            }
            (_, Json::Number(ticket), _) => format!("Ticket({ticket})"),
            (_, _, Json::Number(account)) => format!("Account({account})"),
            _ => "Other".to_owned(),
        };
        *wanted.entry((who, work)).or_default() += int(step, "effort");
    }
    let answer = pages::timesheets::timesheets(&client, period).await.unwrap();
    use pages::timesheets::Work;
    let work = |work: Work| match work {
        Work::Ticket(id) => format!("Ticket({id})"),
        Work::Project(id) => format!("Project({id})"),
        Work::Task(id) => format!("Task({id})"),
        Work::Account(id) => format!("Account({id})"),
        Work::Other => "Other".to_owned(),
    };
    let answer: BTreeMap<_, _> =
        answer.into_iter().map(|((who, what), minutes)| ((who, work(what)), minutes)).collect();
    assert_eq!(answer, wanted);
    assert!(wanted.len() > 10 && wanted.keys().any(|(_, work)| work.starts_with("Project")), "{wanted:?}");
}

#[tokio::test]
async fn a_mail_is_answered_by_what_was_sent_and_by_no_draft() {
    let (_zeyos, client) = company().await;
    let since = at(-20);
    let mails = rows(&client, "messages").await;
    let came_in = |row: &&Json| int(row, "mailbox") == 0 && int(row, "date") >= since.as_unix();
    let wanted: Vec<i64> = mails.iter().filter(came_in).map(|row| int(row, "ID")).collect();
    let ids = |mails: Vec<pages::unanswered_mail::Mail>| mails.iter().map(|mail| mail.id.get()).collect::<Vec<_>>();
    assert_eq!(ids(pages::unanswered_mail::unanswered(&client, since).await.unwrap()), wanted);
    assert!(wanted.len() > 5);
    for (answered, mailbox) in [(wanted[0], MessageMailbox::Sent), (wanted[1], MessageMailbox::Drafts)] {
        let new = NewMessage::new().subject("Re").reference(Id::new(answered)).mailbox(mailbox);
        client.api().create_message(new).await.unwrap();
    }
    assert_eq!(ids(pages::unanswered_mail::unanswered(&client, since).await.unwrap()), wanted[1..]);
}

async fn contact(client: &Client, email: &str) -> Id<Contact> {
    client.api().create_contact(NewContact::new().lastname("Twice").email(email)).await.unwrap().id
}

#[tokio::test]
async fn duplicates_are_found_whatever_their_case_and_corrected_and_taken_back() {
    let (_zeyos, client) = company().await;
    let mut ids = Vec::new();
    for email in ["Seal@one.example", "seal@one.example", "seal@two.example", "SEAL@one.example"] {
        ids.push(contact(&client, email).await);
    }
    let gone = contact(&client, "seal@one.example").await;
    let deleted = ContactPatch::new().visibility(zeyos::rest::Visibility::Deleted);
    client.api().update_contact(gone, deleted).await.unwrap();
    let found = pages::duplicates::duplicates(&client).await.unwrap();
    assert_eq!(found["seal@one.example"], [ids[0], ids[1], ids[3]]);
    assert!(!found.contains_key("seal@two.example") && !found.contains_key(""));

    let plan = pages::bulk::planned(&client).await.unwrap();
    assert_eq!(plan.ids().collect::<Vec<_>>(), [ids[0], ids[3]]);
    let mut journal = Vec::new();
    assert_eq!(pages::bulk::carried_out(&client, plan, &[], &mut journal).await.unwrap(), 2);
    let emails = async || {
        let mut emails = Vec::new();
        for id in &ids {
            emails.push(client.api().get_contact(*id).await.unwrap().email.clone());
        }
        emails
    };
    assert_eq!(emails().await, ["seal@one.example", "seal@one.example", "seal@two.example", "seal@one.example"]);
    let journal = String::from_utf8(journal).unwrap();
    let entries = journal.lines().map(|line| line.parse().unwrap()).collect();
    assert!(pages::bulk::taken_back(&client, entries).await.is_empty());
    assert_eq!(emails().await, ["Seal@one.example", "seal@one.example", "seal@two.example", "SEAL@one.example"]);
}

#[tokio::test]
async fn a_mirror_has_what_the_server_has() {
    let (_zeyos, client) = company().await;
    let mut mirror = pages::sync::Mirror::<Account>::new();
    mirror.catch_up(&client).await.unwrap();
    let new = NewAccount::new(Currency::new("EUR")).lastname("New");
    let new = client.api().create_account(new).await.unwrap().id;
    mirror.catch_up(&client).await.unwrap();
    assert_eq!(mirror.rows[&new].lastname, "New");
    client.api().delete_account(new).await.unwrap();
    mirror.put_right(&client).await.unwrap();
    let wanted: Vec<i64> = rows(&client, "accounts").await.iter().map(|row| int(row, "ID")).collect();
    assert_eq!(mirror.rows.keys().map(|id| id.get()).collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn what_the_javascript_client_does_has_the_same_answers() {
    let (_zeyos, client) = company().await;
    let tickets = rows(&client, "tickets").await;
    let live = |row: &&Json| int(row, "visibility") == 0 && [0, 4].contains(&int(row, "status"));
    let mut wanted: Vec<_> = tickets.iter().filter(live).map(|row| (-int(row, "priority"), int(row, "ID"))).collect();
    wanted.sort_unstable();
    let listed = pages::from_javascript::list(&client).await.unwrap();
    let listed: Vec<i64> = listed.iter().map(|row| row.id.get()).collect();
    assert_eq!(listed, wanted.iter().take(10).map(|(_, id)| *id).collect::<Vec<_>>());
    let either =
        |row: &&Json| int(row, "priority") == 4 || row["name"].as_str().unwrap().to_lowercase().contains("pump");
    let wanted = tickets.iter().filter(either).count() as u64;
    assert_eq!(pages::from_javascript::count(&client).await.unwrap(), wanted);
    let accounts = rows(&client, "accounts").await.iter().filter(|row| int(row, "visibility") == 0).count();
    assert_eq!(pages::from_javascript::all(&client).await.unwrap().len(), accounts);
    pages::from_javascript::write(&client).await.unwrap();
    assert_eq!(rows(&client, "tickets").await.len(), tickets.len());
    assert!(pages::from_javascript::find(&client, Id::new(1)).await.unwrap().is_some());
    assert!(pages::from_javascript::find(&client, Id::new(99_999)).await.unwrap().is_none());
}
