//! The programs as they stand in the pages.

#![expect(unreachable_pub, reason = "they are programs to be copied, whose items a library would show")]

#[path = "../../../examples/guide/billing_addresses.rs"]
pub(super) mod billing_addresses;
#[path = "../../../examples/guide/bulk.rs"]
pub(super) mod bulk;
#[path = "../../../examples/guide/duplicates.rs"]
pub(super) mod duplicates;
#[path = "../../../examples/guide/from_javascript.rs"]
pub(super) mod from_javascript;
#[path = "../../../examples/guide/open_tickets.rs"]
pub(super) mod open_tickets;
#[path = "../../../examples/guide/overdue.rs"]
pub(super) mod overdue;
#[path = "../../../examples/guide/price.rs"]
pub(super) mod price;
#[path = "../../../examples/guide/revenue.rs"]
pub(super) mod revenue;
#[path = "../../../examples/guide/stock.rs"]
pub(super) mod stock;
#[path = "../../../examples/guide/sync.rs"]
pub(super) mod sync;
#[path = "../../../examples/guide/timesheets.rs"]
pub(super) mod timesheets;
#[path = "../../../examples/guide/unanswered_mail.rs"]
pub(super) mod unanswered_mail;
