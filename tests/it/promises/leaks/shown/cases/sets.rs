//! What many records at a time are read and written with: copies, plans, journals, numbers.

use std::time::Duration;

use zeyos::bulk::{JournalEntry, JournalState, Plan, Rows};
use zeyos::custom_fields::{CustomFields, DeclaredField};
use zeyos::rest::{NewTicket, Ticket, TicketPatch, Transaction, ticket, transaction};
use zeyos::sync::{Checkpoint, Watched};
use zeyos::{Editable, Id, Stored, Timestamp};

use super::Case;
use crate::promises::leaks::shown::{Stage, c};
use crate::support::transcript::Transcript;

/// A plan with a canary wherever it holds a value of a record.
fn plan() -> Plan<Ticket> {
    let rows = format!(
        r#"[{{"id": 7, "etag": "\"1\"", "old": {{"name": "{}"}}, "new": {{"name": "{}"}}}}]"#,
        c::TYPED,
        c::LEGACY
    );
    format!(r#"{{"of": "tickets", "rows": {rows}}}"#).parse().unwrap()
}

fn new() -> NewTicket {
    NewTicket::new(c::TYPED).ticketnum(c::LEGACY)
}

fn patch() -> TicketPatch {
    TicketPatch::new().name(c::TYPED)
}

/// Prints what comes of a stage whose server has seen every secret.
fn outcomes(stage: &Stage, transcript: &Transcript) {
    let client = &stage.client;
    let mut created = client.create_many::<Ticket, _>([new()]).settle_time(Duration::ZERO).run();
    transcript.print(&created);
    transcript.print(&stage.runtime.block_on(created.next()));
    transcript.print(&stage.runtime.block_on(
        client.update_many([(Id::<Ticket>::new(7), patch())]).settle_time(Duration::ZERO).run::<Ticket>().tally(),
    ));
}

fn journal(stage: &Stage, transcript: &Transcript) {
    let apply = stage.client.apply(plan()).settle_time(Duration::ZERO);
    transcript.print(&apply);
    let mut entries = apply.run();
    transcript.print(&entries);
    let entry = stage.runtime.block_on(entries.next()).unwrap();
    transcript.print(&(entry.state(), entry.row()));
    transcript.print(&entry);
}

fn changes(stage: &Stage, transcript: &Transcript) {
    let mut changes = stage.client.changes_since(Checkpoint::<Ticket>::new());
    transcript.print(&changes);
    let page = stage.runtime.block_on(changes.next());
    transcript.print(&page);
    transcript.print(&page.map(|page| page.map(Watched::Changed)));
    transcript.print(&changes);
}

fn reconciled(stage: &Stage, transcript: &Transcript) {
    let mine = || [(Id::<Ticket>::new(7), Timestamp::from_unix(7))];
    let reconcile = stage.client.reconcile(mine());
    transcript.print(&reconcile);
    transcript.print(&stage.runtime.block_on(reconcile.collect()));
    let mut watch = stage.client.watch(Checkpoint::new(), mine);
    transcript.print(&watch);
    transcript.print(&stage.runtime.block_on(watch.next()));
}

fn numbers(stage: &Stage, transcript: &Transcript) {
    let filter = transaction::TRANSACTIONNUM.eq(c::TYPED);
    let sum = || {
        stage.client.api().list_transactions(Transaction::query().filter(filter.clone())).sum(transaction::NETAMOUNT)
    };
    transcript.print(&sum());
    transcript.print(&stage.runtime.block_on(sum().into_future()));
    transcript.print(&sum().group_by(transaction::CURRENCY));
    transcript.print(&stage.runtime.block_on(sum().group_by(transaction::CURRENCY).into_future()));
}

fn edits(stage: &Stage, transcript: &Transcript) {
    let edit = stage.client.edit(Id::<Ticket>::new(7), |_: &Ticket| patch());
    transcript.print(&edit);
    transcript.print(&stage.runtime.block_on(edit.into_future()));
    let upsert = stage.client.create_or_update_by::<Ticket, _, _>(ticket::TICKETNUM, new());
    transcript.print(&upsert);
    transcript.print(&stage.runtime.block_on(upsert.into_future()));
}

/// Custom fields that a program knows; the stage has others, or none.
enum Declared {}

impl CustomFields for Declared {
    const FIELDS: &'static [DeclaredField] = &[DeclaredField::new("tickets", "minutes", "num")];
}

/// What differs: a server that has no list of them answers nothing that could be held against them.
fn fields(stage: &Stage, transcript: &Transcript) {
    transcript.print(&stage.runtime.block_on(stage.client.check_custom_fields::<Declared>()));
    let none = crate::wire::Recorder::json(serde_json::json!([]));
    let report = stage.runtime.block_on(none.client().check_custom_fields::<Declared>()).unwrap();
    transcript.print(&report);
    transcript.write(format_args!("{report} {}", report.differences()[0]));
}

pub(super) fn all() -> Vec<(&'static str, Case)> {
    vec![
        ("core/src/call/aggregate.rs Aggregate", numbers),
        ("core/src/call/aggregate.rs Aggregation", numbers),
        ("core/src/call/aggregate.rs AggregateGroup", numbers),
        ("core/src/call/aggregate.rs Grouping", numbers),
        ("core/src/call/answer.rs Versioned", |stage, transcript| {
            let read = Ticket::get(&stage.client, Id::new(7)).versioned();
            transcript.print(&read);
            transcript.print(&stage.runtime.block_on(read.into_future()).map(zeyos::ResponseValue::into_inner));
        }),
        ("src/custom_fields.rs CustomFieldReport", fields),
        ("src/custom_fields.rs CustomFieldDifference", fields),
        ("src/custom_fields.rs FieldChange", fields),
        ("src/custom_fields.rs DeclaredField", |_, transcript| transcript.print(&Declared::FIELDS)),
        ("core/src/stored.rs Writes", |_, transcript| transcript.print(<Ticket as Editable>::WRITES)),
        ("src/bulk/apply.rs Apply", journal),
        ("src/bulk/apply.rs Journal", journal),
        ("src/bulk/apply.rs JournalEntry", journal),
        ("src/bulk/apply.rs JournalState", |_, transcript| transcript.print(&JournalState::Applied)),
        ("src/bulk/create.rs CreateMany", |stage, transcript| {
            let create = stage.client.create_many::<Ticket, _>([new()]);
            transcript.print(&create.dedupe_by(ticket::TICKETNUM));
        }),
        ("src/bulk/filtered.rs DeleteWhere", |stage, transcript| {
            transcript.print(&stage.client.delete_where(Ticket::query().filter(ticket::NAME.eq(c::TYPED))));
        }),
        ("src/bulk/filtered.rs UpdateWhere", |stage, transcript| {
            let query = Ticket::query().filter(ticket::NAME.eq(c::TYPED));
            transcript.print(&stage.client.update_where(query, |_: &Ticket| patch()));
        }),
        ("src/bulk/ordered.rs Rows", |_, transcript| transcript.print(&Rows::of([c::TYPED]))),
        ("src/bulk/outcome.rs Outcome", outcomes),
        ("src/bulk/outcome.rs Outcomes", outcomes),
        ("src/bulk/outcome.rs RowOutcome", outcomes),
        ("src/bulk/outcome.rs Tally", outcomes),
        ("src/bulk/plan.rs ParsePlanError", |_, transcript| {
            transcript.print(&(c::TYPED.parse::<Plan<Ticket>>(), c::TYPED.parse::<JournalEntry<Ticket>>()));
        }),
        ("src/bulk/plan.rs Plan", |_, transcript| transcript.print(&plan())),
        ("src/bulk/plan.rs PlannedRow", |_, transcript| transcript.print(&plan().rows())),
        ("src/edit.rs Edit", edits),
        ("src/edit.rs Edited", edits),
        ("src/edit/upsert.rs CreateOrUpdate", edits),
        ("src/edit/upsert.rs Upserted", edits),
        ("src/sync/changes.rs ChangePage", changes),
        ("src/sync/changes.rs Changes", changes),
        ("src/sync/checkpoint.rs Checkpoint", |_, transcript| transcript.print(&Checkpoint::<Ticket>::new())),
        ("src/sync/checkpoint.rs ParseCheckpointError", |_, transcript| {
            transcript.print(&c::TYPED.parse::<Checkpoint<Ticket>>());
        }),
        ("src/sync/reconcile.rs Difference", reconciled),
        ("src/sync/reconcile.rs Differences", reconciled),
        ("src/sync/reconcile.rs Reconcile", reconciled),
        ("src/sync/watch.rs Watch", reconciled),
        ("src/sync/watch.rs Watched", changes),
    ]
}
