//! Where in a document we are, for every refusal.

use std::fmt;

/// A place: document, JSON pointer, operation.
#[derive(Debug, Clone)]
pub struct Place {
    document: String,
    pointer: String,
    operation: Option<String>,
}

impl Place {
    pub fn root(stem: &str) -> Self {
        Place { document: format!("{stem}.yaml"), pointer: "#".to_owned(), operation: None }
    }

    pub fn child(&self, name: &str) -> Self {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        Place { pointer: format!("{}/{escaped}", self.pointer), ..self.clone() }
    }

    pub fn component(&self, group: &str, name: &str) -> Self {
        let root = Place { pointer: "#".to_owned(), ..self.clone() };
        root.child("components").child(group).child(name)
    }

    pub fn of_operation(&self, id: &str) -> Self {
        Place { operation: Some(id.to_owned()), ..self.clone() }
    }

    /// The pointer alone: what tells one schema from another.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.document, self.pointer)?;
        match &self.operation {
            Some(id) => write!(f, " (operation {id})"),
            None => Ok(()),
        }
    }
}
