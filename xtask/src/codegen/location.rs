//! A location in a document, which every refusal names.

use std::fmt;
use std::sync::Arc;

use crate::pointer::escaped;

/// A location: document, JSON pointer, operation. The pointer always leads to something that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    document: Arc<str>,
    pointer: String,
    operation: Option<Arc<str>>,
}

impl Location {
    /// The whole document in the file of this name.
    pub(crate) fn root(file: &str) -> Self {
        Location { document: file.into(), pointer: "#".to_owned(), operation: None }
    }

    pub(crate) fn child(&self, name: &str) -> Self {
        self.with_pointer(format!("{}/{}", self.pointer, escaped(name)))
    }

    fn with_pointer(&self, pointer: String) -> Self {
        Location { document: Arc::clone(&self.document), pointer, operation: self.operation.clone() }
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        self.child(&index.to_string())
    }

    /// Further down, through objects.
    pub(crate) fn at(&self, path: &[&str]) -> Self {
        path.iter().fold(self.clone(), |location, name| location.child(name))
    }

    /// A part of the same document; the operation stays, because it led there.
    pub(crate) fn component(&self, group: &str, name: &str) -> Self {
        self.with_pointer("#".to_owned()).at(&["components", group, name])
    }

    pub(crate) fn of_operation(&self, id: &str) -> Self {
        Location { operation: Some(id.into()), ..self.clone() }
    }

    /// Document and pointer.
    pub(crate) fn whole(&self) -> String {
        format!("{}{}", self.document, self.pointer)
    }

    /// The pointer alone: what tells one schema from another.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.document, self.pointer)?;
        match &self.operation {
            Some(id) => write!(f, " (operation {id})"),
            None => Ok(()),
        }
    }
}
