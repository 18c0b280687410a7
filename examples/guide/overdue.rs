use std::collections::BTreeMap;

use zeyos::rest::{
    Account, DunningNotice, DunningNoticeStatus, DunningNoticeType, DunningToTransaction, Invoice, NewDunningNotice,
    NewDunningToTransaction, Payment, PaymentStatus, Transaction, account, dunning_notice, dunning_to_transaction,
    payment, transaction,
};
use zeyos::{Client, Error, Id, Timestamp, projection};

projection! {
    pub struct Late from Transaction {
        pub id: Id<Transaction> = transaction::ID,
        pub number: String = transaction::TRANSACTIONNUM,
        pub account: Option<Id<Account>> = transaction::ACCOUNT,
        pub customer: Option<String> = transaction::ACCOUNT.then(account::LASTNAME),
        pub duedate: Option<Timestamp> = transaction::DUEDATE,
        pub currency: String = transaction::CURRENCY,
        net: f64 = transaction::NETAMOUNT,
        tax: f64 = transaction::TAX,
    }
}

projection! {
    struct Notice from DunningToTransaction {
        invoice: Id<Transaction> = dunning_to_transaction::TRANSACTION,
        level: DunningNoticeType = dunning_to_transaction::DUNNING.then(dunning_notice::TYPE),
    }
}

/// An invoice to be paid, what is left of it, and how firmly its customer was asked last.
pub struct Overdue {
    pub invoice: Late,
    pub open: f64,
    pub level: Option<DunningNoticeType>,
}

/// The invoices that were due before this day.
pub async fn overdue(client: &Client, today: Timestamp) -> Result<Vec<Overdue>, Error> {
    let query = Invoice::query().filter(Invoice::overdue(today)).select::<Late>();
    let invoices = client.api().list_transactions(query).stream().collect().await?;
    let ids: Vec<_> = invoices.iter().map(|invoice| invoice.id).collect();
    let (paid, asked) = (paid(client, &ids).await?, asked(client, &ids).await?);
    let overdue = invoices.into_iter().map(|invoice| {
        let paid = paid.get(&invoice.id).copied().unwrap_or_default();
        Overdue { open: invoice.net + invoice.tax - paid, level: asked.get(&invoice.id).copied(), invoice }
    });
    // Amounts are floating-point numbers, so that a difference of nothing may be one of a billionth.
    Ok(overdue.filter(|overdue| overdue.open > 0.005).collect())
}

/// What came in for invoices.
async fn paid(client: &Client, invoices: &[Id<Transaction>]) -> Result<BTreeMap<Id<Transaction>, f64>, Error> {
    let mut paid = BTreeMap::new();
    for ids in invoices.chunks(500) {
        let moved = payment::STATUS.one_of([PaymentStatus::Completed, PaymentStatus::Booked]);
        let query = Payment::query().filter(payment::TRANSACTION.one_of(ids) & moved);
        for group in client.api().list_payments(query).sum(payment::AMOUNT).group_by(payment::TRANSACTION).await? {
            let amount = group.aggregate.value.and_then(|sum| sum.to_f64());
            paid.extend(group.key.as_i64().map(Id::new).zip(amount));
        }
    }
    Ok(paid)
}

/// The firmest notice that went out for each of the invoices.
async fn asked(
    client: &Client,
    invoices: &[Id<Transaction>],
) -> Result<BTreeMap<Id<Transaction>, DunningNoticeType>, Error> {
    let mut asked = BTreeMap::new();
    for ids in invoices.chunks(500) {
        let status = dunning_to_transaction::DUNNING.then(dunning_notice::STATUS);
        let went_out = status.one_of([DunningNoticeStatus::Booked, DunningNoticeStatus::Closed]);
        let query = DunningToTransaction::query().filter(dunning_to_transaction::TRANSACTION.one_of(ids) & went_out);
        for notice in client.api().list_dunning_to_transactions(query.select::<Notice>()).stream().collect().await? {
            let firmest = asked.entry(notice.invoice).or_insert(notice.level);
            if notice.level.code() > firmest.code() {
                *firmest = notice.level;
            }
        }
    }
    Ok(asked)
}

/// Drafts the next notice about an invoice. A person books and sends it.
pub async fn remind(
    client: &Client,
    overdue: &Overdue,
    number: &str,
    until: Timestamp,
) -> Result<Id<DunningNotice>, Error> {
    let level = overdue.level.map_or(DunningNoticeType::Reminder, |_| DunningNoticeType::Notice);
    let new = NewDunningNotice::new(number).type_(level).account(overdue.invoice.account).duedate(until);
    let notice = client.api().create_dunning_notice(new.status(DunningNoticeStatus::Draft)).await?.id;
    client.api().create_dunning_to_transaction(NewDunningToTransaction::new(notice, overdue.invoice.id)).await?;
    Ok(notice)
}
