use std::collections::BTreeMap;

use zeyos::sync::Checkpoint;
use zeyos::{Client, Error, HasLastModified, Id};

/// A copy of a resource, whichever it is. Where it is a database, rows and checkpoint are stored in one transaction.
pub struct Mirror<T> {
    pub rows: BTreeMap<Id<T>, T>,
    pub checkpoint: Checkpoint<T>,
}

impl<T: HasLastModified> Mirror<T> {
    pub fn new() -> Self {
        Mirror { rows: BTreeMap::new(), checkpoint: Checkpoint::new() }
    }

    /// What was made and changed since the last time: every few minutes.
    pub async fn catch_up(&mut self, client: &Client) -> Result<(), Error> {
        let mut changes = client.changes_since(self.checkpoint.clone());
        while let Some(page) = changes.next().await {
            let page = page?;
            self.rows.extend(page.rows.into_iter().map(|row| (row.id(), row)));
            self.checkpoint = page.checkpoint;
        }
        Ok(())
    }

    /// What no change tells, such as rows that are gone: every night.
    pub async fn put_right(&mut self, client: &Client) -> Result<(), Error> {
        let mine: Vec<_> = self.rows.values().filter_map(|row| Some((row.id(), row.lastmodified()?))).collect();
        let differences = client.reconcile(mine).collect().await?;
        for id in differences.gone {
            self.rows.remove(&id);
        }
        for id in differences.new.into_iter().chain(differences.stale) {
            match T::get(client, id).await {
                Ok(row) => _ = self.rows.insert(id, row.into_inner()),
                // Gone between the two requests.
                Err(error) if error.is_not_found() => _ = self.rows.remove(&id),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
