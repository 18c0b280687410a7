use std::error::Error;
use std::io::Write;

use zeyos::Client;
use zeyos::bulk::{JournalEntry, Plan};
use zeyos::rest::{Contact, ContactPatch, contact};

/// What would change: addresses of e-mail in small letters. Nothing is sent but reads.
pub async fn planned(client: &Client) -> Result<Plan<Contact>, zeyos::Error> {
    let large = Contact::query().live().filter(contact::EMAIL.matches("[A-Z]"));
    let change = |contact: &Contact| ContactPatch::new().email(contact.email.to_lowercase());
    // Whether a row meets a pattern is not judged here, so it is said that the server's word is taken.
    client.update_where(large, change).unverified().plan().await
}

/// Carries a plan out. What is in the journal already is not done again, so that this may be called anew after a crash.
pub async fn carried_out(
    client: &Client,
    plan: Plan<Contact>,
    journal: &[JournalEntry<Contact>],
    mut file: impl Write,
) -> Result<usize, Box<dyn Error>> {
    let mut entries = client.apply(plan).resume(journal).run();
    let mut applied = 0;
    while let Some(entry) = entries.next().await {
        writeln!(file, "{entry}")?;
        file.flush()?;
        applied += usize::from(entry.is_applied());
    }
    Ok(applied)
}

/// Puts the former values back; answers the rows of which that was not possible.
pub async fn taken_back(client: &Client, journal: Vec<JournalEntry<Contact>>) -> Vec<JournalEntry<Contact>> {
    let mut entries = client.revert(journal).run();
    let mut others = Vec::new();
    while let Some(entry) = entries.next().await {
        if !entry.is_applied() {
            others.push(entry);
        }
    }
    others
}
