//! What does not compile, so that a mistake is found before anything runs. These are tests: each example must fail to compile.
//! Whether it fails with the error that it names, rustdoc checks on nightly alone, and `tests/it/wrong.rs` on every toolchain; the
//! words of messages are held there too.

/// A name where a currency is wanted.
///
/// ```compile_fail,E0308
/// let _ = zeyos::rest::NewAccount::new("Acme");
/// ```
///
/// ```
/// let _ = zeyos::rest::NewAccount::new(zeyos::rest::Currency::new("EUR")).lastname("Acme");
/// ```
///
/// A number and a currency of an invoice, the other way round.
///
/// ```compile_fail,E0308
/// use zeyos::rest::{Currency, NewInvoice};
/// let _ = NewInvoice::new(Currency::new("EUR"), "R-1");
/// ```
struct Texts;

/// A status that an invoice cannot have.
///
/// ```compile_fail,E0308
/// use zeyos::rest::{InvoicePatch, OrderStatus};
/// let _ = InvoicePatch::new().status(OrderStatus::Delivered);
/// ```
///
/// Another type than that of the kind, which is fixed.
///
/// ```compile_fail,E0599
/// use zeyos::rest::{Currency, NewInvoice, TransactionType};
/// let _ = NewInvoice::new("R-1", Currency::new("EUR")).type_(TransactionType::BillingQuote);
/// ```
///
/// The same where the column could be changed.
///
/// ```compile_fail,E0599
/// use zeyos::rest::{ContactType, PersonPatch};
/// let _ = PersonPatch::new().type_(ContactType::Company);
/// ```
///
/// A filter of invoices on tickets.
///
/// ```compile_fail,E0308
/// use zeyos::rest::{Invoice, Ticket};
/// let _ = Ticket::query().filter(Invoice::open());
/// ```
struct Kinds;

/// A second hop of a join.
///
/// ```compile_fail,E0277
/// use zeyos::rest::{account, contact, ticket};
/// let _ = ticket::ACCOUNT.then(account::CONTACT).then(contact::CITY);
/// ```
///
/// The same from behind.
///
/// ```compile_fail,E0277
/// use zeyos::rest::{account, contact, ticket};
/// let _ = ticket::ACCOUNT.then(account::CONTACT.then(contact::CITY));
/// ```
struct Joins;

/// A reference to a record that has no name there.
///
/// ```compile_fail,E0277
/// use zeyos::Id;
/// use zeyos::rest::{Comment, NewRecord};
/// let _ = NewRecord::new().about(Id::<Comment>::new(7));
/// ```
struct References;
