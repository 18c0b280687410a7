//! Where in a document we are, for every refusal.

use std::fmt;

use crate::pointer::escaped;

/// A place: document, JSON pointer, operation. The pointer always leads to something that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        Place { pointer: format!("{}/{}", self.pointer, escaped(name)), ..self.clone() }
    }

    pub fn index(&self, index: usize) -> Self {
        self.child(&index.to_string())
    }

    /// Further down, through objects.
    pub fn at(&self, path: &[&str]) -> Self {
        path.iter().fold(self.clone(), |place, name| place.child(name))
    }

    /// A part of the same document; the operation stays, because it led there.
    pub fn component(&self, group: &str, name: &str) -> Self {
        let root = Place { pointer: "#".to_owned(), ..self.clone() };
        root.at(&["components", group, name])
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
