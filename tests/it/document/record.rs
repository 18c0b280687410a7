//! Rows of a resource: with a value in every column, with null or nothing where null may be.

use serde_json::{Map, Value as Json};

use super::answer::Values;
use super::property::Property;
use super::{Document, Extent, Operation, entries};

/// A resource as a table.
pub(crate) struct Table<'d> {
    document: &'d Document,
    pub resource: &'d str,
    /// The columns, and what a read can be asked for beside them.
    columns: Vec<Property<'d>>,
}

impl Document {
    /// Every resource with a verb.
    pub(crate) fn tables(&self) -> Vec<Table<'_>> {
        let operations = self.operations();
        let lists = operations.iter().filter(|operation| operation.verb() == Some("list"));
        lists
            .map(|list| {
                let same =
                    |operation: &&Operation<'_>| operation.verb().is_some() && operation.resource() == list.resource();
                let beside = operations.iter().filter(same).flat_map(Operation::adds);
                Table {
                    document: self,
                    resource: list.resource(),
                    columns: list.columns().into_iter().chain(beside).collect(),
                }
            })
            .collect()
    }
}

impl<'d> Operation<'d> {
    /// Members that an option of the call adds to the record.
    fn adds(&self) -> Vec<Property<'d>> {
        let document = self.document;
        let added = self.parameters().flat_map(|parameter| entries(&parameter["x-adds-property"]));
        added.map(|(name, schema)| Property::of(document, name, schema)).collect()
    }
}

impl Table<'_> {
    /// A row; with [`Extent::Least`] every column that can be null is.
    pub(crate) fn row(&self, extent: Extent) -> Map<String, Json> {
        let mut values = Values::new(self.document, extent);
        self.columns.iter().map(|column| (column.name.to_owned(), values.property(*column))).collect()
    }

    /// The names of the columns in which null may be.
    pub(crate) fn nullable(&self) -> Vec<&str> {
        self.columns.iter().filter(|column| column.is_nullable()).map(|column| column.name).collect()
    }

    /// The names of the columns in which it may not be.
    pub(crate) fn not_null(&self) -> Vec<&str> {
        self.columns.iter().filter(|column| !column.is_nullable()).map(|column| column.name).collect()
    }

    /// The names of the columns that hold secrets.
    pub(crate) fn secret(&self) -> Vec<&str> {
        self.columns.iter().filter(|column| column.is_secret()).map(|column| column.name).collect()
    }
}
