//! An invoice: lines, custom fields, tags, a file beside it, and a change that meets someone else's.
//!
//! `cargo run --example billing` runs it against an emulator of its own.

use std::error::Error;

use zeyos::rest::{
    BinFileContent, Currency, InvoicePatch, InvoiceStatus, Line, NewFile, NewInvoice, NewRecord, ProductLine,
    Transaction, TransactionPatch, transaction,
};
use zeyos::{Client, Id, Timestamp, TokenSet};
use zeyos_emulator::Emulator;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let zeyos = Emulator::start().await?;
    let token = zeyos.credentials().access_token.as_str();
    let client = Client::builder(zeyos.url()).token_set(TokenSet::bearer(token)).build()?;
    let invoice = written(&client).await?;
    read(&client, invoice).await?;
    attached(&client, invoice).await?;
    booked(&client, invoice).await?;
    raced(&client, invoice).await
}

/// The amounts are the caller's: it is not documented that the server reckons them from the lines.
async fn written(client: &Client) -> Result<Id<Transaction>> {
    let pump = ProductLine::from("Centrifugal pump 40mm").item(Id::new(7)).amount(2.0).unit("C62");
    let lines = vec![Line::product(pump.sellingprice(1850.0).taxrate(25.0)), Line::text("Delivered free to the quay.")];
    let new = NewInvoice::new("RE-9001", Currency::new("NOK"))
        .account(Id::new(1))
        .date(Timestamp::from_unix(1_767_225_600))
        .duedate(Timestamp::from_unix(1_768_435_200))
        .items(lines)
        .netamount(3700.0)
        .tax(925.0)
        .extdata("costcentre", "4200")
        .add_tags(["pumps", "region/no"]);
    let created = client.api().create_transaction(new).await?;
    println!("invoice {} has the number {}", created.id, created.transactionnum);
    Ok(created.id)
}

/// Lines, custom fields and tags come where they are asked for.
async fn read(client: &Client, id: Id<Transaction>) -> Result<()> {
    let invoice = client.api().get_transaction(id).expand(transaction::ITEMS).extdata().tags().await?;
    let lines = invoice.items.as_ref().and_then(|items| items.expanded()).map_or(0, Vec::len);
    let cost = invoice.extdata.as_ref().and_then(|fields| fields.get("costcentre"));
    println!("it has {lines} lines, the cost centre {cost:?} and the tags {:?}", invoice.tags);
    Ok(())
}

/// A file hangs on a record of the feed, and that is about the invoice.
async fn attached(client: &Client, id: Id<Transaction>) -> Result<()> {
    let path = std::env::temp_dir().join(format!("zeyos-billing-{}.txt", std::process::id()));
    std::fs::write(&path, "Delivery note LS-2001, signed.\n")?;
    let record = client.api().create_record(NewRecord::new().about(id).text("Signed delivery note")).await?.id;
    // Read while it is sent: it may be larger than the memory.
    let file = NewFile::new().record(record).filename("LS-2001.txt").mimetype("text/plain");
    let file = client.api().create_file(file.binfile(BinFileContent::from_path(&path)?)).await?;
    std::fs::remove_file(&path)?;
    println!("file {} hangs on record {record}", file.id);
    Ok(())
}

/// A change of what one has read: refused with 412 where someone else was faster, so that nothing of his is lost.
async fn booked(client: &Client, id: Id<Transaction>) -> Result<()> {
    let read = client.api().get_transaction(id).versioned().await?;
    client.api().update_transaction(id, TransactionPatch::new().discount(2.0)).await?;
    let booked = InvoicePatch::new().status(InvoiceStatus::Booked);
    match client.api().update_transaction(id, booked).if_match(&read.etag).await {
        Err(error) if error.is_precondition_failed() => println!("someone else has changed it: {error}"),
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("an old entity tag was accepted".into()),
    }
    Ok(())
}

/// The same by a function of what is there: whoever is refused reads anew and applies it once more. Of two at once none is lost.
async fn raced(client: &Client, id: Id<Transaction>) -> Result<()> {
    let one_more = |invoice: &Transaction| {
        TransactionPatch::from(InvoicePatch::new().status(InvoiceStatus::Booked)).discount(invoice.discount + 1.0)
    };
    let (one, other) = tokio::join!(client.edit(id, one_more), client.edit(id, one_more));
    let discount = one?.record.discount.max(other?.record.discount);
    println!("booked, and two more discounts of 1 % make it {discount} %");
    if discount != 4.0 {
        return Err("a change was lost".into());
    }
    Ok(())
}
