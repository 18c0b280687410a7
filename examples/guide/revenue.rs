use std::collections::BTreeMap;
use std::ops::Range;

use zeyos::rest::{Credit, Invoice, Transaction, TransactionStatus, transaction};
use zeyos::{Client, Decimal, Error, Filter, Timestamp};

/// What was sold in one currency.
#[derive(Debug)]
pub struct Revenue {
    pub currency: String,
    pub invoiced: Decimal,
    pub credited: Decimal,
    /// What is left of `invoiced` after credits; `None` where that has too many digits.
    pub net: Option<Decimal>,
}

/// The revenue of a month, from its first second up to and without the first one of the next.
pub async fn revenue(client: &Client, month: Range<Timestamp>) -> Result<Vec<Revenue>, Error> {
    let invoiced = sums(client, Invoice::filter(), month.clone()).await?;
    let mut credited = sums(client, Credit::filter(), month).await?;
    let mut all = Vec::new();
    for (currency, invoiced) in invoiced {
        let credited = credited.remove(&currency).unwrap_or(Decimal::from(0));
        all.push(Revenue { net: invoiced.checked_sub(&credited), currency, invoiced, credited });
    }
    // Months in which a currency has credits alone.
    for (currency, credited) in credited {
        let invoiced = Decimal::from(0);
        all.push(Revenue { net: invoiced.checked_sub(&credited), currency, invoiced, credited });
    }
    Ok(all)
}

/// The net amounts of documents of a kind, by currency.
async fn sums(
    client: &Client,
    kind: Filter<Transaction>,
    month: Range<Timestamp>,
) -> Result<BTreeMap<String, Decimal>, Error> {
    let counts = transaction::STATUS.none_of([TransactionStatus::Draft, TransactionStatus::Cancelled]);
    let query = Transaction::query().filter(kind & counts & transaction::DATE.between(month));
    let groups =
        client.api().list_transactions(query).sum(transaction::NETAMOUNT).group_by(transaction::CURRENCY).await?;
    let by_currency = groups.into_iter().filter_map(|group| Some((group.aggregate.currency?, group.aggregate.value?)));
    Ok(by_currency.collect())
}
