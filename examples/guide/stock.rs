use std::collections::BTreeMap;

use zeyos::rest::{Item, StockTransaction, StockTransactionFlag, Storage, stock_transaction, storage};
use zeyos::{Client, Decimal, Error, Id};

/// What lies in one place.
#[derive(Debug)]
pub struct Stock {
    /// The name of the storage; `None` for movements without one.
    pub storage: Option<String>,
    /// What is there.
    pub booked: Decimal,
    /// What is set aside and has not moved.
    pub reserved: Decimal,
}

/// The stock of an item, by storage.
pub async fn stock(client: &Client, item: Id<Item>) -> Result<Vec<Stock>, Error> {
    let booked = amounts(client, item, StockTransactionFlag::Booked).await?;
    let reserved = amounts(client, item, StockTransactionFlag::Reserved).await?;
    let places: Vec<Option<Id<Storage>>> = booked.keys().chain(reserved.keys()).copied().collect();
    let query = Storage::query().filter(storage::ID.one_of(places.iter().flatten()));
    let storages = client.api().list_storages(query).stream().collect().await?;
    let mut stock = BTreeMap::new();
    for place in places {
        let amount = |of: &BTreeMap<_, Decimal>| of.get(&place).cloned().unwrap_or(Decimal::from(0));
        let storage = storages.iter().find(|storage| Some(storage.id) == place).map(|storage| storage.name.clone());
        stock.insert(place, Stock { storage, booked: amount(&booked), reserved: amount(&reserved) });
    }
    Ok(stock.into_values().collect())
}

/// The movements of an item, added up by storage.
async fn amounts(
    client: &Client,
    item: Id<Item>,
    flag: StockTransactionFlag,
) -> Result<BTreeMap<Option<Id<Storage>>, Decimal>, Error> {
    let query = StockTransaction::query().filter(stock_transaction::ITEM.eq(item) & stock_transaction::FLAG.eq(flag));
    let movements = client.api().list_stock_transactions(query).sum(stock_transaction::AMOUNT);
    let groups = movements.group_by(stock_transaction::STORAGE).await?;
    Ok(groups.into_iter().filter_map(|group| Some((group.key.as_i64().map(Id::new), group.aggregate.value?))).collect())
}
