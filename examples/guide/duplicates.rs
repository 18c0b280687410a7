use std::collections::BTreeMap;

use zeyos::rest::{Contact, contact};
use zeyos::{Client, Error, Id, projection};

projection! {
    struct Known from Contact {
        id: Id<Contact> = contact::ID,
        email: String = contact::EMAIL,
    }
}

/// The contacts that share an address of e-mail, the oldest of each first.
pub async fn duplicates(client: &Client) -> Result<BTreeMap<String, Vec<Id<Contact>>>, Error> {
    let with_email = Contact::query().live().filter(contact::EMAIL.ne("")).select::<Known>();
    let mut contacts = client.api().list_contacts(with_email).stream();
    let mut by_email = BTreeMap::<String, Vec<_>>::new();
    while let Some(contact) = contacts.next().await {
        let contact = contact?;
        by_email.entry(contact.email.to_lowercase()).or_default().push(contact.id);
    }
    by_email.retain(|_, ids| ids.len() > 1);
    Ok(by_email)
}
