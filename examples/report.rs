//! A report over invoices: typed rows joined with their customers, and sums by currency that no floating-point number has touched.
//!
//! `cargo run --example report` runs it against an emulator of its own.

use std::collections::BTreeMap;
use std::error::Error;

use zeyos::rest::{Credit, Invoice, Transaction, TransactionStatus, account, transaction};
use zeyos::{AggregateGroup, Client, Decimal, Filter, Timestamp, TokenSet, projection};
use zeyos_emulator::Emulator;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

projection! {
    /// A line of the report.
    struct OpenInvoice from Transaction {
        number: String = transaction::TRANSACTIONNUM,
        customer: Option<String> = transaction::ACCOUNT.then(account::LASTNAME),
        customernum: Option<String> = transaction::ACCOUNT.then(account::CUSTOMERNUM),
        status: TransactionStatus = transaction::STATUS,
        duedate: Option<Timestamp> = transaction::DUEDATE,
        currency: String = transaction::CURRENCY,
        netamount: f64 = transaction::NETAMOUNT,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let zeyos = Emulator::start().await?;
    let token = zeyos.credentials().access_token.as_str();
    let client = Client::builder(zeyos.url()).token_set(TokenSet::bearer(token)).build()?;
    open(&client).await?;
    totals(&client).await
}

/// The invoices that are to be paid, with their customers.
async fn open(client: &Client) -> Result<()> {
    let query = Invoice::query().filter(Invoice::open()).sort([transaction::DUEDATE.asc(), transaction::ID.asc()]);
    let rows = client.api().list_transactions(query.select::<OpenInvoice>().verified()).stream().collect().await?;
    println!("{} open invoices", rows.len());
    for row in rows {
        let customer = row.customer.unwrap_or_default();
        let due = row.duedate.map_or_else(String::new, |due| due.to_string()[..10].to_owned());
        let number = row.customernum.unwrap_or_default();
        println!(
            "  {:<8} {due:>10}  {:>10.2} {}  {:<10} {number:<7} {customer}",
            row.number,
            row.netamount,
            row.currency,
            row.status.to_string()
        );
    }
    Ok(())
}

/// What was invoiced and credited, and what is left, by currency.
async fn totals(client: &Client) -> Result<()> {
    let mut totals = BTreeMap::<String, [Decimal; 2]>::new();
    for (column, kind) in [Invoice::filter(), Credit::filter()].into_iter().enumerate() {
        for group in by_currency(client, kind).await? {
            let (currency, sum) = (group.aggregate.currency.unwrap_or_default(), group.aggregate.value);
            let nothing = || [Decimal::from(0), Decimal::from(0)];
            totals.entry(currency).or_insert_with(nothing)[column] = sum.unwrap_or(Decimal::from(0));
        }
    }
    println!("{} currencies, net of tax", totals.len());
    for (currency, [invoiced, credited]) in totals {
        let left = invoiced.checked_sub(&credited).ok_or("more digits than can be reckoned with")?;
        println!("  {currency}: {invoiced} invoiced, {credited} credited, {left} left");
    }
    Ok(())
}

async fn by_currency(
    client: &Client,
    kind: Filter<Transaction>,
) -> std::result::Result<Vec<AggregateGroup>, zeyos::Error> {
    let counts = transaction::STATUS.none_of([TransactionStatus::Draft, TransactionStatus::Cancelled]);
    let query = Transaction::query().filter(kind & counts);
    client.api().list_transactions(query).sum(transaction::NETAMOUNT).group_by(transaction::CURRENCY).await
}
