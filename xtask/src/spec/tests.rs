//! Tests of the import over a toy service, and of the documents in `spec/` themselves.

mod documents;
mod fixture;
mod keeping;
mod platforms;
mod readers;
mod refusals;
mod table_facts;
