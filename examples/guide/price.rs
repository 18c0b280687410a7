use zeyos::rest::{
    Account, Activity, Item, Price, PriceList, PriceListToAccount, PriceListType, price, price_list,
    price_list_to_account,
};
use zeyos::{Client, Error, Id, Timestamp, projection};

projection! {
    struct Tier from Price {
        list: Id<PriceList> = price::PRICELIST,
        price: Option<f64> = price::PRICE,
        rebate: f64 = price::REBATE,
        discount: Option<f64> = price::DISCOUNT,
        of_list: f64 = price::PRICELIST.then(price_list::DISCOUNT),
        from: f64 = price::MINAMOUNT,
    }
}

/// What one unit costs a customer at a time, when so many are bought: the least of the lists that serve him, and the price of the item
/// where none does.
pub async fn effective_price(
    client: &Client,
    item: Id<Item>,
    customer: Id<Account>,
    (amount, currency, at): (f64, &str, Timestamp),
) -> Result<f64, Error> {
    let item = client.api().get_item(item).await?.into_inner();
    let lists = lists_of(client, customer, currency, at).await?;
    let query =
        Price::query().filter(price::ITEM.eq(item.id) & price::PRICELIST.one_of(&lists) & price::MINAMOUNT.le(amount));
    let tiers = client.api().list_prices(query.select::<Tier>()).stream().collect().await?;
    let prices = lists.iter().filter_map(|list| {
        // Of the tiers of one list that one counts which begins highest.
        let of_list = tiers.iter().filter(|tier| tier.list == *list);
        of_list.max_by(|one, other| one.from.total_cmp(&other.from))
    });
    let prices = prices.map(|tier| {
        let discount = tier.discount.unwrap_or(tier.of_list);
        (tier.price.unwrap_or(item.sellingprice) - tier.rebate) * (1.0 - discount / 100.0)
    });
    Ok(prices.min_by(f64::total_cmp).unwrap_or(item.sellingprice))
}

/// The lists for sales in this currency that are valid and serve the customer.
async fn lists_of(
    client: &Client,
    customer: Id<Account>,
    currency: &str,
    at: Timestamp,
) -> Result<Vec<Id<PriceList>>, Error> {
    let own = PriceListToAccount::query().filter(price_list_to_account::ACCOUNT.eq(customer));
    let own = client.api().list_price_lists_to_accounts(own).stream().collect().await?;
    let serves = price_list::APPLYTOALL.eq(true) | price_list::ID.one_of(own.iter().map(|row| row.pricelist));
    let sells = price_list::TYPE.eq(PriceListType::BillingMin) & price_list::CURRENCY.eq(currency);
    let query = PriceList::query().filter(price_list::ACTIVITY.eq(Activity::Active) & sells & serves);
    let mut lists = client.api().list_price_lists(query).stream().collect().await?;
    // Whether a server can ask for "no end" is not certain, so the dates are looked at here.
    lists.retain(|list| list.datefrom.is_none_or(|from| from <= at) && list.dateto.is_none_or(|to| at <= to));
    Ok(lists.into_iter().map(|list| list.id).collect())
}
