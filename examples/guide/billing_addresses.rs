use std::collections::BTreeMap;

use zeyos::rest::{Account, AccountType, Address, AddressType, account, address, contact};
use zeyos::{Client, Error, Id, projection};

projection! {
    pub struct Customer from Account {
        pub id: Id<Account> = account::ID,
        pub name: String = account::LASTNAME,
    }
}

projection! {
    struct Billing from Address {
        account: Id<Account> = address::ACCOUNT,
        street: String = address::CONTACT.then(contact::ADDRESS),
        city: String = address::CONTACT.then(contact::CITY),
    }
}

/// What an invoice to a customer lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// No one is named as the recipient of invoices.
    NoAddress,
    /// Someone is, but without a street or a town.
    Incomplete,
}

/// The customers who cannot be sent an invoice.
pub async fn without_billing_address(client: &Client) -> Result<Vec<(Customer, Gap)>, Error> {
    let billing = Address::query().filter(address::TYPE.eq(AddressType::BillingBilling)).select::<Billing>();
    let mut known = BTreeMap::new();
    let mut addresses = client.api().list_addresses(billing).stream();
    while let Some(address) = addresses.next().await {
        let address = address?;
        let is_whole = !address.street.is_empty() && !address.city.is_empty();
        *known.entry(address.account).or_insert(false) |= is_whole;
    }
    let buys = account::TYPE.one_of([AccountType::Customer, AccountType::CustomerAndSupplier]);
    let mut customers = client.api().list_accounts(Account::query().live().filter(buys).select::<Customer>()).stream();
    let mut found = Vec::new();
    while let Some(customer) = customers.next().await {
        let customer = customer?;
        match known.get(&customer.id) {
            Some(true) => {}
            Some(false) => found.push((customer, Gap::Incomplete)),
            None => found.push((customer, Gap::NoAddress)),
        }
    }
    Ok(found)
}
